package relay

import (
	"cmp"
	"fmt"

	"sellerchat/server/bridge"
)

// tellFailed tells of a failure. The words are for whoever wrote the message:
// of a buyer's message the agent is told what she herself can do.
func (a *attempt) tellFailed(cause bridge.Cause, words string) {
	d := a.claim.Delivery.Lane.Direction
	t := telling{cause: about(causeFailed, d, string(cause)), say: sayFailed, words: words}

	switch {
	case d == bridge.Note:
		return // a note brings forth none
	case d != bridge.Out && len(a.done) > 0:
		t.say, t.words = sayInPart, ""
	case d != bridge.Out:
		t.say, t.words = sayInFailed, ""
	case len(a.done) > 0:
		t.say = sayPart
	}

	a.tell(t)
}

// tellTooOld tells of a message that waited with us until nobody may get it any
// more.
func (a *attempt) tellTooOld() {
	d := a.claim.Delivery.Lane.Direction
	t := telling{cause: about(causeFailed, d, bridge.SkipTooOld), say: sayTooOld}

	switch d {
	case bridge.Note, bridge.Follow:
		return
	case bridge.Out:
	default:
		t.say = sayInTooOld
	}

	a.tell(t)
}

// tellUncertain tells of a message whose arrival could not be found out.
func (a *attempt) tellUncertain() {
	d := a.claim.Delivery.Lane.Direction
	t := telling{cause: about(causeUncertain, d, ""), say: sayUncertain}

	switch d {
	case bridge.Note:
		return
	case bridge.Out:
	default:
		t.say = sayInUncertain
	}

	a.tell(t)
}

// tellArrived tells of a reply that arrived, where that is news: after it was
// overtaken, or after the agent was told that it waits.
func (a *attempt) tellArrived() {
	switch d := a.claim.Delivery; {
	case d.Late:
		a.tell(telling{cause: causeLate, say: sayLate, dated: true})
	case d.Told:
		a.tell(telling{cause: causeArrived, say: sayArrived, after: causeWaiting, since: d.AcceptedAt.Add(tellAfter)})
	}
}

// tellUnsupported tells what of a reply cannot be carried, and what would be.
func (a *attempt) tellUnsupported(plan replyPlan) {
	what, instead := kinds(plan.left), insteadOf(plan.left)
	// Two kinds that are called the same here may have other words each.
	t := telling{
		cause: about(causeUnsupported, bridge.Out, what+instead), say: sayUnsupported, kinds: what,
		words: cmp.Or(instead, fmt.Sprintf(wordsUnsupported, article(what))),
	}

	switch {
	case what == "":
		t.words = wordsEmpty
	case len(plan.calls) > 0:
		t.say, t.cause = sayWithout, about(causeWithout, bridge.Out, what)
		t.words = fmt.Sprintf(wordsWithout, what)
	}

	a.tell(t)
}

// tellLeft tells of files that were left out of a reply, or were all of it.
func (a *attempt) tellLeft(left []bridge.Part, all bool) {
	names, files, explained := make([]string, len(left)), make([]string, len(left)), true

	for i, p := range left {
		files[i], names[i] = fileKind(p, p.MIME), fileName(p)
		explained = explained && (p.Text == wordsNoGIF || p.Text == wordsNoAudio)
	}

	what := listed(files)
	t := telling{cause: about(causeUnsupported, bridge.Out, what), say: sayUnsupported, words: leftReason(left)}

	if !all {
		t.cause, t.say = about(causeWithout, bridge.Out, what), sayWithout
		t.words = fmt.Sprintf(wordsLeft, listed(names)) + t.words
	}

	if explained {
		t.kinds = what
	}

	a.tell(t)
}

// doubt remembers a message of which a call was made and that did not arrive
// for sure: it may turn up yet.
func (a *attempt) doubt() {
	id := a.claim.Delivery.ID
	if a.claim.Delivery.Lane.Direction != bridge.Note && (a.begun || a.claim.Delivery.Intent != nil) {
		a.change(func(l *bridge.Link) { l.Doubt(id) })
	}
}
