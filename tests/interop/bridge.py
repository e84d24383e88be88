"""Carries HTTP from a port of this machine to a node's socket, byte for byte, for
clients that know no sockets.

    bridge.py SOCKET PORT
"""

import asyncio
import contextlib
import sys

SOCKET, PORT = sys.argv[1:]


async def copy(source, sink):
    with contextlib.suppress(ConnectionError):
        while chunk := await source.read(1 << 16):
            sink.write(chunk)
            await sink.drain()
    with contextlib.suppress(ConnectionError, OSError):
        sink.write_eof()


async def carry(from_client, to_client):
    from_node, to_node = await asyncio.open_unix_connection(SOCKET)
    await asyncio.gather(copy(from_client, to_node), copy(from_node, to_client))
    to_node.close()
    to_client.close()


async def main():
    async with await asyncio.start_server(carry, "127.0.0.1", int(PORT)) as server:
        await server.serve_forever()


asyncio.run(main())
