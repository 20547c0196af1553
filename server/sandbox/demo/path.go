package demo

import "time"

// mark is one step of the path at the top of the page.
type mark struct {
	Number int
	Title  string
	Hint   string // what to do; shown at the step that comes next
	Link   string
	Done   bool
	Next   bool
}

// path tells how far the visitor has come.
func (d *Demo) path(v visit, s *scene) []mark {
	wrote, answered := false, false
	for _, c := range s.chats {
		for _, f := range c.in.fates {
			wrote = wrote || f.copies > 0
		}
		for _, f := range c.out.fates {
			answered = answered || f.copies > 0
		}
	}

	marks := []mark{
		{Title: "Install the app", Hint: "Open the Marketplace's dialog and follow it.", Link: installPath, Done: s.installed},
		{Title: "Write as the buyer", Hint: "Type on the phone; the agent sees it at once.", Link: v.withTab(tabBuyer).address() + "#buyer", Done: wrote},
		{Title: "Answer as the agent", Hint: "Reply in the inbox; the phone gets it.", Link: v.withTab(tabAgent).address() + "#agent", Done: answered},
		{Title: "Break something", Hint: "Cut, revoke or kill, write meanwhile, then mend.", Link: v.withTab(tabBreak).address() + "#break", Done: d.broke(s)},
	}
	next := true
	for i := range marks {
		marks[i].Number = i + 1
		marks[i].Next = next && !marks[i].Done
		next = next && marks[i].Done
	}

	return marks
}

// broke tells whether a drill was tried, mended, and everything written
// meanwhile arrived.
func (d *Demo) broke(s *scene) bool {
	for _, dr := range drills() {
		state := d.stateOf(dr.name)
		if state.begun.IsZero() || state.running {
			continue
		}
		if t := s.count(state.begun, state.ended); t.Written > 0 && t.Arrived == t.Written {
			return true
		}
	}

	return false
}

// score is the proof at a glance: everything since the installation.
func (s *scene) score() tally { return s.count(time.Time{}, time.Time{}) }
