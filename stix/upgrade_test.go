package stix

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// upgraded are the lines that raw becomes.
func upgraded(t testing.TB, raw string) []string {
	t.Helper()
	all, err := Upgrade([]byte(raw), Limits{})
	if err != nil {
		t.Fatalf("%s: %v", raw, err)
	}
	var lines []string
	for _, u := range all {
		lines = append(lines, string(u.Raw))
	}
	return lines
}

const times = `"created":"2016-04-06T19:58:16.000Z","modified":"2016-04-06T19:58:16.000Z"`

// The exact bytes of what comes out are a promise: two nodes that upgrade one
// input must agree.
func TestUpgrade(t *testing.T) {
	for _, c := range []struct{ name, from, to string }{
		{
			"bytes stay, spec_version comes behind type",
			"{ \"id\" : \"campaign--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f\",\n \"type\":\"campaign\", " + times + ", \"name\":\"\\u0041\" , \"x_foo\": { \"a\" : 1.0 } }",
			`{"id" : "campaign--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f","type":"campaign","spec_version":"2.1",` + times + `,"name":"\u0041","x_foo": { "a" : 1.0 }}`,
		},
		{
			"a spec_version of 2.0 is replaced where it is",
			`{"type":"vulnerability","id":"vulnerability--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"spec_version":"2.0","name":"n"}`,
			`{"type":"vulnerability","id":"vulnerability--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"spec_version":"2.1","name":"n"}`,
		},
		{
			"an indicator",
			`{"type":"indicator","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"labels":["malicious-activity","mine"],"pattern":"[a:b = 'c']","valid_from":"2016-01-01T00:00:00Z","granular_markings":[{"marking_ref":"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9","selectors":["labels.[0]","pattern"]}]}`,
			`{"type":"indicator","spec_version":"2.1","id":"indicator--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"indicator_types":["malicious-activity","mine"],"pattern":"[a:b = 'c']","pattern_type":"stix","pattern_version":"2.0","valid_from":"2016-01-01T00:00:00Z","granular_markings":[{"marking_ref":"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9","selectors":["indicator_types.[0]","pattern"]}]}`,
		},
		{
			"malware, and a hash in a reference",
			`{"type":"malware","id":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"labels":["worm"],"name":"n","external_references":[{"source_name":"s","url":"u:v","hashes":{"ssdeep":"3:a:b"}}]}`,
			`{"type":"malware","spec_version":"2.1","id":"malware--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"malware_types":["worm"],"name":"n","external_references":[{"source_name":"s","url":"u:v","hashes":{"SSDEEP":"3:a:b"}}],"is_family":false}`,
		},
		{
			"an identity",
			`{"type":"identity","id":"identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"labels":["CEO"],"name":"n","identity_class":"individual"}`,
			`{"type":"identity","spec_version":"2.1","id":"identity--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"roles":["CEO"],"name":"n","identity_class":"individual"}`,
		},
		{
			"labels stay where they are no kind of something",
			`{"type":"campaign","id":"campaign--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"labels":["l"],"name":"n"}`,
			`{"type":"campaign","spec_version":"2.1","id":"campaign--8e2e2d2b-17d4-4cbf-938f-98ee46b3cd3f",` + times + `,"labels":["l"],"name":"n"}`,
		},
		{
			"TLP",
			`{"type":"marking-definition","id":"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","definition":{"tlp":"amber"}}`,
			`{"type":"marking-definition","spec_version":"2.1","id":"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82","created":"2017-01-20T00:00:00.000Z","definition_type":"tlp","definition":{"tlp":"amber"},"name":"TLP:AMBER"}`,
		},
		{"2.1 stays", corpus[1], corpus[1]},
		{"an observable without spec_version is 2.1", `{"type":"ipv4-addr","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"}`, `{"type":"ipv4-addr","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value":"198.51.100.3"}`},
	} {
		got := upgraded(t, c.from)
		if len(got) != 1 || got[0] != c.to {
			t.Errorf("%s:\n got %s\nwant %s", c.name, strings.Join(got, "\n"), c.to)
		}
		conforms(t, got)
	}
}

func conforms(t testing.TB, raws []string) {
	t.Helper()
	for _, raw := range raws {
		if p := Validate(parse(t, raw), Options{}); len(p) > 0 {
			t.Errorf("%s\n%v", raw, p)
		}
	}
}

func observed(objects, more string) string {
	return `{"type":"observed-data","id":"observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf",` + times +
		`,"first_observed":"2015-12-21T19:00:00Z","last_observed":"2015-12-21T19:00:00Z","number_observed":1,"objects":` + objects + more + `}`
}

const (
	white = "marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9"
	green = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
	red   = "marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed"
)

func TestUpgradeObservedData(t *testing.T) {
	got := upgraded(t, observed(`{"0":{"type":"network-traffic","src_ref":"1","dst_ref":"2","protocols":["tcp"]},"1":{"type":"ipv4-addr","value":"198.51.100.2","belongs_to_refs":["3"]}, "2" : {"type":"ipv4-addr", "value" : "198.51.100.3"},"3":{"type":"autonomous-system","number":15139}}`,
		`,"object_marking_refs":["`+white+`"],"granular_markings":[{"marking_ref":"`+red+`","selectors":["objects.1.value","objects.3"]},{"marking_ref":"`+green+`","selectors":["number_observed","objects.2.nothing"]}]`))
	want := []string{
		`{"type":"observed-data","spec_version":"2.1","id":"observed-data--b67d30ff-02ac-498a-92f9-32f845f448cf",` + times + `,"first_observed":"2015-12-21T19:00:00Z","last_observed":"2015-12-21T19:00:00Z","number_observed":1,"object_refs":["network-traffic--0c3b6a4d-4f3c-5b5e-8ed1-2c8c3f6ad4f9","ipv4-addr--9cf4a8ec-7640-5f40-a006-79942896168b","ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","autonomous-system--3aa27478-50b5-5ab8-9da9-cdc12b657fff"],"object_marking_refs":["` + white + `"],"granular_markings":[{"marking_ref":"` + green + `","selectors":["number_observed"]}]}`,
		`{"type":"network-traffic","spec_version":"2.1","id":"network-traffic--0c3b6a4d-4f3c-5b5e-8ed1-2c8c3f6ad4f9","src_ref":"ipv4-addr--9cf4a8ec-7640-5f40-a006-79942896168b","dst_ref":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","protocols":["tcp"],"object_marking_refs":["` + white + `"]}`,
		`{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--9cf4a8ec-7640-5f40-a006-79942896168b","value":"198.51.100.2","belongs_to_refs":["autonomous-system--3aa27478-50b5-5ab8-9da9-cdc12b657fff"],"object_marking_refs":["` + white + `"],"granular_markings":[{"marking_ref":"` + red + `","selectors":["value"]}]}`,
		`{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--28bb3599-77cd-5a82-a950-b5bc3caf07c4","value" : "198.51.100.3","object_marking_refs":["` + white + `","` + green + `"]}`,
		`{"type":"autonomous-system","spec_version":"2.1","id":"autonomous-system--3aa27478-50b5-5ab8-9da9-cdc12b657fff","number":15139,"object_marking_refs":["` + white + `","` + red + `"]}`,
	}
	id, err := SCOID(parse(t, want[1]))
	if err != nil {
		t.Fatal(err)
	}
	for i := range want {
		want[i] = strings.ReplaceAll(want[i], "network-traffic--0c3b6a4d-4f3c-5b5e-8ed1-2c8c3f6ad4f9", string(id))
	}
	if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
		t.Errorf("\n got %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
	}
	conforms(t, got)
}

func TestUpgradeRenamesWhatIsCalledOtherwise(t *testing.T) {
	got := upgraded(t, observed(`{
		"f":{"type":"file","name":"a","created":"2016-01-01T00:00:00Z","modified":"2016-01-02T00:00:00Z","accessed":"2016-01-03T00:00:00Z","hashes":{"ssdeep":"3:a:b"},"is_encrypted":false,"parent_directory_ref":"d","extensions":{"archive-ext":{"contains_refs":["g"],"version":"1"}}},
		"g":{"type":"file","name":"b"},
		"d":{"type":"directory","path":"/","created":"2016-01-01T00:00:00Z"},
		"p":{"type":"process","pid":1,"name":"n","created":"2016-01-01T00:00:00Z","binary_ref":"f","child_refs":["q"]},
		"q":{"type":"process","pid":2,"parent_ref":"p"},
		"u":{"type":"user-account","user_id":"1","account_type":"windows local","password_last_changed":"2016-01-01T00:00:00Z"},
		"r":{"type":"windows-registry-key","key":"HKEY_USERS\\a","modified":"2016-01-01T00:00:00Z"},
		"m":{"type":"email-message","is_multipart":false,"subject":"s","additional_header_fields":{"Reply-To":"a@example.com","x_ref":"no key"}},
		"x":{"type":"x-acme-thing","value":1,"other_ref":"g"}
	}`, ""))
	all := strings.Join(got, "\n")
	for _, want := range []string{
		`"ctime":"2016-01-01T00:00:00Z","mtime":"2016-01-02T00:00:00Z","atime":"2016-01-03T00:00:00Z","hashes":{"SSDEEP":"3:a:b"},"is_encrypted":false`,
		`"path":"/","ctime":"2016-01-01T00:00:00Z"`,
		`"created_time":"2016-01-01T00:00:00Z","image_ref":"file--`,
		`"account_type":"windows-local","credential_last_changed":`,
		`"modified_time":"2016-01-01T00:00:00Z"`,
		`"additional_header_fields":{"Reply-To":["a@example.com"],"x_ref":["no key"]}`,
		`"value":1,"other_ref":"file--`,
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %s in\n%s", want, all)
		}
	}
	conforms(t, got)
	if len(got) != 10 {
		t.Errorf("%d objects", len(got))
	}
	for _, raw := range got[1:] {
		o := parse(t, raw)
		if want, err := SCOID(o); err == nil && want != o.ID() {
			t.Errorf("%s has not the deterministic id %s", raw, want)
		} else if err != nil && o.ID().UUID()[14] != '4' {
			t.Errorf("%s has no id of version 4", raw)
		}
	}
}

func TestUpgradeOfCircles(t *testing.T) {
	raw := observed(`{"a":{"type":"file","name":"a","extensions":{"archive-ext":{"contains_refs":["b"]}}},"b":{"type":"file","name":"b","extensions":{"archive-ext":{"contains_refs":["a","b"]}}},"c":{"type":"mutex","name":"m"},"d":{"type":"mutex","name":"m"}}`, "")
	got := upgraded(t, raw)
	conforms(t, got)
	if len(got) != 4 {
		t.Errorf("want the observed data, two files and one mutex: %s", strings.Join(got, "\n"))
	}
	if again := upgraded(t, raw); fmt.Sprint(again) != fmt.Sprint(got) {
		t.Error("another result the second time")
	}
}

func TestUpgradeRefuses(t *testing.T) {
	for raw, at := range map[string]string{
		`{"id":"x"}`:                      "/type",
		`{"type":"bundle","objects":[]}`:  "/type",
		observed(`[]`, ""):                "/objects",
		observed(`{}`, ""):                "/objects",
		observed(`{"0":{"value":1}}`, ""): "/objects/0/type",
		observed(`{"0":{"type":"ipv4-addr","value":"1.2.3.4","resolves_to_refs":["7"]}}`, ""): "/objects/0/resolves_to_refs/0",
	} {
		_, err := Upgrade([]byte(raw), Limits{})
		if e, ok := errors.AsType[*UpgradeError](err); !ok || e.Pointer != at {
			t.Errorf("%s: %v, want an error at %s", raw, err, at)
		}
	}
}
