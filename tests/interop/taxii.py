"""taxii2-client, as it is on PyPI, against a node: discovery, collections, paging,
filters, posting with its status followed to the end, versions, and deletion.

    taxii.py URL WRITER READER    the tokens of the services writer and reader
"""

import json
import sys
import uuid
import warnings

from requests.exceptions import HTTPError
from taxii2client.exceptions import AccessError
from taxii2client.v21 import Server, as_pages

warnings.filterwarnings("ignore")
URL, WRITER, READER = sys.argv[1:]
SPACE = uuid.UUID("c2a7f5d2-5f0e-4f9f-9a55-8f4f9e3c7b11")
NONE = "00000000-0000-4000-8000-000000000000"
done = 0


def check(what, got, want=True):
    global done
    if got != want:
        sys.exit(f"{what}: have {got!r}, want {want!r}")
    done += 1


def refused(what, status, call, *args, **kwargs):
    try:
        call(*args, **kwargs)
    except HTTPError as e:
        check(what, e.response.status_code, status)
    else:
        sys.exit(f"{what}: was let through, want {status}")


def step(name):
    print("  " + name)


def indicator(n, modified="2026-01-20T10:00:00.000Z", **more):
    return {
        "type": "indicator", "spec_version": "2.1", "id": f"indicator--{uuid.uuid5(SPACE, str(n))}",
        "created": "2026-01-20T10:00:00.000Z", "modified": modified, "valid_from": "2026-01-20T10:00:00Z",
        "name": f"Number {n}", "pattern": f"[domain-name:value = 'n{n}.taxii.example']", "pattern_type": "stix", **more,
    }


def rows_of(call, size=1000, **filters):
    return [o for page in as_pages(call, per_request=size, **filters) for o in page.get("objects", [])]


def everything(collection):
    return [o["id"] for o in rows_of(collection.get_objects)]


def server(user, token):
    return Server(URL + "taxii2/", user=user, password=token)


def ids(envelope):
    return [o["id"] for o in envelope.get("objects", [])]


step("discovery")
node = server("writer", WRITER)
check("title", bool(node.title))
check("roots", URL + "own/" in [root.url for root in node.api_roots])
root = node.default
check("default", root.url, URL + "own/")
check("version", "application/taxii+json;version=2.1" in root.versions)
check("length", root.max_content_length, 10 << 20)
refused("a token that is none", 401, lambda: server("writer", "mithaq_none").title)

step("collections")
by_alias = {c.custom_properties.get("alias") or getattr(c, "alias", None): c for c in root.collections}
own, search = by_alias["own"], by_alias["interop"]
check("own", (own.can_read, own.can_write), (True, True))
check("a saved search", (search.can_read, search.can_write), (True, False))
reading = next(c for c in server("reader", READER).default.collections if c.id == own.id)
check("to who only reads", (reading.can_read, reading.can_write), (True, False))
before = set(everything(own))

step("post, and its status to the end")
made = [indicator(n) for n in range(50)]
status = own.add_objects({"objects": made}, wait_for_completion=False)
status.wait_until_final(poll_interval=0.1)
check("complete", status.status, "complete")
check("counts", (status.total_count, status.success_count, status.failure_count), (50, 50, 0))
check("asked for again", root.get_status(status.id).success_count, 50)
broken = indicator("broken")
del broken["pattern"]
mixed = own.add_objects({"objects": [indicator(50), broken]})
check("one of two", (mixed.status, mixed.success_count, mixed.failure_count), ("complete", 1, 1))
check("which, and why", (mixed.failures[0]["id"], "pattern" in mixed.failures[0]["message"]), (broken["id"], True))
refused("an empty envelope", 422, own.add_objects, {})
refused("another's status", 404, server("reader", READER).default.get_status, status.id)
refused("no status", 404, root.get_status, NONE)
refused("no envelope", 422, own.add_objects, '{"objects": [')
try:
    reading.add_objects({"objects": made})
    sys.exit("who only reads has posted")
except AccessError:
    done += 1

step("paging")
wanted = {o["id"] for o in made} | {indicator(50)["id"]}
for size in (1, 7, 50, 1000):
    pages = list(as_pages(search.get_objects, per_request=size))
    listed = [i for page in pages for i in ids(page)]
    check(f"by {size}: none twice", len(listed), len(set(listed)))
    check(f"by {size}: none lost", wanted <= set(listed))
    check(f"by {size}: no page is longer", max(len(ids(page)) for page in pages) <= size)
rows = rows_of(search.get_manifest, 7)
check("the manifest has the same", [o["id"] for o in rows], listed)
check("in the order of date_added", [o["date_added"] for o in rows], sorted({o["date_added"] for o in rows}))
check("and nothing else is new", set(everything(own)) - before, wanted)
got = {o["id"]: o for o in rows_of(search.get_objects)}
check("as they were sent", [got[o["id"]] for o in made], made)

step("filters")
check("id", ids(own.get_objects(id=made[3]["id"])), [made[3]["id"]])
check("ids", set(ids(own.get_objects(id=[made[3]["id"], made[4]["id"]]))), {made[3]["id"], made[4]["id"]})
check("type", {o["type"] for o in own.get_objects(type="indicator")["objects"]}, {"indicator"})
check("a type that is not there", ids(own.get_objects(type="x-none")), [])
check("spec_version", ids(own.get_objects(spec_version="2.0", id=made[3]["id"])), [])
half = rows[len(rows) // 2]["date_added"]
check("added_after", [o["id"] for o in rows_of(search.get_manifest, added_after=half)], [o["id"] for o in rows if o["date_added"] > half])
check("added_after the last", ids(search.get_objects(added_after=rows[-1]["date_added"])), [])
refused("a time that is none", 400, own.get_objects, added_after="yesterday")
refused("a next that is none", 400, own.get_objects, next="x")

step("versions")
newer = indicator(3, modified="2026-02-20T10:00:00.000Z", description="seen again")
check("kept", own.add_objects({"objects": [newer]}).success_count, 1)
check("last", own.get_object(newer["id"])["objects"], [newer])
check("first", own.get_object(newer["id"], version="first")["objects"], [made[3]])
check("all", {o["modified"] for o in own.get_object(newer["id"], version="all")["objects"]}, {made[3]["modified"], newer["modified"]})
check("one", own.get_object(newer["id"], version=made[3]["modified"])["objects"], [made[3]])
check("listed", own.object_versions(newer["id"])["versions"], [made[3]["modified"], newer["modified"]])
check("with a new object only", len(own.object_versions(made[4]["id"])["versions"]), 1)

step("delete")
gone = made[7]["id"]
own.delete_object(gone)
refused("is gone", 404, own.get_object, gone)
check("and from the listing", gone in everything(own), False)
for where in (reading, search):
    left = where.get_object(gone)["objects"]
    check("elsewhere it is revoked, without content", (left[0]["revoked"], "n7.taxii.example" in json.dumps(left)), (True, False))
refused("not twice", 404, own.delete_object, gone)
refused("what never was", 404, own.delete_object, f"indicator--{NONE}")
try:
    reading.delete_object(made[8]["id"])
    sys.exit("who only reads has deleted")
except AccessError:
    done += 1
check("and the rest stays", ids(own.get_object(made[8]["id"])), [made[8]["id"]])

print(f"taxii2-client: {done} checks hold")
