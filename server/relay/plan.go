package relay

import (
	"strings"

	"sellerchat/server/bridge"
)

// step is one call of a delivery: some text, or the file that is a part of its
// message. The same message always gives the same steps, so that the calls done
// tell after a crash which are missing: a step is done by one call, or is left
// out for good.
type step struct {
	text string
	// file is true when the step is about a file, part where in the message it
	// is.
	file bool
	part int
}

// holdsFile reports whether a part is a file that could be fetched. Words that
// stand for something may come with one too: the picture of a sticker.
func holdsFile(p bridge.Part) bool {
	switch p.Kind {
	case bridge.PartImage, bridge.PartVideo, bridge.PartFile:
		return true
	case bridge.PartNotice:
		return p.URL != ""
	default:
		return false
	}
}

// planIn plans a message for Freshchat: what is text between two files is one
// text, cut where it has more than so many characters. Where it is cut does not
// depend on the prefix, which is another one after twelve hours: some of it may
// have been sent by then.
func planIn(parts []bridge.Part, most int) []step {
	var (
		steps []step
		texts []bridge.Part
	)

	flush := func() {
		if len(texts) == 0 {
			return
		}

		for _, text := range splitRunes(plain(texts), most) {
			steps = append(steps, step{text: text})
		}

		texts = nil
	}

	for i, p := range parts {
		if !holdsFile(p) {
			texts = append(texts, p)

			continue
		}

		flush()

		steps = append(steps, step{file: true, part: i})
	}

	flush()

	if len(steps) == 0 {
		return []step{{}}
	}

	return steps
}

// replyPlan is what of an agent's reply goes to the buyer: calls in order, and
// the parts that are left out.
type replyPlan struct {
	calls []step
	left  []bridge.Part
}

// withoutFiles is the plan where files cannot be carried at all.
func (p replyPlan) withoutFiles(parts []bridge.Part) replyPlan {
	out := replyPlan{left: p.left}

	for _, s := range p.calls {
		if s.file {
			out.left = append(out.left, parts[s.part])
		} else {
			out.calls = append(out.calls, s)
		}
	}

	return out
}

// planReply plans a reply. A message with something in it that expects an
// answer, such as buttons, is not sent at all: half of it would mislead.
func planReply(parts []bridge.Part, split func(string) []string) replyPlan {
	var plan replyPlan

	for i, p := range parts {
		switch p.Kind {
		case bridge.PartText:
			if strings.TrimSpace(p.Text) == "" {
				continue
			}

			for _, text := range split(p.Text) {
				plan.calls = append(plan.calls, step{text: text})
			}
		case bridge.PartImage, bridge.PartVideo, bridge.PartFile:
			plan.calls = append(plan.calls, step{file: true, part: i})
		default:
			return replyPlan{left: parts}
		}
	}

	return plan
}
