package demo

import "time"

// said is a message as far as it is compared: by its words.
type said struct {
	id   string
	text string
	at   time.Time
}

// lane holds what was written in one conversation in one direction, and what
// arrived on the other side.
type lane struct {
	sent    []said
	arrived []said
	fates   []fate // one for each sent
}

// fate is what became of a message that was written.
type fate struct {
	arrived   time.Time // zero while it has not
	copies    int       // how often it arrived
	overtaken bool      // it has not arrived, but one written later has
	shuffled  bool      // it arrived after one written later
}

// match finds for everything that arrived what it was when it was written.
// Equal words are told apart by their order.
func (l *lane) match() {
	l.fates = make([]fate, len(l.sent))
	furthest := -1

	for _, a := range l.arrived {
		i := l.origin(a.text)
		if i < 0 {
			continue // written before the installation, or not by the people in question
		}
		f := &l.fates[i]
		f.copies++
		if f.copies > 1 {
			continue
		}
		f.arrived = a.at
		f.shuffled = i < furthest
		furthest = max(furthest, i)
	}

	for i := range l.fates {
		l.fates[i].overtaken = l.fates[i].copies == 0 && i < furthest
	}
}

// origin is the first message with these words that has not arrived, or else
// the last one that has; -1 when nobody wrote them.
func (l *lane) origin(text string) int {
	last := -1
	for i, s := range l.sent {
		if s.text != text {
			continue
		}
		if l.fates[i].copies == 0 {
			return i
		}
		last = i
	}

	return last
}

// tally counts the fates of messages.
type tally struct{ Written, Arrived, Waiting, Lost, Doubled, Shuffled int }

// count adds the fates of what was written in the given time; a zero until is
// without end.
func (l *lane) count(t *tally, since, until time.Time) {
	for i, s := range l.sent {
		if s.at.Before(since) || !until.IsZero() && s.at.After(until) {
			continue
		}
		f := l.fates[i]
		t.Written++
		t.Doubled += max(0, f.copies-1)
		switch {
		case f.copies > 0:
			t.Arrived++
		case f.overtaken:
			t.Lost++
		default:
			t.Waiting++
		}
		if f.shuffled {
			t.Shuffled++
		}
	}
}

// count adds up all lanes.
func (s *scene) count(since, until time.Time) tally {
	var t tally
	for _, c := range s.chats {
		c.in.count(&t, since, until)
		c.out.count(&t, since, until)
	}

	return t
}
