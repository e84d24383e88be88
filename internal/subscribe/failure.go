package subscribe

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/mithaq-hub/mithaq"
	"github.com/mithaq-hub/mithaq/internal/dial"
	"github.com/mithaq-hub/mithaq/internal/store"
	"github.com/mithaq-hub/mithaq/misp/remote"
	"github.com/mithaq-hub/mithaq/taxii"
)

var (
	errSecret = errors.New("subscribe: the credentials cannot be opened")
	errNoRoot = errors.New("subscribe: the server names no API root")
	errFull   = errors.New("subscribe: the quarantine is full")
)

// A verdict is what follows from how a run ended.
type verdict struct {
	outcome Outcome
	why     *Why
	stop    bool      // no run before a person resumes it
	until   time.Time // the server wants to be left alone so long
	forget  bool      // what was found out about the server may be no longer so
	moved   bool      // the subscription is another's by now
}

// verdictOn judges the end of a run.
func verdictOn(ctx context.Context, err error) verdict {
	switch {
	case errors.Is(err, errMoved):
		return verdict{outcome: BrokenOff, moved: true}
	case err != nil && ctx.Err() != nil:
		return verdict{outcome: BrokenOff}
	case err == nil:
		return verdict{outcome: Ended}
	case errors.Is(err, errMore):
		return verdict{outcome: Cut}
	}
	v := verdict{outcome: Failed}
	if busy, ok := errors.AsType[*taxii.BusyError](err); ok {
		v.until = busy.Until
	}
	if busy, ok := errors.AsType[*remote.StatusError](err); ok && busy.Busy() {
		v.until = busy.Until
	}
	v.why, v.stop = reason(err)
	v.forget = forgets(err)
	return v
}

const whyBusyUntil = "subscribe.why.busy-until"

func because(key string, args ...any) *Why { return whyOf(&mithaq.Refusal{Key: key, Args: args}) }

// reason is why a run failed, in words, and whether trying again is for a person
// to say.
func reason(err error) (why *Why, stop bool) {
	if refusal, ok := errors.AsType[*mithaq.Refusal](err); ok {
		return whyOf(refusal), !errors.Is(refusal, mithaq.Busy) && !errors.Is(refusal, mithaq.Unavailable) // of our own gate
	}
	switch {
	case errors.Is(err, errSecret):
		return because("subscribe.why.secret"), true
	case errors.Is(err, errFull):
		return because("subscribe.why.full"), true
	case errors.Is(err, errNoRoot):
		return because("subscribe.why.no-root"), false
	case errors.Is(err, taxii.ErrElsewhere), errors.Is(err, dial.ErrElsewhere):
		return because("subscribe.why.elsewhere", err), false
	}
	if e, ok := errors.AsType[*taxii.Error](err); ok {
		return answered(e, err)
	}
	if e, ok := errors.AsType[*remote.StatusError](err); ok {
		return answeredMISP(e)
	}
	return lost(err), false
}

// answered is why a run failed whose server said no.
func answered(e *taxii.Error, err error) (why *Why, stop bool) {
	busy, waits := errors.AsType[*taxii.BusyError](err)
	switch {
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		return because("subscribe.why.credentials", e.Status), true
	case e.Status == http.StatusNotFound:
		return because("subscribe.why.not-found"), false
	case waits && !busy.Until.IsZero():
		return because(whyBusyUntil, mithaq.At(busy.Until)), false
	case waits:
		return because("subscribe.why.busy", e.Status), false
	}
	return because("subscribe.why.status", e.Status, e), false
}

// answeredMISP is why a run failed whose MISP said no.
func answeredMISP(e *remote.StatusError) (why *Why, stop bool) {
	switch {
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		return because("subscribe.why.credentials", e.Status), true
	case e.Status == http.StatusNotFound:
		return because("subscribe.why.no-misp"), false
	case e.Busy() && !e.Until.IsZero():
		return because(whyBusyUntil, mithaq.At(e.Until)), false
	case e.Busy():
		return because("subscribe.why.busy", e.Status), false
	}
	return because("subscribe.why.status", e.Status, e), false
}

// lost is why a run failed whose server gave no answer that can be used.
func lost(err error) *Why {
	refused, isRefused := errors.AsType[*dial.RefusedError](err)
	long, isLong := errors.AsType[*dial.TooLongError](err)
	wrong, isWrong := errors.AsType[*tls.CertificateVerificationError](err)
	answer, isAnswer := errors.AsType[*taxii.AnswerError](err)
	other, isOther := errors.AsType[*remote.AnswerError](err)
	stuck, isStuck := errors.AsType[*taxii.StuckError](err)
	switch {
	case isRefused:
		return because("subscribe.why.address", refused)
	case isWrong:
		return because("subscribe.why.certificate", wrong.Err)
	case isLong:
		return because("subscribe.why.not-taxii", long)
	case isAnswer:
		return because("subscribe.why.not-taxii", answer.Why)
	case isOther:
		return because("subscribe.why.not-misp", other.Why)
	case isStuck:
		return because("subscribe.why.stuck", stuck.Why)
	case errors.Is(err, mithaq.Unavailable):
		return because("subscribe.why.store")
	}
	if busy, ok := errors.AsType[*taxii.BusyError](err); ok {
		err = busy.Err
	}
	return because("subscribe.why.unreachable", err)
}

// forgets reports whether the server may have changed its version or its roots.
func forgets(err error) bool {
	e, ok := errors.AsType[*taxii.Error](err)
	return ok && (e.Status == http.StatusNotFound || e.Status == http.StatusNotAcceptable || e.Status == http.StatusUnsupportedMediaType)
}

// settle counts what a verdict makes of a subscription.
func (v *verdict) settle(b *Book, s *Subscription) {
	switch v.outcome {
	case Ended:
		s.Failures, s.cuts = 0, 0
	case Cut:
		s.Failures = 0
		if s.cuts++; s.cuts >= b.Cuts {
			v.stop, v.why = true, because("subscribe.why.endless", s.cuts)
		}
	case Failed:
		s.Failures++
	}
	if v.stop {
		s.State = Stopped
	}
	if v.forget {
		s.Version, s.Root = "", s.Terms.Root
	}
}

// next is when the next run is: after the interval; after a failure, a while that
// doubles; and not before the server wants to be asked, within bounds.
func (v *verdict) next(b *Book, s *Subscription, now time.Time) time.Time {
	most := max(b.Last, s.interval())
	if v.outcome != Failed {
		return now.Add(s.interval())
	}
	next := now.Add(store.Backoff(s.Failures, min(b.First, s.interval()), most))
	if v.until.After(next) {
		next = v.until
	}
	if end := now.Add(most); next.After(end) {
		return end
	}
	return next
}

const maxArg = 300 // bytes of an argument that comes from elsewhere

// whyOf is a refusal as it is kept. What comes from elsewhere is bounded.
func whyOf(err error) *Why {
	r, ok := errors.AsType[*mithaq.Refusal](err)
	if !ok {
		return &Why{Key: "subscribe.why.other", Args: []string{tidy(err.Error(), maxArg)}}
	}
	w := &Why{Key: r.Key}
	for _, a := range r.Args {
		w.Args = append(w.Args, argument(a))
	}
	return w
}

func argument(a any) string {
	if v := reflect.ValueOf(a); v.CanInt() {
		return strconv.FormatInt(v.Int(), 10)
	}
	return tidy(fmt.Sprint(a), maxArg)
}

// tidy is text that any store and JSON can hold, cut to a length.
func tidy(text string, most int) string {
	text = strings.ReplaceAll(strings.ToValidUTF8(text, "\uFFFD"), "\x00", "\uFFFD")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
