package api

import (
	"context"
	"net/http"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/inquiry"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/stix"
)

func (s *server) inquiryRoutes() {
	verb(s, op{http.MethodPost, "/v1/inquiries", "ask", "Draft an inquiry to partners, and send it or let it wait for a second person", http.StatusCreated}, s.ask)
	verb(s, op{http.MethodGet, "/v1/inquiries", "inquiries", "Inquiries, ours and partners': what is overdue first", 0}, s.inquiries)
	verb(s, op{http.MethodGet, "/v1/inquiries/{id}", "inquiry", "One inquiry with every step; that it was read is entered", 0}, s.inquiry)
	verb(s, op{http.MethodPost, "/v1/inquiries/{id}/submit", "submit-inquiry", "Send a draft, or let it wait for a second person", 0}, s.moving((*inquiry.Book).Submit))
	verb(s, op{http.MethodPost, "/v1/inquiries/{id}/decline", "decline-inquiry", "A second person's no: it is a draft again", 0}, s.moving((*inquiry.Book).Decline))
	verb(s, op{http.MethodPost, "/v1/inquiries/{id}/discard", "discard-inquiry", "Drop a draft", 0}, s.moving((*inquiry.Book).Discard))
	verb(s, op{http.MethodPost, "/v1/inquiries/{id}/approvals", "approve-inquiry", "A second person's signature over the inquiry", 0}, s.approveInquiry)
	verb(s, op{http.MethodPost, "/v1/inquiries/{id}/assessments", "assess-inquiry", "A person's signed answers about the inquiry", http.StatusCreated}, s.assessInquiry)
	verb(s, op{http.MethodPost, "/v1/inquiries/{id}/steps", "inquiry-step", "Take a step: accept, refuse, ask, clarify, answer, close", http.StatusCreated}, s.step)
	verb(s, op{http.MethodGet, "/v1/inquiries/{id}/common", "in-common", "What of ours has something in common with an inquiry; never told to the partner", 0}, s.inCommon)
	verb(s, op{http.MethodPost, "/v1/exchanges", "register-exchange", "Register an exchange made elsewhere, which is not proven by us", http.StatusCreated}, s.registerExchange)
	verb(s, op{http.MethodGet, "/v1/inquiry-statistics", "inquiry-statistics", "Times to answer, refusals by ground, overdue, by partner and pact", 0}, s.statistics)
}

// InquiryIn is a question and whom to ask.
type InquiryIn struct {
	To      []mithaq.OrgID `json:"to"`
	Send    bool           `json:"send,omitempty"` // at once, where nothing stands against it
	Inquiry mithaq.Inquiry `json:"inquiry"`        // what is asked; who asks whom is filled in
}

type rawIn struct {
	RawBody []byte `contentType:"application/json"`
}

type rawOfIn struct {
	ID      string `path:"id"`
	RawBody []byte `contentType:"application/json"`
}

// Thread is an inquiry as it stands, without its texts.
type Thread struct {
	ID        stix.ID              `json:"id"`
	Side      string               `json:"side" doc:"ours: asker or asked"`
	Partner   mithaq.OrgID         `json:"partner"`
	Pact      stix.ID              `json:"pact,omitempty"`
	Case      stix.ID              `json:"case,omitempty"`
	Kind      string               `json:"kind"`
	Purpose   mithaq.Purpose       `json:"purpose"`
	Urgency   []string             `json:"urgency"`
	Personal  bool                 `json:"personal"`
	Stage     string               `json:"stage"`
	At        time.Time            `json:"at"`
	Moved     time.Time            `json:"moved"`
	Due       *time.Time           `json:"due,omitempty" doc:"while the clock runs"`
	Left      int64                `json:"left,omitempty" doc:"seconds, while the clock stands still"`
	Overdue   bool                 `json:"overdue"`
	Ground    string               `json:"ground,omitempty" doc:"of a refusal"`
	Returned  *mithaq.RefusedWhole `json:"returned,omitempty" doc:"why the partner's gate did not take it"`
	Elsewhere bool                 `json:"elsewhere" doc:"made on another channel, and not proven by us"`
}

func threadOf(t *inquiry.Thread, now time.Time) Thread {
	out := Thread{
		ID: t.ID, Side: string(t.Side), Partner: t.Partner, Pact: t.Pact, Case: t.Case, Kind: t.Kind, Purpose: t.Purpose,
		Urgency: t.Urgency.Words(), Personal: t.Personal, Stage: string(t.Life.Stage), At: t.At, Moved: t.Moved,
		Left: int64(t.Clock.Left.Seconds()), Overdue: t.OverdueAt(now), Ground: string(t.Ground), Returned: t.Returned, Elsewhere: t.Elsewhere != nil,
	}
	if t.Clock.Runs() {
		out.Due = &t.Clock.Due
	}
	return out
}

func (s *server) ask(ctx context.Context, v mithaq.Viewer, in *rawIn) ([]Thread, error) {
	var q InquiryIn
	if err := unmarshal(in.RawBody, &q); err != nil {
		return nil, err
	}
	return write(ctx, s, func(tx *store.Tx) ([]Thread, error) {
		all, err := s.Ask(tx, v, q.Inquiry, q.To, q.Send)
		list := []Thread{}
		for _, t := range all {
			list = append(list, threadOf(t, tx.Now()))
		}
		return list, err
	})
}

type inquiriesIn struct {
	Side    string `query:"side" doc:"asker: those we ask; asked: those asked of us; all where empty"`
	Partner string `query:"partner"`
	Pact    string `query:"pact"`
	Case    string `query:"case"`
	Open    bool   `query:"open" doc:"without those that are over"`
	Overdue bool   `query:"overdue"`
}

func (s *server) inquiries(ctx context.Context, v mithaq.Viewer, in *inquiriesIn) ([]Thread, error) {
	return read(ctx, s, func(tx *store.Tx) ([]Thread, error) {
		all, err := s.Asks.List(tx, v, inquiry.Filter{
			Side: mithaq.InquirySide(in.Side), Partner: mithaq.OrgID(in.Partner), Pact: stix.ID(in.Pact), Case: stix.ID(in.Case),
			Open: in.Open, Overdue: in.Overdue,
		})
		list := []Thread{}
		for _, t := range all {
			list = append(list, threadOf(t, tx.Now()))
		}
		return list, err
	})
}

// InquiryView is an inquiry with all that was said in it.
type InquiryView struct {
	Thread
	Inquiry *mithaq.Inquiry    `json:"inquiry,omitempty" doc:"none once it was taken back"`
	Other   *inquiry.Elsewhere `json:"exchange,omitempty" doc:"what was registered of one made elsewhere"`
	Digest  *mithaq.Digest     `json:"digest,omitempty" doc:"which an approval signs"`
	Ref     *mithaq.ItemRef    `json:"ref,omitempty" doc:"which an assessment covers"`
	Steps   []StepTaken        `json:"steps"`
	Answers []InquiryAnswer    `json:"answers"`
	May     []mithaq.StepKind  `json:"may" doc:"what our side can do now"`
	Reasons []mithaq.Reason    `json:"reasons,omitempty" doc:"what stands against a draft"`
}

// StepTaken is one step of a thread.
type StepTaken struct {
	Step    mithaq.StepKind    `json:"step"`
	Side    string             `json:"side"`
	Person  mithaq.PersonID    `json:"person,omitempty"`
	At      time.Time          `json:"at"`
	Crossed bool               `json:"crossed,omitempty" doc:"it crossed a step of the other side and changed nothing"`
	Refused string             `json:"refused,omitempty" doc:"why the partner's node did not take it"`
	Said    mithaq.InquiryStep `json:"said"`
}

// InquiryAnswer is items that went or came for an inquiry.
type InquiryAnswer struct {
	Envelope stix.ID   `json:"envelope"`
	Release  stix.ID   `json:"release"`
	Items    int       `json:"items"`
	At       time.Time `json:"at"`
}

func viewOf(view *inquiry.View, now time.Time) InquiryView {
	out := InquiryView{
		Thread: threadOf(view.Thread, now), Inquiry: view.Inquiry, Other: view.Elsewhere, May: view.May, Steps: []StepTaken{}, Answers: []InquiryAnswer{},
	}
	if view.Inquiry != nil {
		ref := view.Inquiry.Ref()
		out.Digest, out.Ref = &view.Digest, &ref
	}
	for _, st := range view.Steps {
		out.Steps = append(out.Steps, StepTaken{st.Kind, string(st.Side), st.Person, st.At, st.Crossed, st.Refused, st.Said})
	}
	for _, a := range view.Answers {
		out.Answers = append(out.Answers, InquiryAnswer(a))
	}
	if view.Verdict != nil {
		out.Reasons = view.Verdict.Reasons
	}
	return out
}

func (s *server) inquiry(ctx context.Context, v mithaq.Viewer, in *idIn) (InquiryView, error) {
	return write(ctx, s, func(tx *store.Tx) (InquiryView, error) {
		view, err := s.Asks.Show(tx, v, stix.ID(in.ID))
		if err != nil {
			return InquiryView{}, err
		}
		return viewOf(view, tx.Now()), nil
	})
}

// moving makes a verb of what needs nothing said.
func (s *server) moving(move func(*inquiry.Book, *store.Tx, mithaq.Viewer, stix.ID) (*inquiry.Thread, error)) func(context.Context, mithaq.Viewer, *idIn) (Thread, error) {
	return func(ctx context.Context, v mithaq.Viewer, in *idIn) (Thread, error) {
		return s.moved(ctx, func(tx *store.Tx) (*inquiry.Thread, error) { return move(s.Asks, tx, v, stix.ID(in.ID)) })
	}
}

func (s *server) moved(ctx context.Context, move func(tx *store.Tx) (*inquiry.Thread, error)) (Thread, error) {
	return write(ctx, s, func(tx *store.Tx) (Thread, error) {
		t, err := move(tx)
		if err != nil {
			return Thread{}, err
		}
		return threadOf(t, tx.Now()), nil
	})
}

func (s *server) approveInquiry(ctx context.Context, v mithaq.Viewer, in *rawOfIn) (Thread, error) {
	var a mithaq.Approval
	if err := unmarshal(in.RawBody, &a); err != nil {
		return Thread{}, err
	}
	return s.moved(ctx, func(tx *store.Tx) (*inquiry.Thread, error) { return s.Asks.Approve(tx, v, stix.ID(in.ID), &a) })
}

func (s *server) assessInquiry(ctx context.Context, v mithaq.Viewer, in *rawOfIn) (Assessed, error) {
	var a mithaq.Assessment
	if err := unmarshal(in.RawBody, &a); err != nil {
		return Assessed{}, err
	}
	return write(ctx, s, func(tx *store.Tx) (Assessed, error) {
		if _, err := s.Asks.Assess(tx, v, stix.ID(in.ID), &a); err != nil {
			return Assessed{}, err
		}
		return Assessed{ID: a.ID, Digest: a.Digest(), Verdict: a.Verdict()}, nil
	})
}

func (s *server) step(ctx context.Context, v mithaq.Viewer, in *rawOfIn) (Thread, error) {
	var m inquiry.Move
	if err := unmarshal(in.RawBody, &m); err != nil {
		return Thread{}, err
	}
	return s.moved(ctx, func(tx *store.Tx) (*inquiry.Thread, error) { return s.Asks.Act(tx, v, stix.ID(in.ID), m) })
}

// InCommon is something of ours that has in common with an inquiry what it names.
type InCommon struct {
	Kind    string         `json:"kind" doc:"of the value, or name"`
	Text    string         `json:"text"`
	Ours    string         `json:"ours,omitempty" doc:"as ours has it, where it is a name"`
	Score   float64        `json:"score,omitempty"`
	Item    stix.ID        `json:"item,omitempty"`
	Inquiry stix.ID        `json:"inquiry,omitempty"`
	Partner mithaq.OrgID   `json:"partner,omitempty"`
	Stage   string         `json:"stage,omitempty"`
	Ground  string         `json:"ground,omitempty"`
	Purpose mithaq.Purpose `json:"purpose,omitempty"`
}

func (s *server) inCommon(ctx context.Context, v mithaq.Viewer, in *idIn) ([]InCommon, error) {
	return write(ctx, s, func(tx *store.Tx) ([]InCommon, error) {
		all, err := s.Asks.Cross(tx, v, stix.ID(in.ID))
		list := []InCommon{}
		for _, c := range all {
			list = append(list, InCommon{c.Kind, c.Text, c.Ours, c.Score, c.Item, c.Inquiry, c.Partner, string(c.Stage), string(c.Ground), c.Purpose})
		}
		return list, err
	})
}

func (s *server) registerExchange(ctx context.Context, v mithaq.Viewer, in *rawIn) (Thread, error) {
	var e inquiry.Elsewhere
	if err := unmarshal(in.RawBody, &e); err != nil {
		return Thread{}, err
	}
	return s.moved(ctx, func(tx *store.Tx) (*inquiry.Thread, error) { return s.Asks.Register(tx, v, e) })
}

type statisticsIn struct {
	From  time.Time `query:"from"`
	Until time.Time `query:"until"`
}

func (s *server) statistics(ctx context.Context, v mithaq.Viewer, in *statisticsIn) ([]inquiry.Tally, error) {
	return read(ctx, s, func(tx *store.Tx) ([]inquiry.Tally, error) { return s.Asks.Statistics(tx, v, in.From, in.Until) })
}
