#!/usr/bin/env bash
# Clients that others wrote, as they are on PyPI, against one node that serves:
#
#	misp	PyMISP: what it needs to construct, events, attributes, objects, tags, sightings,
#		searches in every format, feeds, deletion; stix2-validator over what is exported
#		as STIX; misp-stix over the real events in ../shared
#	taxii	taxii2-client: discovery, collections, paging, filters, posting, versions, deletion
#	api	schemathesis: what the JSON API answers, to good requests and bad, is as its OpenAPI
#		description says, and never a fault of ours
#
# and at the end `mithaq verify` over what they left. Each part has a virtual environment of
# its own, with the versions and hashes of tests/interop/PART.txt. Needs Go, Python 3 with its
# venv, and the Python registry: where that cannot be reached the exit code is 75, and nothing
# was shown.
#
#	tests/interop.sh [PART...]	all parts where none is named
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- misp taxii api

dir=$(mktemp -d)
end() {
	if [ $? -ne 0 ] && [ -s "$dir/log" ]; then cat "$dir/log"; fi
	for child in $(jobs -p); do kill "$child" && wait "$child" || true; done 2>/dev/null
	rm -rf "$dir"
}
trap end EXIT

# bring PART makes its virtual environment.
bring() {
	python3 -m venv "$dir/$1"
	if ! "$dir/$1/bin/pip" install --quiet --retries 3 --disable-pip-version-check --require-hashes -r "tests/interop/$1.txt" 2>"$dir/pip"; then
		cat "$dir/pip" >&2
		if grep -q 'after connection broken by' "$dir/pip"; then
			echo "the Python registry could not be reached: nothing was checked with the clients of others" >&2
			exit 75
		fi
		exit 1
	fi
}

port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
mithaq() { "$dir/mithaq" -d "$dir/node" "$@"; }
service() { mithaq --as yusuf --purpose network-defence --basis 'Law 1, 2' service add "$@" --budget 10000000; }

# start makes a node and two services of it, and waits until it serves.
start() {
	go build -o "$dir/mithaq" ./cmd/mithaq
	tools=127.0.0.1:$(port)
	mithaq init atlas.example --make-secret --work 10 --pages '' --listen '' --tools "$tools" --name en=Atlas \
		--person amina=Amina:administrator,analyst --person yusuf=Yusuf:supervisor,legal-officer
	"$dir/mithaq" -d "$dir/node" serve >"$dir/log" 2>&1 & # not by the function: its process would be another one's child
	for _ in $(seq 100); do
		if mithaq --as yusuf person me >/dev/null 2>&1; then break; fi
		sleep 0.1
	done
	cat >"$dir/source.json" <<-'JSON'
		{"name": "Tools", "legal_basis": "Law 1, 2", "default": {"tlp": "TLP:GREEN", "originator": "atlas.example"}}
	JSON
	source=$(mithaq --as yusuf --json source keep "$dir/source.json" | sed -n 's/.*"id": *"\([^"]*\)".*/\1/p')
	writer=$(service writer --access read-write --source "$source")
	reader=$(service reader)
}

misp() {
	"$dir/misp/bin/python" tests/interop/misp.py "http://$tools/" "$writer" "$reader" "$dir"
	"$dir/misp/bin/python" tests/interop/misp_stix.py "http://$tools/" "$writer" "${MITHAQ_SHARED:-../shared}/data/misp"
	"$dir/misp/bin/stix2_validator" --version 2.1 --disable all "$dir"/*.stix.json
}

taxii() {
	mithaq --as yusuf search save interop --type indicator --from "$(date -u +%FT%TZ)" # not what PyMISP left
	"$dir/taxii/bin/python" tests/interop/taxii.py "http://$tools/" "$writer" "$reader"
}

# fuzz PERSON ARGUMENT... asks in a person's name. The same requests each time: a build fails
# by what changed in it, and not by chance. It writes what it remembers where it is started.
fuzz() {
	person=$1
	shift
	(cd "$dir" && api/bin/schemathesis run "http://127.0.0.1:$bridge/openapi.json" \
		--header "Authorization: Bearer $(cat "$dir/node/people/$person.token")" --header 'Mithaq-Purpose: network-defence' \
		--header 'Mithaq-Basis: Law 1, 2' --header 'Mithaq-Reason: a test' --phases coverage,fuzzing --max-examples 10 \
		--generation-deterministic --continue-on-failure --request-timeout 30 --no-color --warnings off \
		--checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
		"$@")
}

api() {
	bridge=$(port)
	"$dir/api/bin/python" tests/interop/bridge.py "$dir/node/run/api.sock" "$bridge" &
	ending=(sign-out close-account withdraw) # it finds real ids, and these would end who asks: so they come last
	for person in yusuf amina; do
		fuzz "$person" "${ending[@]/#/--exclude-operation-id=}"
	done
	fuzz amina "${ending[@]/#/--include-operation-id=}"
}

for part; do
	echo "== what $part needs"
	bring "$part"
done
start
for part; do
	echo "== $part"
	"$part"
done
mithaq verify
