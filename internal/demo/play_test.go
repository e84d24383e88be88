package demo_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/mithaq-hub/mithaq/internal/demo"
	"github.com/mithaq-hub/mithaq/internal/demo/tell"
	"github.com/mithaq-hub/mithaq/internal/say"
)

func TestTheStoryIsPlayed(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	var out bytes.Buffer
	err := demo.Play(ctx, demo.Options{Dir: t.TempDir(), Out: &out, Say: say.For("en"), Tell: tell.Options{Width: 200}, Once: true, Data: mixedFile(t)})
	t.Log(out.String())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"✓ All 6 comparisons agree.",
		"It has 14 articles",
		"✓ Atlas signed on", "✓ Najd signed on", "✓ Anatolia signed on",
		"The pact is in force on 3 nodes: Atlas, Najd and Anatolia.",
		"✗ Atlas checks itself: ",
		"✗ Anatolia and Atlas compare their records: 1 difference.",
		"was altered; Anatolia holds another.",
		"✓ Najd and Atlas compare 3 entries: no differences.", // a proposal and two signatures
		"✓ 2,397 objects would cross to Atlas and Najd.", "3 objects stay with Anatolia.",
		"Article 5.3: ", "Article 5.4: ", "Article 8.1: ",
		"Atlas    2,397        0 ", "Najd     2,397        0 ",
		"The number +447700900017 on the list turns out to be a victim’s.", "2 messages wait for the line.",
		"Anatolia imported 6 objects from mixed.json", "5 objects were upgraded from STIX 2.0.",
		"✗ 1 object names somebody’s address", "1 object stays with Anatolia. The pact says why:", "Article 5.1: ",
		"5 objects are at Atlas byte for byte as at Anatolia", "6 objects were here already, and none is added.",
		"Anatolia  Murat     took back 1 object: it concerns a person to be protected",
		"Najd      the node  erased 1 object that Anatolia took back, and signed a statement",
		"Anatolia  the node  got the signed statement of Atlas that 1 object is erased",
		"✓ It finds nothing of it now, but that it was taken back.",
		"It said that 397 objects crossed; now it says 398.",
		"was altered.", "✗ Atlas checks itself: 2 things are not as they were.", "In the store, the bytes of ", "Nor is ",
		"Fahd, analyst of Najd, offers 220 sites from it for matching.",
		"✓ Salma asks Najd, blinded, about final-voices.example: it is not among what was offered.", ": it was offered.",
		"Ask desk@najd.example, and quote the reference ", "Najd counted 2 questions from Atlas. Neither site stands in its log.",
		"asked back: “The site alone, or its mail server too?”", "answered: “It changed its host on Sunday; that is all we know.”",
		"the clock stood still, with 72 hours left.", "✓ 1 object came with the answer",
		"✗ Noura, supervisor of Najd, refuses. The ground: political offence or expression.",
		"✓ Nadia, auditor of Atlas, opens one of the blinded questions with a key of their own: it was about final-voices.example.",
		"Zeynep, auditor of Anatolia", "Khalid, auditor of Najd", "Murat          approved sharing 2,397 objects with Najd",
		"the tool siem  read 1 object over TAXII 2.1", "Fahd      read 1 object: Complaint 0417", "Six days before the final",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not told", want)
		}
	}
}
