#!/bin/sh
# Exports a log of ours and has Tessera's fsck check it: another implementation
# of C2SP tlog-tiles, tlog-checkpoint and signed-note. Then one byte of one
# entry is changed, and fsck must refuse. fsck is run at a pinned version
# outside of our module, so that none of it enters go.mod.
#
#	tests/interop-ledger.sh [entries]
set -eu
entries=${1:-70000}
tessera=github.com/transparency-dev/tessera/cmd/fsck@v1.0.4

cd "$(dirname "$0")/.."
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

MITHAQ_EXPORT_DIR=$dir MITHAQ_EXPORT_ENTRIES=$entries \
	go test -count=1 -run '^TestExportForOthers$' ./internal/ledger

cd "$dir"
GOFLAGS=-mod=mod GOBIN=$dir go install "$tessera"
fsck() {
	timeout 300 ./fsck --ui=false --logtostderr \
		--storage_url="file://$dir/log/" --public_key="$dir/ed25519.vkey" --origin="$(cat "$dir/origin")"
}

echo "fsck of $entries entries:"
fsck

# At this version fsck does not end by itself on an altered log, hence the time limit.
echo "and with one byte changed:"
bundle=$(find log/tile/entries -type f | sort | head -n 1)
printf '\377' | dd of="$bundle" bs=1 seek=20 conv=notrunc status=none
if timeout 20 ./fsck --ui=false --logtostderr \
	--storage_url="file://$dir/log/" --public_key="$dir/ed25519.vkey" --origin="$(cat "$dir/origin")"; then
	echo "fsck took an altered log" >&2
	exit 1
fi
echo "refused, as it should be"
