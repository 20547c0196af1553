package relay

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sellerchat/server/bridge"
	"sellerchat/server/store/boltstore"
)

// mortal is a store that stores nothing any more once the program is dead.
type mortal struct {
	Store
	dead *atomic.Bool
}

func (m mortal) Begin(ctx context.Context, c bridge.Claim, in bridge.Intent, done []bridge.MessageID) error {
	if m.dead.Load() {
		return errDead
	}

	return m.Store.Begin(ctx, c, in, done)
}

func (m mortal) Ack(ctx context.Context, c bridge.Claim, s bridge.Settlement) error {
	if m.dead.Load() {
		return errDead
	}

	return m.Store.Ack(ctx, c, s)
}

func (m mortal) Bury(ctx context.Context, c bridge.Claim, s bridge.Settlement) error {
	if m.dead.Load() {
		return errDead
	}

	return m.Store.Bury(ctx, c, s)
}

func (m mortal) Retry(ctx context.Context, c bridge.Claim, p bridge.Postponement) error {
	if m.dead.Load() {
		return errDead
	}

	return m.Store.Retry(ctx, c, p)
}

func (m mortal) AddMedia(ctx context.Context, c bridge.Media) error {
	if m.dead.Load() {
		return errDead
	}

	return m.Store.AddMedia(ctx, c)
}

// revive is the program starting again after it died.
func (s *stage) revive(m mortal) {
	s.t.Helper()
	s.stop()

	if err := s.store.Close(); err != nil {
		s.t.Fatal(err)
	}

	store, err := boltstore.Open(s.t.Context(), boltstore.Options{Path: s.path})
	if err != nil {
		s.t.Fatal(err)
	}

	m.dead.Store(false)
	m.Store = store
	s.store, s.port = store, m
	s.start()
}

// fault is what goes wrong at one step.
type fault int

const (
	faultless fault = iota
	refusal         // surely not done, and passes by itself
	lost            // not done, and no answer
	silent          // done, and no answer
	slow            // done, after a while
	death           // done, and the program dies
	stages          // how many there are
)

// luck gives each step its fault, until there are none left.
type luck struct {
	mu     sync.Mutex
	faults []fault
	dead   *atomic.Bool
}

func (l *luck) next() fault {
	l.mu.Lock()
	defer l.mu.Unlock()

	if len(l.faults) == 0 || l.dead.Load() {
		return faultless
	}

	f := l.faults[0]
	l.faults = l.faults[1:]

	return f
}

// strike is the fault of a step that does nothing on the other side; final is
// how it may fail for good.
func (l *luck) strike(final error) error {
	switch l.next() {
	case refusal, lost:
		return &bridge.Failure{Op: "step", Class: bridge.Temporary, Certain: true}
	case silent:
		return final
	case slow:
		takes(20 * time.Second)
	case death:
		l.dead.Store(true)

		return unknown()
	}

	return nil
}

// untaken is an upload that is not taken, without a reason that is known.
var untaken = &bridge.Failure{Op: "upload", Class: bridge.Permanent, Certain: true, Status: 406}

// call is one that puts something into a conversation.
func (l *luck) call(take func() bridge.MessageID) (bridge.MessageID, error) {
	switch l.next() {
	case refusal:
		return "", &bridge.Failure{Op: "call", Class: bridge.Temporary, Certain: true, Status: 503}
	case lost:
		return "", unknown()
	case silent:
		take()

		return "", unknown()
	case slow:
		takes(8 * time.Second)
	case death:
		take()
		l.dead.Store(true)

		return "", unknown()
	}

	return take(), nil
}

// line is one message of a story: who writes it, and what each part is.
type line struct {
	who   string
	parts []string
	pause time.Duration
}

func drawLine(t *rapid.T) line {
	return line{
		who:   rapid.SampledFrom([]string{"buyer", "agent", "seller", "whisper"}).Draw(t, "who"),
		parts: rapid.SliceOfN(rapid.SampledFrom([]string{"text", "picture", "video", "document", "GIF"}), 1, 3).Draw(t, "parts"),
		pause: time.Duration(rapid.IntRange(0, 90).Draw(t, "pause")) * time.Second,
	}
}

// drama is a story while it is played.
type drama struct {
	*stage

	thread bridge.ThreadID
	// in and out are what each side is to see, in order; secret is what nobody
	// is to see but who wrote it.
	in, out, secret []string
}

func (d *drama) part(kind, name string) bridge.Part {
	switch kind {
	case "text":
		return bridge.Part{Kind: bridge.PartText, Text: name}
	case "picture":
		return d.filePart(bridge.PartImage, pngMagic+name, name)
	case "video":
		return d.filePart(bridge.PartVideo, mp4Magic+name, name)
	case "document":
		return d.filePart(bridge.PartFile, pdfMagic+name, name)
	default:
		return d.filePart(bridge.PartImage, gifMagic+name, name)
	}
}

// play lets one message be written. Each part of it has a name of its own.
func (d *drama) play(n int, l line) {
	var (
		parts []bridge.Part
		names []string
	)

	for i, kind := range l.parts {
		name := fmt.Sprintf("%s-%d-%d.%s", l.who, n, i, kind)
		parts, names = append(parts, d.part(kind, name)), append(names, name)
	}

	switch l.who {
	case "buyer":
		d.in = append(d.in, names...)
		d.buyerSends(parts...)
	case "agent":
		d.out = append(d.out, names...)
		d.agentSends(d.thread, parts...)
	case "seller":
		d.hearsParts(bridge.Seller, bridge.MessageID(fmt.Sprintf("typed_%d", n)), time.Now(), parts...)
	default:
		d.secret = append(d.secret, names...)
		d.whispers(names, parts)
	}
}

// whispers gives the relay a private note of an agent.
func (d *drama) whispers(names []string, parts []bridge.Part) {
	inst, err := d.store.Installation(d.t.Context(), testInstallation)
	if err != nil {
		d.t.Fatal(err)
	}

	outcome, err := d.relay.freshchatEvent(d.t.Context(), inst, bridge.FreshchatEvent{
		Kind: bridge.FreshchatMessage, Thread: d.thread, User: "user_1", Hidden: bridge.HiddenPrivate,
		Message: bridge.Message{ID: bridge.MessageID(names[0]), Author: bridge.Agent, CreatedAt: time.Now(), Parts: parts},
	}, bridge.PathWebhook)
	if err != nil || outcome != outcomeIgnored {
		d.t.Fatalf("a private note is %s: %v", outcome, err)
	}
}

// wrong lists what is not as it should be at the end.
func (d *drama) wrong() []string {
	shown := d.fc.shown(d.thread)
	notes := strings.Join(d.fc.notes(d.thread), "\n")
	chat := d.fc.chat(d.thread)
	// What is marked as late is out of its place, and says so.
	inPlace := slices.DeleteFunc(slices.Clone(chat), func(s string) bool { return strings.HasPrefix(s, "[") })

	// A sound, a GIF or a video is an address of ours: its name is in no text.
	wrong := judge("the agent", d.in, d.named(inPlace), d.named(chat), notes)
	wrong = append(wrong, judge("the buyer", d.out, d.named(d.tt.texts()), d.named(d.tt.texts()), notes)...)

	for _, name := range d.secret {
		if strings.Contains(strings.Join(d.tt.texts(), "\n"), name) || strings.Contains(strings.Join(shown, "\n"), name) {
			wrong = append(wrong, name+" was a private note, and went on")
		}

		for url, content := range d.files.online {
			if strings.HasSuffix(content, name) && d.files.fetched[url] > 0 {
				wrong = append(wrong, name+" was in a private note, and was fetched")
			}
		}
	}

	return wrong
}

// named puts the names of files in the place of the addresses of our copies.
func (d *drama) named(texts []string) []string {
	out := slices.Clone(texts)

	for i, text := range out {
		for ref, name := range d.files.copies(d.t.Context(), d.store) {
			if strings.Contains(text, ref) {
				out[i] += " " + name
			}
		}
	}

	return out
}

// judge compares what somebody sees with what was written. What is missing, or
// could not be made sure of, must have been told.
func judge(who string, want, inPlace, all []string, notes string) []string {
	var wrong []string

	last := -1

	for _, name := range want {
		seen := 0

		for _, text := range all {
			if strings.Contains(text, name) {
				seen++
			}
		}

		told := false
		for _, words := range []string{name, "may or may not", "was not sent", "not all of it", "could not be shown"} {
			told = told || strings.Contains(notes, words)
		}

		if seen > 1 || seen == 0 && !told {
			wrong = append(wrong, fmt.Sprintf("%s sees %s %d times", who, name, seen))
		}

		at := slices.IndexFunc(inPlace, func(text string) bool { return strings.Contains(text, name) })
		if at >= 0 && at < last {
			wrong = append(wrong, fmt.Sprintf("%s sees %s out of its place", who, name))
		}

		last = max(last, at)
	}

	return wrong
}

// Whatever is written by whomever, and whatever goes wrong at any step, the
// program's death included: everybody sees each thing once and in order, or is
// told; and nobody sees what is private.
func TestEverythingOnceAndInOrder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		story := rapid.SliceOfN(rapid.Custom(drawLine), 1, 8).Draw(rt, "story")
		faults := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) fault { return fault(rapid.IntRange(0, int(stages)-1).Draw(t, "fault")) }), 0, 30).Draw(rt, "faults")

		m := mortal{dead: &atomic.Bool{}}
		l := &luck{faults: faults, dead: m.dead}

		var wrong, shown []string

		onStage(t, func(s *stage) {
			d := &drama{stage: s, thread: s.opened()}

			s.files.fetch = func(context.Context, string) error { return l.strike(dead()) }
			s.fc.upload = func(bridge.Upload) error { return l.strike(untaken) }
			s.tt.upload = s.fc.upload
			s.fc.post = func(_ context.Context, _ bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
				return l.call(take)
			}
			s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
				return l.call(take)
			}

			for i, line := range story {
				d.play(i, line)
				d.live(m, line.pause)
			}

			for range 24 {
				d.live(m, 5*time.Minute)

				if st, err := d.store.Stats(t.Context()); err == nil && st.Lanes == 0 {
					break
				}
			}

			wrong = d.wrong()
			shown = append(append(d.fc.shown(d.thread), "---"), d.tt.texts()...)
		}, func(s *stage) {
			m.Store = s.store
			s.port = m
		})

		if len(wrong) > 0 {
			rt.Fatalf("%s\nthe agent sees, and the buyer:\n%s", strings.Join(wrong, "\n"), strings.Join(shown, "\n"))
		}
	})
}

// live lets time pass, and the program start again when it has died.
func (d *drama) live(m mortal, pause time.Duration) {
	pass(pause + time.Second)

	if m.dead.Load() {
		d.revive(m)
	}
}

// copies are the addresses of our copies, each with what is in it.
func (f *filesFake) copies(ctx context.Context, store Store) map[string]string {
	f.mu.Lock()
	defer f.mu.Unlock()

	out := map[string]string{}

	for n := range f.count + 1 {
		token := bridge.MediaToken(fmt.Sprintf("tok%04d", n))

		if m, err := store.Media(ctx, token); err == nil {
			out[mediaURL(token)] = f.stored[m.Blob.Key]
		}
	}

	return out
}
