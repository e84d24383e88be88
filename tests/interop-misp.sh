#!/bin/sh
# PyMISP, as it is on PyPI, against a node that serves: what it needs to construct,
# events, attributes, objects, tags, sightings, searches in every format, feeds, and
# deletion; stix2-validator over what is exported as STIX, and misp-stix over the real
# events in ../shared. Needs Go, Python 3 and the Python registry; versions and hashes
# are pinned in tests/interop/misp.txt.
#
#	tests/interop-misp.sh
set -eu
cd "$(dirname "$0")/.."
dir=$(mktemp -d)
serve=
end() {
	if [ -n "$serve" ]; then kill "$serve" && wait "$serve" || true; fi
	rm -rf "$dir"
}
trap end EXIT

python3 -m venv "$dir/venv"
"$dir/venv/bin/pip" install --quiet --require-hashes -r tests/interop/misp.txt
go build -o "$dir/mithaq" ./cmd/mithaq

port=$("$dir/venv/bin/python" -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
mithaq() { "$dir/mithaq" -d "$dir/node" "$@"; }
mithaq init atlas.example --make-secret --work 10 --pages '' --listen '' --tools "127.0.0.1:$port" --name en=Atlas \
	--person amina=Amina:administrator,analyst --person yusuf=Yusuf:supervisor,legal-officer
"$dir/mithaq" -d "$dir/node" serve >"$dir/log" 2>&1 & # not by the function: its process would be another one's child
serve=$!
for _ in $(seq 100); do
	if mithaq --as yusuf person me >/dev/null 2>&1; then break; fi
	sleep 0.1
done

cat >"$dir/source.json" <<'JSON'
{"name": "MISP", "legal_basis": "Law 1, 2", "default": {"tlp": "TLP:GREEN", "originator": "atlas.example"}}
JSON
source=$(mithaq --as yusuf --json source keep "$dir/source.json" | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p')
service() { mithaq --as yusuf --purpose network-defence --basis 'Law 1, 2' service add "$@"; }
writer=$(service writer --access read-write --source "$source" --budget 10000000)
reader=$(service reader --budget 10000000)

if ! "$dir/venv/bin/python" tests/interop/misp.py "http://127.0.0.1:$port/" "$writer" "$reader" "$dir"; then
	cat "$dir/log"
	exit 1
fi
"$dir/venv/bin/python" tests/interop/misp_stix.py "http://127.0.0.1:$port/" "$writer" "${MITHAQ_SHARED:-../shared}/data/misp"
"$dir/venv/bin/stix2_validator" --version 2.1 --disable all "$dir"/*.stix.json
mithaq verify
