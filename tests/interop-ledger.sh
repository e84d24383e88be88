#!/bin/sh
# Exports a log of ours and has Tessera's fsck check it: another implementation
# of C2SP tlog-tiles, tlog-checkpoint and signed-note. fsck is run at a pinned
# version outside of our module, so that none of it enters go.mod.
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

echo "fsck of $entries entries:"
cd "$dir"
GOFLAGS=-mod=mod go run "$tessera" --ui=false \
	--storage_url="file://$dir/log/" --public_key="$dir/ed25519.vkey" --origin="$(cat "$dir/origin")"
