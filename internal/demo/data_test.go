package demo_test

import (
	"os"
	"path/filepath"
	"testing"
)

// mixed is a bundle of STIX 2.0 in which some objects ask for a person, one
// always bears one, and one makes several of STIX 2.1.
const mixed = `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000001","spec_version":"2.0","objects":[
{"type":"attack-pattern","id":"attack-pattern--00000000-0000-4000-8000-000000000001","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","name":"Phishing"},
{"type":"attack-pattern","id":"attack-pattern--00000000-0000-4000-8000-000000000002","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","name":"Extortion","description":"Answers go to someone@mail.example."},
{"type":"x-example-matrix","id":"x-example-matrix--00000000-0000-4000-8000-000000000003","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","name":"Matrix"},
{"type":"threat-actor","id":"threat-actor--00000000-0000-4000-8000-000000000004","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","name":"Somebody","labels":["crime-syndicate"]},
{"type":"observed-data","id":"observed-data--00000000-0000-4000-8000-000000000005","created":"2020-01-01T00:00:00.000Z","modified":"2020-01-01T00:00:00.000Z","first_observed":"2020-01-01T00:00:00Z","last_observed":"2020-01-01T00:00:00Z","number_observed":1,"objects":{"0":{"type":"domain-name","value":"tickets.example"}}}
]}`

func mixedFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mixed.json")
	if err := os.WriteFile(path, []byte(mixed), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
