package main

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/keys"
	"github.com/mithaq-hub/mithaq/internal/say"
	"github.com/mithaq-hub/mithaq/internal/sign"
	"github.com/mithaq-hub/mithaq/internal/strict"
	"github.com/mithaq-hub/mithaq/stix"
)

// assessFlags say where the answers and the signatures come from.
type assessFlags struct {
	answers, credential, secret string
	second, secondSecret        string
	example                     bool
}

// answers are what a file holds: a person's, and a second person's where the
// first is in doubt.
type answers struct {
	mithaq.Answers
	Second *secondAnswer `json:"second,omitempty"`
}

type secondAnswer struct {
	Clears mithaq.Answer `json:"clears"`
	Why    string        `json:"why"`
}

func (a *app) assessVerb() *cobra.Command {
	f := &assessFlags{}
	cmd := &cobra.Command{
		Use: "assess ITEM ...", Short: "Answer the questions about what concerns a person, and sign the answers",
		Long: `What concerns a person crosses only with a person's signed answers about its character (INTERPOL Constitution,
article 3). The questions are asked one by one; nothing is filled in beforehand. Answer yes, no or doubt.

Several items may be answered for at once when they share act, facts and source. With --answers FILE the answers
come from a JSON file; "mithaq assess --example" prints one without answers. Doubt, or a standing that asks for care,
needs a second person, who signs with --second, their credential's file.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.example {
				_, err := io.WriteString(a.out, assessExample)
				return err
			}
			if err := atLeast(1)(cmd, args); err != nil {
				return err
			}
			return a.assess(cmd, f, args)
		},
	}
	a.credentialFlags(cmd, &f.credential, &f.secret)
	cmd.AddCommand(a.answerVerbs()...)
	cmd.Flags().StringVar(&f.answers, "answers", "", "a file with the answers (- is standard input)")
	cmd.Flags().StringVar(&f.second, "second", "", "the credential's file of a second person, who answers where there is doubt")
	cmd.Flags().StringVar(&f.secondSecret, "second-secret", "", "where its passphrase comes from (else as --secret)")
	cmd.Flags().BoolVar(&f.example, "example", false, "print a file to fill in")
	return cmd
}

const assessExample = `{
  "act": "",
  "provision": "",
  "facts": "",
  "ordinary": "",
  "standing": [],
  "political": "",
  "military": "",
  "religious": "",
  "racial": "",
  "source": "",
  "refused": "",
  "obligations": "",
  "context": ""
}
`

func (a *app) assess(cmd *cobra.Command, f *assessFlags, ids []string) error {
	refs, err := a.refs(cmd, ids)
	if err != nil {
		return err
	}
	given, err := a.answersOf(cmd, f, ids)
	if err != nil {
		return err
	}
	cred, err := a.credential(f.credential, f.secret)
	if err != nil {
		return err
	}
	made := mithaq.NewAssessment(stix.NewID(mithaq.TypeAssessment), mithaq.At(time.Now()), cred.Org, cred.Person, refs...)
	made.Answers, made.Credential = given.Answers, cred.Pair.KeyID()
	signers := []*keys.Credential{cred}
	if f.second != "" {
		second, err := a.secondOpinion(f, given, made)
		if err != nil {
			return err
		}
		signers = append(signers, second)
	}
	if err := signAssessment(made, signers); err != nil {
		return err
	}
	var kept api.Assessed
	return a.do(cmd.Context(), http.MethodPost, "/v1/assessments", made, &kept, func() {
		a.print("cli.assessed", string(kept.ID))
		a.print("cli.verdict-" + verdictKey(kept.Verdict))
	})
}

// signAssessment has each person sign the same bytes.
func signAssessment(made *mithaq.Assessment, signers []*keys.Credential) error {
	var list []mithaq.Signature
	for _, s := range signers {
		sig, _, err := sign.Object(s.Pair, mithaq.UseAssessment, made)
		if err != nil {
			return err
		}
		list = append(list, sig)
	}
	made.Signatures = list
	return nil
}

// verdictKey is the last part of a verdict's sentence.
func verdictKey(v mithaq.Assessed) string {
	if v == mithaq.AssessedNot {
		return "unfinished"
	}
	return v.String()
}

func (a *app) secondOpinion(f *assessFlags, given *answers, made *mithaq.Assessment) (*keys.Credential, error) {
	secret := f.secondSecret
	if secret == "" {
		secret = f.secret
	}
	cred, err := a.credential(f.second, secret)
	if err != nil {
		return nil, err
	}
	if given.Second == nil {
		return nil, usage("cli.second-says-nothing")
	}
	made.Second = &mithaq.SecondOpinion{Person: cred.Person, Clears: given.Second.Clears, Why: given.Second.Why, At: made.Created}
	return cred, nil
}

// answersOf reads the answers from a file, or asks for them.
func (a *app) answersOf(cmd *cobra.Command, f *assessFlags, ids []string) (*answers, error) {
	if f.answers != "" {
		raw, err := a.readFile(f.answers)
		if err != nil {
			return nil, err
		}
		return readAnswers(raw)
	}
	if !a.interactive() {
		return nil, usage("cli.no-answers")
	}
	if err := a.showAssessed(cmd, ids); err != nil {
		return nil, err
	}
	q := &questions{a}
	return q.ask(f.second != "")
}

// maxAnswers bounds a file of answers.
const maxAnswers = 1 << 20

// readAnswers takes "" as not answered, as the example has it.
func readAnswers(raw []byte) (*answers, error) {
	var all map[string]json.RawMessage
	if err := strict.Decode(raw, maxAnswers, &all); err != nil {
		return nil, err
	}
	maps.DeleteFunc(all, func(_ string, v json.RawMessage) bool { return string(v) == `""` })
	raw, err := json.Marshal(all)
	if err != nil {
		return nil, err
	}
	given := new(answers)
	return given, strict.Decode(raw, maxAnswers, given)
}

// showAssessed puts before the person what they are to answer for.
func (a *app) showAssessed(cmd *cobra.Command, ids []string) error {
	c, err := a.client()
	if err != nil {
		return err
	}
	for _, id := range ids {
		var w api.Whole
		if err := c.Do(cmd.Context(), http.MethodGet, "/v1/items/"+url.PathEscape(id), nil, &w); err != nil {
			return err
		}
		last := &w.Versions[len(w.Versions)-1]
		a.showItem(last)
		fmt.Fprintf(a.out, "    %s\n", say.Clean(string(last.Raw)))
	}
	return nil
}

// questions asks a person at the terminal.
type questions struct{ *app }

func (q *questions) ask(second bool) (*answers, error) {
	g := new(answers)
	for _, text := range []struct {
		key string
		to  *string
	}{{"ask.act", &g.Act}, {"ask.provision", &g.Provision}, {"ask.facts", &g.Facts}} {
		if err := q.words(text.key, text.to); err != nil {
			return nil, err
		}
	}
	if err := q.answer("ask.ordinary", &g.Ordinary); err != nil {
		return nil, err
	}
	if err := q.standing(&g.Standing); err != nil {
		return nil, err
	}
	for _, one := range []struct {
		key string
		to  *mithaq.Answer
	}{
		{"ask.political", &g.Political},
		{"ask.military", &g.Military},
		{"ask.religious", &g.Religious},
		{"ask.racial", &g.Racial},
		{"ask.source", &g.Source},
		{"ask.refused", &g.Refused},
		{"ask.obligations", &g.Obligations},
	} {
		if err := q.answer(one.key, one.to); err != nil {
			return nil, err
		}
	}
	if err := q.line("ask.context", &g.Context); err != nil || !second {
		return g, err
	}
	g.Second = &secondAnswer{}
	if err := q.answer("ask.second", &g.Second.Clears); err != nil {
		return nil, err
	}
	return g, q.words("ask.second-why", &g.Second.Why)
}

// line asks once, and takes an empty answer.
func (q *questions) line(key string, to *string) (err error) {
	*to, err = q.askLine(q.say.T(key))
	return err
}

// words asks until something is said.
func (q *questions) words(key string, to *string) error {
	for *to == "" {
		if err := q.line(key, to); err != nil {
			return err
		}
	}
	return nil
}

// answer asks until it is yes, no or doubt, in English or in the person's language.
func (q *questions) answer(key string, to *mithaq.Answer) error {
	for *to == 0 {
		var text string
		if err := q.line(key, &text); err != nil {
			return err
		}
		for word, a := range map[string]mithaq.Answer{"yes": mithaq.Yes, "no": mithaq.No, "doubt": mithaq.Doubt} {
			if strings.EqualFold(text, word) || strings.EqualFold(text, q.say.T("answer."+word)) {
				*to = a
			}
		}
		if *to == 0 {
			fmt.Fprintln(q.err, q.say.T("ask.yes-no-doubt"))
		}
	}
	return nil
}

// standing asks for numbers of a list, until one is chosen.
func (q *questions) standing(to *mithaq.Standings) error {
	all := mithaq.Standings(1<<10 - 1).Words()
	for i, word := range all {
		fmt.Fprintf(q.err, "  %2d  %s\n", i+1, q.say.T("standing."+word))
	}
	for *to == 0 {
		var text string
		if err := q.line("ask.standing", &text); err != nil {
			return err
		}
		for field := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ' ' || r == '،' }) {
			var n int
			if _, err := fmt.Sscan(field, &n); err == nil && n >= 1 && n <= len(all) {
				*to |= 1 << (n - 1)
			} else if i := slices.Index(all, field); i >= 0 {
				*to |= 1 << i
			}
		}
	}
	return nil
}
