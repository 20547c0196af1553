package demo

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/tiktoksim"
)

// feedShown is how many entries the page lists.
const feedShown = 40

// entry is one line of "What the backend did": a message on its way, or a
// marker.
type entry struct {
	Key    string
	At     time.Time
	Marker bool
	In     bool   // buyer to agent
	Who    string // who wrote it, and to whom
	Text   string
	Steps  []step
	Note   string // why it waits, or what went wrong
	Mood   mood
}

// step is one of the stations of a message.
type step struct {
	Name string
	Took string // how long after it was written; empty when unknown
	Mood mood
}

// journey collects what is known of one message.
type journey struct {
	message said
	in      bool
	who     string
	fate    *fate // nil for what is not compared by its words
	events  []Event
}

// feed returns the newest entries first.
func (d *Demo) feed(s *scene) []entry {
	byMessage := map[string][]Event{}
	var out []entry
	for i, e := range d.Journal.Events() {
		if e.Kind == Marker {
			out = append(out, entry{Key: fmt.Sprintf("marker-%d-%d", e.Time.UnixNano(), i), At: e.Time, Marker: true, Text: e.Text})
			continue
		}
		byMessage[e.Message] = append(byMessage[e.Message], e)
	}
	if s.installed {
		out = append(out, entry{Key: "installed", At: s.since, Marker: true, Text: "The app was installed"})
	}

	for _, c := range s.chats {
		for _, j := range c.journeys() {
			j.events = byMessage[j.message.id]
			if j.fate == nil && len(j.events) == 0 {
				continue
			}
			out = append(out, j.entry())
		}
	}
	slices.SortStableFunc(out, func(a, b entry) int { return b.At.Compare(a.At) })

	return out[:min(len(out), feedShown)]
}

// journeys lists what people wrote in a conversation.
func (c *chat) journeys() []journey {
	var out []journey
	fates := map[string]*fate{}
	for i, m := range c.in.sent {
		fates[m.id] = &c.in.fates[i]
	}
	for i, m := range c.out.sent {
		fates[m.id] = &c.out.fates[i]
	}

	for _, m := range c.messages {
		if m.Role == tiktoksim.RoleBuyer {
			out = append(out, journey{
				message: said{m.ID, cmp.Or(saidOn(m), kindWords(m.Type)), m.Created}, in: true,
				who: c.Buyer.Nickname + " → " + c.shop.Name, fate: fates[m.ID],
			})
		}
	}
	for _, m := range c.agents {
		if m.ActorType == freshchatsim.ActorAgent && m.Type == freshchatsim.TypeNormal && m.Source != sourceAPI {
			out = append(out, journey{
				message: said{m.ID, cmp.Or(plain(m.Text()), "Attachment"), m.Created},
				who:     "Agent → " + c.Buyer.Nickname, fate: fates[m.ID],
			})
		}
	}

	return out
}

// kindWords name what is not a text.
func kindWords(kind string) string {
	switch kind {
	case tiktoksim.TypeImage:
		return "Photo"
	case tiktoksim.TypeVideo:
		return "Video"
	case tiktoksim.TypeEmoticons:
		return "Sticker"
	default:
		return "Card"
	}
}

// Final states of a delivery, as the backend's log names them.
const (
	stateDelivered = "delivered"
	stateUncertain = "uncertain"
	stateFailed    = "failed"
	stateSkipped   = "skipped"
)

// Stations of a message, in the order in which it passes them.
const (
	written   = iota
	stored    // acknowledged by the backend, so on disk
	arrived   // it stands on the other side
	confirmed // and the backend knows
)

// entry draws the stations. The times count from when it was written.
func (j journey) entry() entry {
	e := entry{Key: "message-" + j.message.id, At: j.message.at, In: j.in, Who: j.who, Text: j.message.text, Mood: moodWait}
	for _, name := range []string{"Written", "Stored", "Arrived", "Confirmed"} {
		e.Steps = append(e.Steps, step{Name: name, Mood: moodQuiet})
	}
	e.Steps[written].Mood = moodGood

	for _, ev := range j.events {
		j.apply(&e, ev)
	}
	if j.fate != nil && j.fate.copies > 0 {
		j.pass(&e, stored, time.Time{})
		j.pass(&e, arrived, j.fate.arrived)
		if e.Mood == moodWait || !j.tried() {
			e.Mood, e.Note = moodGood, ""
		}
		if j.fate.copies > 1 {
			e.Mood, e.Note = moodBad, fmt.Sprintf("It arrived %d times", j.fate.copies)
		}
	}
	if e.Mood == moodWait && e.Note == "" {
		e.Note = "On its way"
	}

	return e
}

// tried tells whether the backend is known to have tried.
func (j journey) tried() bool {
	return slices.ContainsFunc(j.events, func(e Event) bool { return e.Kind == Attempted })
}

// pass marks a station as reached; a zero time is unknown.
func (j journey) pass(e *entry, station int, at time.Time) {
	s := &e.Steps[station]
	s.Mood = moodGood
	if s.Took == "" && !at.IsZero() {
		s.Took = short(at.Sub(j.message.at))
	}
}

// apply adds what one event tells.
func (j journey) apply(e *entry, ev Event) {
	switch ev.Kind {
	case Taken:
		e.Note, e.Mood = "", moodWait
		j.pass(e, stored, ev.Time)
	case NotTaken:
		if e.Steps[stored].Mood == moodGood {
			return
		}
		e.Note, e.Mood = ev.Text, moodWait
		if ev.Direction == Out {
			e.Mood = moodBad // nobody tries again
		}
		e.Steps[stored].Mood = e.Mood
	case Attempted:
		j.pass(e, stored, time.Time{})
		j.attempted(e, ev)
	case Marker:
	}
}

func (j journey) attempted(e *entry, ev Event) {
	switch ev.State {
	case stateDelivered:
		j.pass(e, arrived, time.Time{})
		j.pass(e, confirmed, ev.Time)
		e.Mood, e.Note = moodGood, ""
		if ev.Attempt > 1 {
			e.Note = fmt.Sprintf("At try %d", ev.Attempt)
		}
	case stateFailed, stateUncertain:
		e.Steps[confirmed].Mood = moodBad
		e.Mood, e.Note = moodBad, cmp.Or(ev.Text, "Not sent; the agent was told")
	case stateSkipped:
		e.Mood, e.Note = moodQuiet, cmp.Or(ev.Text, "Rightly not passed on")
	default:
		e.Steps[confirmed].Mood = moodWait
		e.Mood, e.Note = moodWait, fmt.Sprintf("Try %d: %s", max(1, ev.Attempt), cmp.Or(ev.Text, "it will be tried again"))
	}
}

// short writes a lapse of time for people; nothing for one that makes no sense.
func short(d time.Duration) string {
	switch {
	case d < 0:
		return ""
	case d < time.Millisecond:
		return "+0 ms"
	case d < time.Second:
		return fmt.Sprintf("+%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("+%.1f s", d.Seconds())
	default:
		return fmt.Sprintf("+%d min", int(d.Minutes()))
	}
}

func clock(t time.Time) string { return t.Local().Format("15:04:05") }
