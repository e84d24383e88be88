package main

import (
	"net/http"

	"github.com/spf13/cobra"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/api"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/stix"
)

// moveFlags are what a step says on the command line.
type moveFlags struct {
	m        inquiry.Move
	releases []string
	granted  []string
	worth    string
	part     bool
}

func (f *moveFlags) flags(cmd *cobra.Command) {
	flags := cmd.Flags()
	for _, one := range []struct {
		to         *string
		name, help string
	}{
		{&f.m.Text, "text", "what is said"},
		{(*string)(&f.m.Ground), "ground", "of a refusal: one of the pact's, or a built-in one"},
		{&f.m.Unit, "unit", "to which it is forwarded"},
		{&f.m.Registry, "registry", "your registry number"},
		{(*string)(&f.m.Case), "case", "a case of yours to which it belongs from now on"},
		{(*string)(&f.m.Side), "side", "who did it, for an exchange made elsewhere: asker or asked"},
		{&f.worth, "worth", "of an answer: of-no-use, known-already, useful or decisive"},
	} {
		flags.StringVar(one.to, one.name, "", one.help)
	}
	flags.StringArrayVar(&f.releases, "release", nil, "by which items went as an answer: mithaq share --inquiry (repeat)")
	flags.StringArrayVar(&f.granted, "grant", nil, "a use of the answer that is granted (repeat)")
}

func (a *app) answerVerb() *cobra.Command {
	f := &moveFlags{}
	cmd := verb("answer INQUIRY", "Answer a partner's inquiry, whole or (--part) a part of it", 1, func(cmd *cobra.Command, args []string) error {
		f.m.Step = mithaq.StepAnswer
		if f.part {
			f.m.Step = mithaq.StepPartial
		}
		return a.move(cmd, args[0], f)
	})
	f.flags(cmd)
	cmd.Flags().BoolVar(&f.part, "part", false, "more follows")
	return cmd
}

// move takes a step.
func (a *app) move(cmd *cobra.Command, id string, f *moveFlags) error {
	if err := f.m.Worth.UnmarshalText([]byte(f.worth)); err != nil {
		return err
	}
	if err := readWords(f.granted, &f.m.Granted); err != nil {
		return err
	}
	for _, r := range f.releases {
		f.m.Releases = append(f.m.Releases, stix.ID(r))
	}
	var t api.Thread
	return a.do(cmd.Context(), http.MethodPost, inquiryPath(id)+"/steps", f.m, &t, func() { a.showThread(&t) })
}
