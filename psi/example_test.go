package psi_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/psi"
)

// An answerer offers one number; an asker looks two up.
func Example() {
	pact, lyon, rabat := mithaq.DigestOf([]byte("pact")), mithaq.DigestOf([]byte("card of lyon")), mithaq.DigestOf([]byte("card of rabat"))
	info := psi.Info{Version: psi.Version, Pact: pact, Asker: lyon, Answerer: rabat, Scheme: psi.Phone.Scheme(), Purpose: mithaq.Fraud, Epoch: 1}
	now := time.Now()

	// The answerer, at the beginning of the epoch.
	key, _ := psi.NewKey(rand.Reader)
	announcement, _ := key.Announce(pact, rabat, 1, now, now.Add(psi.MaxEpoch))
	offered, _ := psi.Read(psi.Phone, "+212 661-23 45 67")
	record := psi.Record{Reference: psi.Reference{1}, Class: mithaq.SubjectSuspect, Desk: "Fraud desk"}
	offers := func(yield func(psi.Offer, error) bool) { yield(psi.Offer{Input: offered, Record: record}, nil) }
	var rows bytes.Buffer
	header, _ := key.Build(info, offers, &rows, psi.Building{At: mithaq.At(now), Random: rand.Reader})

	// The asker, who has the signed announcement and header.
	set, _ := psi.OpenSet(header, bytes.NewReader(rows.Bytes()))
	one, _ := psi.Read(psi.Phone, "00212661234567")
	two, _ := psi.Read(psi.Phone, "+33 6 12 34 56 78")
	asked, _ := psi.Ask(announcement, info, psi.Case{}, []psi.Input{one, two}, rand.Reader)

	// The answerer sees 16 elements and nothing else.
	question, _ := psi.ReadQuestion(asked.Bytes())
	spending, _ := psi.Budget{PerDay: 1000}.Spend(0, question.Count, false)
	answer, _ := key.Answer(info, question)

	// The asker, at home.
	results, _ := asked.Finalise(answer, set)
	fmt.Println(results[0].Hit, results[0].Record.Desk, results[1].Hit, spending.Left)
	// Output: true Fraud desk false 984
}
