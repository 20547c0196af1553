package e2e

import (
	"fmt"
	"strings"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// verdict is what the ledgers say of one direction.
type verdict struct {
	arrived, lost, doubled, reordered int
	// uncertain were told of as such, late were marked or told of as late.
	uncertain, late int
}

func (v verdict) wrong() int { return v.lost + v.doubled + v.reordered }

func (v verdict) String() string {
	return fmt.Sprintf("arrived %d, lost %d, doubled %d, out of order %d, uncertain %d, late %d",
		v.arrived, v.lost, v.doubled, v.reordered, v.uncertain, v.late)
}

// judgement is the verdict on both directions.
type judgement struct {
	in, out    verdict
	complaints []string
}

func (j judgement) String() string { return fmt.Sprintf("in: %s; out: %s", j.in, j.out) }

// latePrefix begins a buyer's message that was overtaken.
const latePrefix = "[Late, sent "

// judge reads both ledgers once.
func (s *storm) judge() judgement {
	shown, notes := s.inFreshchat()
	replies := s.byConversation(s.w.tiktok.Ledger().Snapshot(), func(e simkit.Entry) (string, bool) {
		return e.Conversation, e.Kind == tiktoksim.KindAPIMessage
	})

	var j judgement

	for _, c := range s.chats {
		told := strings.Join(notes[c.id], "\n")

		j.judge(&j.in, c, s.each, "in", shown[c.id], told)
		j.judge(&j.out, c, s.each, "out", replies[c.id], told)

		for _, note := range notes[c.id] {
			if !strings.Contains(note, "may or may not") && !strings.Contains(note, "after a message that you wrote later") {
				j.complaints = append(j.complaints, "a note that should not be: "+note)
				j.in.doubled++ // an echo shown as if somebody had written it
			}
		}
	}

	return j
}

// inFreshchat sorts what arrived there by TikTok's conversation: buyers'
// messages and our notes.
func (s *storm) inFreshchat() (shown, notes map[string][]string) {
	all := s.w.freshchat.Ledger().Snapshot()
	threads := map[string]string{}

	shown = s.byConversation(all, func(e simkit.Entry) (string, bool) {
		id := e.Author[strings.LastIndexByte(e.Author, ':')+1:]
		if e.Kind == freshchatsim.KindUser {
			threads[e.Conversation] = id
		}

		return id, e.Kind == freshchatsim.KindUser
	})
	notes = s.byConversation(all, func(e simkit.Entry) (string, bool) { return threads[e.Conversation], e.Note })

	return shown, notes
}

func (s *storm) byConversation(entries []simkit.Entry, pick func(simkit.Entry) (string, bool)) map[string][]string {
	sorted := map[string][]string{}

	for _, e := range entries {
		if id, ok := pick(e); ok {
			sorted[id] = append(sorted[id], s.told(e))
		}
	}

	return sorted
}

// judge compares what arrived of one chat in one direction with what was
// written.
func (j *judgement) judge(v *verdict, c *stormChat, each int, direction string, arrived []string, told string) {
	seen, newest := map[string]int{}, ""

	for _, text := range arrived {
		marked := false

		if strings.HasPrefix(text, latePrefix) {
			_, text, _ = strings.Cut(text, "] ")
			marked = true
		}

		marked = marked || strings.Contains(told, "“"+text+"” (written")

		switch seen[text]++; {
		case seen[text] > 1:
			v.doubled++
			j.complain("doubled", text, arrived)
		case marked:
			v.late++
		case text < newest:
			v.reordered++
			j.complain("out of order", text, arrived)
		}

		newest = max(newest, text)
	}

	for n := range each {
		text := c.text(direction, n)
		uncertain := strings.Contains(told, text) && strings.Contains(told, "may or may not")

		switch {
		case seen[text] > 0:
			v.arrived++
		case !uncertain:
			v.lost++
			j.complain("lost", text, arrived)
		}
	}

	v.uncertain += strings.Count(told, "may or may not "+map[string]string{"in": "be shown", "out": "have reached"}[direction])
}

func (j *judgement) complain(what, text string, arrived []string) {
	if len(j.complaints) < 20 {
		j.complaints = append(j.complaints, fmt.Sprintf("%s: %q among %q", what, text, arrived))
	}
}

// history is what the program logged about the chats that went wrong.
func (s *storm) history(j judgement) string {
	var b strings.Builder

	for _, c := range s.chats {
		name := fmt.Sprintf("chat %03d", c.number)
		if !strings.Contains(strings.Join(j.complaints, "\n"), name) {
			continue
		}

		fmt.Fprintf(&b, "%s:\n", name)

		for line := range strings.Lines(s.w.output.String()) {
			if strings.Contains(line, c.id) && !strings.Contains(line, `"direction":"in"`) {
				b.WriteString(line)
			}
		}
	}

	return b.String()
}
