package vectors

import (
	"testing"

	"github.com/mithaq-hub/mithaq"
)

func TestInquiryVectors(t *testing.T) {
	p := thePact(t)
	q := mithaq.NewInquiry(id(mithaq.TypeInquiry, 1), mithaq.At(noon), "atlas.example", "najd.example", p, clerk)
	q.Kind, q.Case, q.Registry, q.Purpose, q.Basis = "whereabouts", id(mithaq.TypeCase, 1), "2026/114", mithaq.EventSecurity, "MoU 2026, 4"
	q.Urgency, q.Urgent, q.Act, q.Provision, q.Date = mithaq.Urgent, "the match is on Saturday", "sale of forged tickets", "Penal code, 222", "2026-10"
	q.Facts, q.Names, q.Sought, q.Question = "Sold at the gate.", []string{"سمير حموشي"}, mithaq.SoughtIdentity|mithaq.SoughtWhereabouts, "Where is he?"
	q.Link, q.Use, q.Subjects, q.Codes, q.Language = "He lives there.", mithaq.UsedAsIntelligence, mithaq.SubjectSuspect, mithaq.H0, "en"
	q.References = []string{"00112233445566778899aabbccddeeff"}
	asks := mithaq.NewInquiryStep(id(mithaq.TypeInquiryStep, 1), later, q, "najd.example", mithaq.StepAsk, second)
	asks.Text = "Which of the two?"
	says := mithaq.NewInquiryStep(id(mithaq.TypeInquiryStep, 2), later, q, "atlas.example", mithaq.StepClarify, clerk)
	says.Re, says.Text = asks.ID, "The first."
	refuses := mithaq.NewInquiryStep(id(mithaq.TypeInquiryStep, 3), later, q, "najd.example", mithaq.StepRefuse, second)
	refuses.Ground = mithaq.GroundPolitical
	for _, one := range []interface{ Check() error }{q, asks, says, refuses} {
		if err := one.Check(); err != nil {
			t.Fatal(err)
		}
	}
	Check(t, dir, "inquiry", []wordVector{
		word(t, q, &q.Signatures), word(t, asks, &asks.Signatures), word(t, says, &says.Signatures), word(t, refuses, &refuses.Signatures),
	})
}
