"""PyMISP against a node: what a script of today does, unchanged."""

import csv
import io
import json
import logging
import sys
import time
import urllib.request
import warnings

from pymisp import MISPAttribute, MISPEvent, MISPEventReport, MISPObject, MISPSighting, PyMISP
from pymisp.exceptions import PyMISPError

warnings.filterwarnings("ignore")
logging.getLogger("pymisp").setLevel(logging.CRITICAL)

URL, WRITER, READER, FOLDER = sys.argv[1:]
done = 0


def check(what, got, want=True):
    global done
    if got != want:
        sys.exit(f"{what}: have {got!r}, want {want!r}")
    done += 1


def step(name):
    print("  " + name)


step("construct")
misp = PyMISP(URL, WRITER)
reader = PyMISP(URL, READER)
check("role writes", misp._current_role.perm_add)
check("reader does not", reader._current_role.perm_add, False)
check("types", "ip-dst" in misp.types and "Network activity" in misp.categories)
check("describe types of the server", misp.describe_types["sane_defaults"]["ip-dst"]["to_ids"], 1)
check("organisations", misp.organisations()[0]["Organisation"]["name"], "Atlas")
check("roles", len(misp.roles()), 1)
try:
    PyMISP(URL, "mithaq_none")
    sys.exit("a key that is none was let in")
except PyMISPError:
    done += 1

step("create")
event = MISPEvent()
event.info = "Phishing against a port"
event.distribution = 0
event.threat_level_id = 2
event.analysis = 1
event.add_tag("tlp:green")
domain = event.add_attribute("domain", "evil.example", comment="C2", to_ids=True)
domain.add_tag("kill-chain:command and control")
event.add_attribute("ip-dst", "198.51.100.7", to_ids=True)
event.add_attribute("text", "seen by the harbour office")
event.add_attribute("url", "http://evil.example/pay/now", to_ids=True)
event.add_attribute("attachment", "note.txt", data=io.BytesIO(b"hello"))
file = MISPObject("file")
file.add_attribute("filename", "invoice.exe")
file.add_attribute("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
file.add_reference(domain.uuid, "connects-to")
event.add_object(file)
event.add_event_report("What happened", "# A report\n\nwith a [link](https://a.example)")
sent = json.loads(event.to_json())
made = misp.add_event(event, pythonify=True)
check("added", isinstance(made, MISPEvent))
check("info", made.info, event.info)
check("attributes", len(made.attributes), 5)
check("to_ids", [a.to_ids for a in made.attributes], [a.to_ids for a in event.attributes])
check("objects", made.objects[0].attributes[1].value, file.attributes[1].value)
check("references", made.objects[0].references[0].referenced_uuid, domain.uuid)
check("reports", made.event_reports[0].content, event.event_reports[0].content)
check("data", made.attributes[4].data.getvalue(), b"hello")
check("twice", misp.add_event(event)["errors"][0], 403)

step("view: the same, field by field")
seen = json.loads(misp.get_event(event.uuid, pythonify=True).to_json())


def same(a, b, where):
    if isinstance(a, dict):
        for k, v in a.items():
            if k not in ("timestamp", "Orgc", "Org"):
                same(v, b.get(k), f"{where}.{k}")
    elif isinstance(a, list):
        check(f"{where}: length", len(b), len(a))
        for i, (x, y) in enumerate(zip(a, b)):
            same(x, y, f"{where}[{i}]")
    elif str(a) != str(b):
        sys.exit(f"{where}: have {b!r}, want {a!r}")


same(sent, seen, "Event")
check("exists", misp.event_exists(event.uuid))
check("does not exist", misp.event_exists("00000000-0000-4000-8000-000000000000"), False)
check("by number", misp.get_event(made.id, pythonify=True).uuid, event.uuid)
check("absent", misp.get_event("00000000-0000-4000-8000-000000000000")["errors"][0], 404)

step("edit")
made.info = "Phishing against two ports"
made.attributes[1].comment = "changed"
made.add_attribute("hostname", "new.evil.example")
changed = misp.update_event(made, pythonify=True)
check("info", changed.info, "Phishing against two ports")
check("comment", changed.attributes[1].comment, "changed")
check("one more", len(changed.attributes), 6)
check("time moved on", changed.timestamp >= made.timestamp)
check("the number stays", changed.id, made.id)
for n in range(20):
    a = changed.attributes[0]
    a.comment = f"change {n}"
    back = misp.update_attribute(a, pythonify=True)
    check("comment", back.comment, f"change {n}")
a.to_ids = False
check("not for detection", misp.update_attribute(a, pythonify=True).to_ids, False)
check("value stays", misp.get_attribute(a, pythonify=True).value, "evil.example")
a.to_ids = True
check("for detection again", misp.update_attribute(a, pythonify=True).to_ids)
for value in ("a.example", "b.example", "a.example"):
    t = changed.attributes[2]
    t.type, t.value, t.category, t.to_ids = "domain", value, "Network activity", False
    check("a value that goes back", misp.update_attribute(t, pythonify=True).value, value)

step("attributes and objects")
one = MISPAttribute()
one.type, one.value = "md5", "d41d8cd98f00b204e9800998ecf8427e"
added = misp.add_attribute(event.uuid, one, pythonify=True)
check("added", added.value, one.value)
check("by number", misp.get_attribute(added.id, pythonify=True).uuid, added.uuid)
check("similar", misp.add_attribute(event.uuid, {"type": "md5", "value": one.value})["errors"][0], 403)
check("no type", misp.add_attribute(event.uuid, {"type": "smell", "value": "x"})["errors"][0], 403)
several = misp.add_attribute(event.uuid, [{"type": "ip-src", "value": f"203.0.113.{i}"} for i in range(5)], pythonify=True)
check("several", len(several["attributes"]), 5)
check("exists", misp.attribute_exists(added))
asn = MISPObject("asn")
asn.add_attribute("asn", "64496")
asn = misp.add_object(event.uuid, asn, pythonify=True)
check("object", asn.attributes[0].value, "AS64496" if asn.attributes[0].value.startswith("AS") else "64496")
asn.add_attribute("description", "An example")
check("object edited", len(misp.update_object(asn, pythonify=True).attributes), 2)
check("object", misp.get_object(asn.uuid, pythonify=True).name, "asn")
nested = misp.get_object(asn.uuid, pythonify=True).attributes[0]
check("attribute of an object", misp.get_attribute(nested.uuid, pythonify=True).value, nested.value)
check("and by its number", misp.get_attribute(nested.id, pythonify=True).uuid, nested.uuid)
ref = asn.add_reference(domain.uuid, "related-to")
check("reference", misp.add_object_reference(ref, pythonify=True).referenced_uuid, domain.uuid)
check("deleted", misp.delete_object(asn)["success"])
check("object is gone", asn.uuid not in [o.uuid for o in misp.get_event(event.uuid, pythonify=True).objects])
check("deleted", misp.delete_attribute(added)["message"], "Attribute deleted.")
check("gone", added.uuid not in [x.uuid for x in misp.get_event(event.uuid, pythonify=True).attributes])
check("and told", added.uuid in [x.uuid for x in misp.get_event(event.uuid, deleted=True, pythonify=True).attributes])
check("for good", misp.restore_attribute(added)["errors"][0], 403)
report = MISPEventReport()
report.name, report.content = "More", "more of it"
report = misp.add_event_report(event.uuid, report, pythonify=True)
report.content = "less of it"
check("report", misp.update_event_report(report, pythonify=True).content, "less of it")
check("reports", len(misp.get_event_reports(made.id)), 2)
check("report deleted", misp.delete_event_report(report)["success"])

step("tags")
check("event", misp.tag(event, "osint:lifetime=\"ephemeral\"")["success"])
check("attribute", misp.tag(changed.attributes[1], "tlp:amber")["success"])
now = misp.get_event(event.uuid, pythonify=True)
check("on the event", "osint:lifetime=\"ephemeral\"" in [t.name for t in now.tags])
check("on the attribute", "tlp:amber" in [t.name for t in now.attributes[1].tags])
check("listed", "tlp:green" in [t.name for t in misp.tags(pythonify=True)])
check("found", len(misp.search_tags("osint%", pythonify=True)), 1)
check("taken off", misp.untag(changed.attributes[1], "tlp:amber")["success"])
check("is off", "tlp:amber" not in [t.name for t in misp.get_attribute(changed.attributes[1].uuid, pythonify=True).tags])

step("sightings")
s = MISPSighting()
s.from_dict(value="198.51.100.7", source="a sensor", type="0")
misp.add_sighting(s)
misp.add_sighting({"type": "1", "source": "an analyst"}, changed.attributes[0])
misp.add_sighting({"type": "2"}, changed.attributes[0])
check("of the event", len(misp.sightings(misp.get_event(event.uuid, pythonify=True))), 3)
check("of one", [x.type for x in misp.sightings(misp.get_attribute(changed.attributes[0].uuid, pythonify=True), pythonify=True)], ["1", "2"])
check("searched", len(misp.search_sightings(context="event", context_id=event.uuid)), 3)

step("publish")
check("published", misp.publish(event)["success"])
p = misp.get_event(event.uuid, pythonify=True)
check("is published", p.published)
check("unpublished", misp.unpublish(event)["success"])
check("is not", misp.get_event(event.uuid, pythonify=True).published, False)
misp.publish(event)

step("search")
other = MISPEvent()
other.info, other.date = "Another matter", "2026-01-02"
other.add_tag("PAP:RED")
other.add_attribute("ip-dst", "192.0.2.9", to_ids=True)
misp.add_event(other)
misp.publish(other)
check("by value", [e.uuid for e in misp.search(value="evil.example", pythonify=True)], [event.uuid])
check("with a wildcard", len(misp.search(controller="attributes", value="%evil.example%", pythonify=True)), 3)
check("by type", {a.type for a in misp.search(controller="attributes", type_attribute=["ip-src", "ip-dst"], pythonify=True)}, {"ip-src", "ip-dst"})
check("not a type", "domain" in {a.type for a in misp.search(controller="attributes", type_attribute={"NOT": ["domain"]}, pythonify=True)}, False)
check("by category", {a.category for a in misp.search(controller="attributes", category="Payload delivery", pythonify=True)}, {"Payload delivery"})
check("by tags", [e.uuid for e in misp.search(tags=["PAP:RED"], pythonify=True)], [other.uuid])
check("by tags, not", [e.uuid for e in misp.search(tags=["!PAP:RED"], pythonify=True)], [event.uuid])
check("by time", len(misp.search(timestamp="1h", pythonify=True)), 2)
check("by an older time", len(misp.search(timestamp=["2d", "1d"], pythonify=True)), 0)
check("by publication", len(misp.search(publish_timestamp="1h", pythonify=True)), 2)
check("by date", [e.uuid for e in misp.search(date_to="2026-02-01", pythonify=True)], [other.uuid])
check("by org", len(misp.search(org="Atlas", pythonify=True)), 2)
check("by info", [e.uuid for e in misp.search(eventinfo="another", pythonify=True)], [other.uuid])
check("by uuid", [e.uuid for e in misp.search(uuid=event.uuid, pythonify=True)], [event.uuid])
check("anything", [e.uuid for e in misp.search(quick_filter="harbour", pythonify=True)], [])
check("anything", [e.uuid for e in misp.search(searchall="two ports", pythonify=True)], [event.uuid])
check("not for detection", all(not a.to_ids for a in misp.search(controller="attributes", to_ids=0, pythonify=True)))
check("metadata", misp.search(eventid=event.uuid, metadata=True, pythonify=True)[0].attributes, [])
pages = [misp.search(controller="attributes", limit=4, page=n, pythonify=True) for n in (1, 2, 3, 4, 5)]
uuids = [a.uuid for page in pages for a in page]
check("pages neither lose nor repeat", len(uuids), len(set(uuids)))
check("pages are all", set(uuids), {a.uuid for a in misp.search(controller="attributes", pythonify=True)})
check("objects", [o.name for o in misp.search(controller="objects", object_name="file", pythonify=True)], ["file"])
check("a filter that is none", misp.search(controller="attributes", no_such_filter=1)["errors"][0], 400)
check("index", {e.uuid for e in misp.events(pythonify=True)}, {event.uuid, other.uuid})
check("index, filtered", [e.uuid for e in misp.search_index(eventinfo="another", pythonify=True)], [other.uuid])
check("index, minimal", len(misp.search_index(minimal=True)), 2)

step("formats")
lines = misp.search(controller="attributes", return_format="csv", type_attribute="domain")
rows = list(csv.DictReader(io.StringIO(lines)))
check("csv", {r["value"] for r in rows}, {"evil.example", "a.example"})
text = misp.search(controller="attributes", return_format="text", type_attribute=["ip-dst", "ip-src"])
check("text keeps to PAP", "198.51.100.7" in text and "192.0.2.9" not in text)
rules = misp.search(controller="attributes", return_format="suricata")
check("suricata", "198.51.100.7" in rules and "dns.query" in rules and "192.0.2.9" not in rules)
zone = misp.search(controller="attributes", return_format="rpz")
check("rpz", "evil.example CNAME rpz-drop." in zone and "32.7.100.51.198.rpz-ip" in zone and "192.0.2.9" not in zone)
hashes = misp.search(controller="attributes", return_format="csv", type_attribute="sha256", requested_attributes="value", headerless=True)
check("hashes", "e3b0c442" in hashes)
check("a format that is none", misp.search(return_format="openioc")["errors"][0], 400)
for controller in ("events", "attributes"):
    bundle = misp.search(controller=controller, return_format="stix2", eventid=event.uuid)
    check("stix2", bundle["type"], "bundle")
    with open(f"{FOLDER}/{controller}.stix.json", "w") as f:
        json.dump(bundle, f)

step("feed")


def fetch(name, token=READER):
    r = urllib.request.Request(URL + "feed/" + name, headers={"Authorization": token})
    with urllib.request.urlopen(r) as answer:
        return answer.read().decode()


manifest = json.loads(fetch("manifest.json"))
check("manifest", set(manifest), {event.uuid, other.uuid})
fed = MISPEvent()
fed.load(json.loads(fetch(event.uuid + ".json")))
check("event of the feed", fed.info, "Phishing against two ports")
check("hashes", len(fetch("hashes.csv").splitlines()) > 10)

step("who only reads")
check("reads", reader.get_event(event.uuid, pythonify=True).info, "Phishing against two ports")
check("adds nothing", reader.add_event(MISPEvent().from_dict(info="x") or {"info": "x"})["errors"][0], 403)
check("tags nothing", reader.tag(event, "x")["errors"][0], 403)
check("deletes nothing", reader.delete_event(event)["errors"][0], 403)

step("delete")
check("deleted", misp.delete_event(other)["success"])
check("gone", misp.get_event(other.uuid)["errors"][0], 404)
check("and nowhere found", misp.search(value="192.0.2.9"), [])
check("not twice", misp.delete_event(other)["errors"][0], 404)
check("for good", misp.add_event(other)["errors"][0], 403)

step("a long event")
long = MISPEvent()
long.info = "A long list"
for n in range(3000):
    long.add_attribute("ip-dst", f"198.18.{n // 256}.{n % 256}", to_ids=True)
start = time.process_time()
check("3,000 attributes", len(misp.add_event(long, pythonify=True).attributes), 3000)

print(f"PyMISP {misp.version['version']}: {done} checks hold")
