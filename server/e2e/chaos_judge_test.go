package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// verdict is what the ledgers say of one direction.
type verdict struct {
	arrived, lost, doubled, reordered int
	// uncertain were told of as such, late were marked or told of as late,
	// followed are files that came after words in their place, and told are
	// messages that were not sent, as their agents were told.
	uncertain, late, followed, told int
}

func (v verdict) wrong() int { return v.lost + v.doubled + v.reordered }

func (v verdict) String() string {
	return fmt.Sprintf("arrived %d, lost %d, doubled %d, out of order %d, uncertain %d, late %d, followed %d, told %d",
		v.arrived, v.lost, v.doubled, v.reordered, v.uncertain, v.late, v.followed, v.told)
}

// judgement is the verdict on both directions.
type judgement struct {
	in, out verdict
	// strays are notes that should not be.
	strays     int
	complaints []string
}

func (j judgement) wrong() int { return j.in.wrong() + j.out.wrong() + j.strays }

func (j judgement) String() string {
	return fmt.Sprintf("in: %s; out: %s; notes that should not be: %d", j.in, j.out, j.strays)
}

// came is a message as whoever reads the chat makes sense of it.
type came struct {
	// label is which message it is; empty of words that stand for a file, which
	// stands then says.
	label string
	// late is true where it is marked as overtaken, follows where it is a file
	// that comes after the words in its place.
	late, follows bool
	stands        string
}

// The words that tell what something in a chat is.
const (
	latePrefix   = "[Late, sent "
	followPrefix = "[Sent "
	placeholder  = "The buyer sent a %s, which TikTok does not hand out at the moment."
)

// makeSense reads a message: its text, and the label of a file that is with it.
func makeSense(text, file string) came {
	var c came

	for prefix, mark := range map[string]*bool{latePrefix: &c.late, followPrefix: &c.follows} {
		if rest, ok := strings.CutPrefix(text, prefix); ok {
			_, rest, _ = strings.Cut(rest, "]")
			text, *mark = strings.TrimSpace(rest), true
		}
	}

	for _, kind := range []string{"picture", "video"} {
		if strings.HasPrefix(text, fmt.Sprintf(placeholder, kind)) {
			c.stands = kind

			return c
		}
	}

	c.label = strings.TrimSpace(text + file)

	return c
}

// What notes say of messages, of which each note must say one thing.
var (
	saidLate      = []string{"after a message that you wrote later", "after one that you wrote later"}
	saidUncertain = []string{"may or may not be shown here", "may or may not have reached the buyer"}
	saidFailed    = []string{"was not sent to the buyer", "were not sent to the buyer"}
	saidElse      = []string{
		"not reached the buyer yet", "did reach the buyer", "is shown here after all", "are shown here after all",
	}
)

// notes are what the agents of a chat were told, line by line.
type notes []string

func says(line string, words ...[]string) bool {
	return slices.ContainsFunc(slices.Concat(words...), func(w string) bool { return strings.Contains(line, w) })
}

// of reports whether one of them says this of a message, by its text or by the
// name of its file.
func (n notes) of(label string, words []string) bool {
	return slices.ContainsFunc(n, func(line string) bool {
		return says(line, words) && (strings.Contains(line, "“"+label+"”") || strings.Contains(line, "“"+label+"."))
	})
}

// nameless counts buyers' files that are told of as uncertain: what TikTok hands
// out has no name.
func (n notes) nameless(kind string) int {
	count := 0

	for _, line := range n {
		if says(line, saidUncertain) && strings.Contains(line, "from the buyer") {
			count += strings.Count(line, "("+kind+", written ")
		}
	}

	return count
}

// chatRecord is one direction of a chat: what was written, in order, each with
// the kind of file that it is, and what became of it.
type chatRecord struct {
	wrote []string
	kinds map[string]string
	came  []came
	notes notes
}

// judge reads both ledgers once.
func (s *storm) judge() judgement {
	shown, told := s.inFreshchat()
	replies := s.byConversation(s.w.tiktok.Ledger().Snapshot(), func(e simkit.Entry) (string, bool) {
		return e.Conversation, e.Kind == tiktoksim.KindAPIMessage
	})

	var j judgement

	for _, c := range s.chats {
		var lines notes
		for _, note := range told[c.id] {
			lines = append(lines, strings.Split(note.label, "\n")...)
		}

		j.judge(&j.in, chatRecord{c.texts("in", s.each), s.kinds, shown[c.id], lines})
		j.judge(&j.out, chatRecord{c.texts("out", s.each), s.kinds, replies[c.id], lines})

		for _, line := range lines {
			if !says(line, saidLate, saidUncertain, saidFailed, saidElse) {
				j.strays++ // as an echo, shown as if somebody had written it
				j.complain(fmt.Sprintf("%s has a note that should not be: %q", c.buyer.Nickname, line), nil)
			}
		}
	}

	return j
}

// inFreshchat sorts what arrived there by TikTok's conversation: buyers'
// messages and our notes.
func (s *storm) inFreshchat() (shown, told map[string][]came) {
	all := s.w.freshchat.Ledger().Snapshot()
	threads := map[string]string{}

	shown = s.byConversation(all, func(e simkit.Entry) (string, bool) {
		id := e.Author[strings.LastIndexByte(e.Author, ':')+1:]
		if e.Kind == freshchatsim.KindUser {
			threads[e.Conversation] = id
		}

		return id, e.Kind == freshchatsim.KindUser
	})
	told = s.byConversation(all, func(e simkit.Entry) (string, bool) { return threads[e.Conversation], e.Note })

	return shown, told
}

func (s *storm) byConversation(entries []simkit.Entry, pick func(simkit.Entry) (string, bool)) map[string][]came {
	sorted := map[string][]came{}

	for _, e := range entries {
		if id, ok := pick(e); ok {
			sorted[id] = append(sorted[id], makeSense(e.Text, s.fileOf(e)))
		}
	}

	return sorted
}

// judge compares what arrived of one chat in one direction with what was
// written.
func (j *judgement) judge(v *verdict, r chatRecord) {
	j.restore(v, &r)

	seen, newest := map[string]int{}, ""

	for _, m := range r.came {
		seen[m.label]++

		switch late := m.late || r.notes.of(m.label, saidLate); {
		case !slices.Contains(r.wrote, m.label):
			v.doubled++
			j.complain("nobody wrote "+m.label, r.came)

			continue
		case seen[m.label] > 1:
			v.doubled++
			j.complain("doubled "+m.label, r.came)
		case late:
			v.late++
		case m.label < newest:
			v.reordered++
			j.complain("out of order "+m.label, r.came)
		}

		newest = max(newest, m.label)
	}

	j.missing(v, r, seen)
}

// restore puts files that followed where words stand for them.
func (j *judgement) restore(v *verdict, r *chatRecord) {
	var (
		places  []came
		follows []string
		newest  string
	)

	for _, m := range r.came {
		if m.follows {
			follows = append(follows, m.label)
		} else {
			places = append(places, m)
		}
	}

	slices.Sort(follows)

	whole := r.came
	nameless := map[string]int{"picture": r.notes.nameless("picture"), "video": r.notes.nameless("video")}
	r.came = nil

	for _, m := range places {
		if m.stands == "" {
			newest = max(newest, m.label)
			r.came = append(r.came, m)

			continue
		}

		at := slices.IndexFunc(follows, func(label string) bool {
			return r.kinds[label] == m.stands && (m.late || label > newest)
		})

		switch {
		case at >= 0:
			v.followed++
			m.label = follows[at]
			follows = slices.Delete(follows, at, at+1)
			newest = max(newest, m.label)
			r.came = append(r.came, m)
		case nameless[m.stands] > 0:
			nameless[m.stands]-- // whether these words arrived was not known
		default:
			v.doubled++
			j.complain("nothing follows the words for a "+m.stands, whole)
		}
	}

	for _, label := range follows {
		v.reordered++
		j.complain("no words stand in the place of "+label, whole)

		r.came = append(r.came, came{label: label, late: true})
	}
}

// missing judges what did not arrive, and what is said of it.
func (j *judgement) missing(v *verdict, r chatRecord, seen map[string]int) {
	nameless := map[string]int{}

	for _, kind := range []string{"picture", "video"} {
		if strings.Contains(strings.Join(r.wrote, ""), " in ") {
			nameless[kind] = r.notes.nameless(kind)
			v.uncertain += nameless[kind]
		}
	}

	for _, label := range r.wrote {
		failed, unsure := r.notes.of(label, saidFailed), r.notes.of(label, saidUncertain)
		if unsure {
			v.uncertain++
		}

		switch kind := r.kinds[label]; {
		case seen[label] > 0 && failed:
			v.doubled++
			j.complain("told as not sent, and sent: "+label, r.came)
		case seen[label] > 0:
			v.arrived++
		case failed:
			v.told++
		case unsure:
		case nameless[kind] > 0:
			nameless[kind]--
		default:
			v.lost++
			j.complain("lost "+label, r.came)
		}
	}
}

func (j *judgement) complain(what string, among []came) {
	if len(j.complaints) < 20 {
		j.complaints = append(j.complaints, fmt.Sprintf("%s, among %+v", what, among))
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

// TestTheJudgeOfChaosIsStrict has everything that may become of a chat, in a
// record of its own.
func TestTheJudgeOfChaosIsStrict(t *testing.T) {
	t.Parallel()

	const gone = "The buyer sent a picture, which TikTok does not hand out at the moment. It follows here as soon as it can be had."

	in, out := []string{"chat 001 in 00", "chat 001 in 01", "chat 001 in 02"}, []string{"chat 001 out 00", "chat 001 out 01"}
	kinds := map[string]string{in[1]: "picture", out[1]: "picture"}

	for name, row := range map[string]struct {
		wrote []string
		came  []came
		notes notes
		want  verdict
	}{
		"everything in its place": {
			wrote: in, came: []came{makeSense(in[0], ""), makeSense("", in[1]), makeSense(in[2], "")},
			want: verdict{arrived: 3},
		},
		"one lost, one twice, one too early": {
			wrote: in, came: []came{makeSense(in[2], ""), makeSense(in[2], ""), makeSense("", in[1])},
			want: verdict{arrived: 2, lost: 1, doubled: 1, reordered: 1},
		},
		"one that nobody wrote": {
			wrote: out, came: []came{makeSense("hello", ""), makeSense(out[0], ""), makeSense("", out[1])},
			want: verdict{arrived: 2, doubled: 1},
		},
		"late ones, by their mark": {
			wrote: in, came: []came{makeSense(in[2], ""), makeSense("[Late, sent 10:00 UTC] "+in[0], ""), makeSense("[Late, sent 10:00 UTC]", in[1])},
			want: verdict{arrived: 3, late: 2},
		},
		"a late file, by a note": {
			wrote: out, came: []came{makeSense("", out[1]), makeSense(out[0], "")},
			notes: notes{"Your message “" + out[0] + "” (written 10:00 UTC) reached the buyer after a message that you wrote later."},
			want:  verdict{arrived: 2, late: 1},
		},
		"a file that was not sent, and told": {
			wrote: out, came: []came{makeSense(out[0], "")},
			notes: notes{"Your message (picture “" + out[1] + ".png”) was not sent to the buyer. Send it again."},
			want:  verdict{arrived: 1, told: 1},
		},
		"a file that was told as not sent, without its name": {
			wrote: out, came: []came{makeSense(out[0], "")},
			notes: notes{"Your message (picture, written 10:00 UTC) was not sent to the buyer. Send it again."},
			want:  verdict{arrived: 1, lost: 1},
		},
		"a file that was sent, and told as not sent": {
			wrote: out, came: []came{makeSense(out[0], ""), makeSense("", out[1])},
			notes: notes{"Your message (picture “" + out[1] + ".png”) was not sent to the buyer. Send it again."},
			want:  verdict{arrived: 1, doubled: 1},
		},
		"one that is uncertain, and did not arrive": {
			wrote: out, came: []came{makeSense(out[0], "")},
			notes: notes{"Your message (picture “" + out[1] + ".png”) may or may not have reached the buyer."},
			want:  verdict{arrived: 1, uncertain: 1},
		},
		"a buyer's file that is uncertain, and did not arrive": {
			wrote: in, came: []came{makeSense(in[0], ""), makeSense(in[2], "")},
			notes: notes{"A message from the buyer (picture, written 10:00 UTC) may or may not be shown here."},
			want:  verdict{arrived: 2, uncertain: 1},
		},
		"a text that is lost where a file is uncertain": {
			wrote: in, came: []came{makeSense(in[0], ""), makeSense("", in[1])},
			notes: notes{"A message from the buyer (picture, written 10:00 UTC) may or may not be shown here."},
			want:  verdict{arrived: 2, lost: 1, uncertain: 1},
		},
		"a file that follows": {
			wrote: in, came: []came{makeSense(in[0], ""), makeSense(gone, ""), makeSense(in[2], ""), makeSense("[Sent 10:00 UTC]", in[1])},
			want: verdict{arrived: 3, followed: 1},
		},
		"a file whose words stand in the wrong place": {
			wrote: in, came: []came{makeSense(in[0], ""), makeSense(in[2], ""), makeSense(gone, ""), makeSense("[Sent 10:00 UTC]", in[1])},
			want: verdict{arrived: 3, doubled: 1, reordered: 1, late: 1},
		},
		"a file that does not follow": {
			wrote: in, came: []came{makeSense(in[0], ""), makeSense(gone, ""), makeSense(in[2], "")},
			want: verdict{arrived: 2, lost: 1, doubled: 1},
		},
		"a file in its place, and words for it": {
			wrote: in, came: []came{makeSense(in[0], ""), makeSense(gone, ""), makeSense("", in[1]), makeSense(in[2], "")},
			want: verdict{arrived: 3, doubled: 1},
		},
		"a file that follows twice": {
			wrote: in, came: []came{
				makeSense(in[0], ""), makeSense(gone, ""), makeSense(in[2], ""), makeSense("[Sent 10:00 UTC]", in[1]), makeSense("[Sent 10:00 UTC]", in[1]),
			},
			want: verdict{arrived: 3, followed: 1, doubled: 1, reordered: 1},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var v verdict

			j := judgement{}
			j.judge(&v, chatRecord{row.wrote, kinds, row.came, row.notes})

			if v != row.want {
				t.Errorf("the verdict is %s, want %s: %q", v, row.want, j.complaints)
			}
		})
	}
}
