"""misp-stix and a node convert the same events; what both write is compared field by
field. What differs on purpose is in docs/misp.md, "Departures from misp-stix", and is
named here; all else must be the same."""

import json
import logging
import sys
from pathlib import Path

from misp_stix_converter import MISPtoSTIX21Parser
from pymisp import PyMISP

logging.disable(logging.CRITICAL)
URL, KEY, SHARED = sys.argv[1:]
VIEW = "extension-definition--46a73751-66df-43db-a285-24abc56cd6af"

# Galaxy clusters are described by fewer properties here; a report holds other
# references; markings are those of TLP 2.0; created stays when a record changes.
DEPARTURES = {"extensions", "created", "object_marking_refs", "created_by_ref"}
BY_TYPE = {
    "grouping": {"object_refs", "labels"},
    "report": {"object_refs", "labels"},
    "identity": {"modified"},
    **{t: {"aliases", "is_family", "labels", "tool_types"} for t in ("malware", "tool", "threat-actor", "intrusion-set", "attack-pattern")},
}
# Derived identifiers are derived otherwise; the domain of domain|ip has the UUID of its record.
DERIVED = {"relationship", "marking-definition", "extension-definition", "identity", "domain-name"}


def terms(pattern):
    text = pattern.strip("[]").replace("values.", "values[*].").replace("\\\\%", "%")
    return sorted(t.strip().replace("'", "").replace("\\\\", "\\") for t in text.split(" AND "))


def labels(o):
    return sorted(x for x in o.get("labels", []) if not x.startswith("misp:to_ids"))


def differences(theirs, ours):
    skip = DEPARTURES | BY_TYPE.get(ours["type"], set())
    view = ours.get("extensions", {}).get(VIEW, {}).get("view")
    for name in sorted(set(theirs) | set(ours)):
        a, b = theirs.get(name), ours.get(name)
        if name in skip or name.startswith("x_misp_") and not ours["type"].startswith("x-misp-") or view and name == "labels":
            continue
        if name == "pattern" and ours["pattern_type"] == "stix":
            a, b = terms(a), terms(b)
        elif name == "labels":
            a, b = labels(theirs), labels(ours)
        elif name == "object_refs":
            a, b = (sorted(x.split("--")[0] for x in refs) for refs in (a, b))
        yield name, a, b


if not Path(SHARED).is_dir():
    print(f"misp-stix: skipped, since there are no real events in {SHARED}")
    sys.exit(0)
misp = PyMISP(URL, KEY)
objects = fields = 0
faults = []
for path in sorted(Path(SHARED).glob("*.json")):
    raw = json.loads(path.read_text())
    event = raw.get("Event", raw) if isinstance(raw, dict) else {}
    if "info" not in event or not event.get("uuid"):
        continue
    got = misp.add_event({"Event": event})
    if "errors" in got:
        sys.exit(f"{path.name}: {got['errors']}")
    bundle = misp.search(return_format="stix2", eventid=event["uuid"])
    ours = {o["id"]: o for o in bundle["objects"]}
    parser = MISPtoSTIX21Parser()
    parser.parse_misp_event(json.loads(path.read_text()))
    theirs = {}
    for o in parser.stix_objects:
        o = json.loads(o.serialize()) if hasattr(o, "serialize") else o
        theirs[o["id"]] = o
    for id, o in theirs.items():
        if id not in ours:
            if id.split("--")[0] not in DERIVED:
                faults.append(f"{path.name}: {id} is not there")
            continue
        objects += 1
        for name, a, b in differences(o, ours[id]):
            fields += 1
            if a != b:
                faults.append(f"{path.name}: {id} {name}: misp-stix {a!r}, here {b!r}")
print("\n".join(faults[:40]))
print(f"misp-stix: {objects} objects and {fields} fields compared, {len(faults)} differences")
sys.exit(1 if faults or not objects else 0)
