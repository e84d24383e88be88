package node_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/account"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
	"github.com/mithaq-hub/mithaq/taxii/check"
)

// hire makes a service as a change says, and returns its token.
func (d *desk) hire(name string, change func(*account.Service)) (token string) {
	d.t.Helper()
	s := account.Service{
		Name: name, Purpose: mithaq.NetworkDefence, Basis: "MoU 4", Owner: d.legal.Person, Budget: 1_000_000, Access: account.ReadsAndWrites,
	}
	change(&s)
	must(d.t, d.Store().Write(d.t.Context(), func(tx *store.Tx) (err error) {
		token, err = d.Accounts().AddService(tx, d.legal, s, tx.Now().Add(time.Hour))
		return err
	}))
	return token
}

// source keeps a source profile and returns its id.
func (d *desk) source(h mithaq.Handling) stix.ID {
	d.t.Helper()
	p := mithaq.NewSourceProfile(stix.NewID(mithaq.TypeSourceProfile), mithaq.At(time.Now()), "sensors")
	p.Org, p.Person, p.Basis, p.Default = org, d.legal.Person, mithaq.LegalBasis{Ref: "MoU 4"}, h
	must(d.t, d.Store().Write(d.t.Context(), func(tx *store.Tx) error {
		_, err := d.Gate().KeepProfile(tx, d.legal, p)
		return err
	}))
	return p.ID
}

func failed(r *check.Report, level check.Level) string {
	var lines []string
	for _, one := range r.Results {
		if one.Outcome == check.Fail && one.Level == level {
			lines = append(lines, fmt.Sprintf("%s (%s): %s", one.ID, one.Section, one.Detail))
		}
	}
	return strings.Join(lines, "\n")
}

// The project's own checker, over a real port, reading and writing.
func TestTheToolsPortHoldsTheStandard(t *testing.T) {
	for name, sign := range map[string]func(*check.Config, string){
		"bearer": func(c *check.Config, token string) { c.Token = token },
		"basic":  func(c *check.Config, token string) { c.User, c.Password = "opencti", token },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.holds(indicator(1, "domain-name:value = 'a.example'"), indicator(2, "domain-name:value = 'b.example'"), indicator(3, "domain-name:value = 'c.example'"))
			profile := d.source(mithaq.Handling{TLP: stix.TLPGreen, Originator: org})
			cfg := check.Config{URL: "http://" + d.address, Writable: "own"}
			sign(&cfg, d.hire("opencti", func(s *account.Service) { s.Profile = profile }))
			report, err := check.Run(t.Context(), cfg)
			must(t, err)
			for _, level := range []check.Level{check.Must, check.Should, check.Robust} {
				if bad := failed(report, level); bad != "" {
					t.Errorf("%s:\n%s", level, bad)
				}
			}
			for _, one := range report.Results {
				if one.Outcome == check.Skip {
					t.Logf("skipped %s: %s", one.ID, one.Detail)
				}
			}
			t.Logf("MUST %d, SHOULD %d, robust %d", report.Count(check.Must, check.Pass), report.Count(check.Should, check.Pass), report.Count(check.Robust, check.Pass))
		})
	}
}
