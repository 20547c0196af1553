package e2e

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/tiktoksim"
)

// idleMost is how much memory the program may hold while nothing is installed,
// in KiB.
const idleMost = 24 << 10

func TestIdleMemory(t *testing.T) {
	w := newWorld(t, options{process: true})

	p, ok := w.backend.(*process)
	if !ok {
		t.Fatal("there is no process to look at")
	}

	newBrowser(t).open(w.origin + "/install")

	held, settled := resident(t, p, "VmRSS"), time.Now().Add(2*time.Second)
	w.until("it has settled", func() bool {
		held = resident(t, p, "VmRSS")

		return time.Now().After(settled)
	})

	t.Logf("idle, serve holds %.1f MB of memory", float64(held)/1024)

	if held > idleMost {
		t.Errorf("%d KiB is more than %d", held, idleMost)
	}
}

// What is relayed at once for TestMemoryOfManyVideos, and the most memory that
// it may take, in KiB.
const (
	manyVideos  = 100
	videoSize   = 20 << 20
	relayedMost = 128 << 10
)

// TestMemoryOfManyVideos relays 100 videos of 20 MB at once, half of them each
// way, between four shops and accounts, then lets all agents look at theirs at
// once. The platforms keep what they are given in the memory of the test; the
// program is a process of its own.
func TestMemoryOfManyVideos(t *testing.T) {
	if testing.Short() {
		t.Skip("it moves some gigabytes")
	}

	w := newWorld(t, options{process: true})

	p, ok := w.backend.(*process)
	if !ok {
		t.Fatal("there is no process to look at")
	}

	m := &movies{w: w, video: bigVideo()}
	m.people()

	began := time.Now()

	m.send()
	w.within(4*time.Minute, "all videos are there", m.arrived)
	t.Logf("%d videos of %d MB, half of them each way, were relayed in %s; serve held at most %.1f MB of memory",
		manyVideos, videoSize>>20, time.Since(began).Round(time.Second), float64(resident(t, p, "VmHWM"))/1024)

	m.watch()

	peak := resident(t, p, "VmHWM")
	t.Logf("with %d agents looking at theirs at once, at most %.1f MB", len(m.in), float64(peak)/1024)

	if peak > relayedMost {
		t.Errorf("%d KiB is more than %d", peak, relayedMost)
	}
}

// movies are chats in which videos are sent.
type movies struct {
	w       *world
	video   []byte
	in, out []*chat
}

// bigVideo begins as one, and does not compress to nothing.
func bigVideo() []byte {
	video := make([]byte, videoSize)
	noise := rand.NewChaCha8([32]byte{1})
	_, _ = noise.Read(video) // never fails
	copy(video, "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")

	return video
}

// people opens the chats.
func (m *movies) people() {
	var tenants []*tenant
	for _, name := range []string{"Glow Beauty", "Nusa Living", "Oak & Co", "Tea House"} {
		tenants = append(tenants, m.w.addInstalled(tenantSpec{name: name}))
	}

	for i := range manyVideos {
		c := tenants[i/2%len(tenants)].addBuyer(fmt.Sprintf("Buyer %03d", i))
		c.buyerWrites("Hello")

		if i%2 == 0 {
			m.in = append(m.in, c)
		} else {
			m.out = append(m.out, c)
		}
	}

	for _, c := range slices.Concat(m.in, m.out) {
		c.agentSees("Hello")
	}
}

// send writes all of them.
func (m *movies) send() {
	kept := map[*tenant]freshchatsim.Part{}

	for _, c := range m.out {
		if _, ok := kept[c.tn]; !ok {
			part, err := m.w.freshchat.StoreVideo(c.tn.account.AppID, "clip.mp4", "video/mp4", m.video)
			if err != nil {
				m.w.t.Fatal(err)
			}

			kept[c.tn] = part
		}
	}

	for i := range m.in {
		_, err := m.w.tiktok.BuyerWrites(m.in[i].tn.shop.ID, m.in[i].buyer.ImUserID, tiktoksim.Message{Type: tiktoksim.TypeVideo, Media: m.video})
		if err == nil {
			_, err = m.w.freshchat.AgentReplies(m.out[i].thread().ID, "", kept[m.out[i].tn])
		}

		if err != nil {
			m.w.t.Fatal(err)
		}
	}
}

// arrived reports whether each side has got them all.
func (m *movies) arrived() bool {
	in, out := 0, 0

	for _, e := range m.w.freshchat.Ledger().Snapshot() {
		if e.Kind == freshchatsim.KindUser && strings.HasPrefix(e.Parts, "video") {
			in++
		}
	}

	for _, e := range m.w.tiktok.Ledger().Snapshot() {
		if e.Kind == tiktoksim.KindAPIMessage && strings.HasPrefix(e.Parts, tiktoksim.TypeVideo) {
			out++
		}
	}

	return in == len(m.in) && out == len(m.out)
}

// watch lets every agent load her video.
func (m *movies) watch() {
	var all sync.WaitGroup

	want := fmt.Sprintf("%x", sha256.Sum256(m.video))

	for _, c := range m.in {
		thread := c.thread()
		chat := thread.Chat()

		all.Go(func() {
			got, err := m.w.freshchat.OpenAttachments(m.w.t.Context(), thread.ID, chat[len(chat)-1].ID)
			if err != nil || len(got) != 1 || got[0].SHA256 != want {
				m.w.t.Errorf("the agent of %s sees %+v, %v", c.buyer.Nickname, got, err)
			}
		})
	}

	all.Wait()
}

// resident is what a process holds in memory, or held at most, in KiB.
func resident(t *testing.T, p *process, what string) int {
	t.Helper()

	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}

	for line := range strings.Lines(string(status)) {
		var kib int
		if _, err := fmt.Sscanf(line, what+": %d kB", &kib); err == nil {
			return kib
		}
	}

	t.Fatal("the system does not tell")

	return 0
}
