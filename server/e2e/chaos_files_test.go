package e2e

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerchat/server/config"
	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// TestChaosOfFiles is the storm with pictures, videos and documents among the
// messages, and with all faults that must be made good at once. Set
// SELLERCHAT_CHAOS=full for 300 conversations and two minutes of kills.
func TestChaosOfFiles(t *testing.T) {
	plan := stormPlan{
		chats: 40, each: 10, kills: 5, writing: 0.10, files: true, patient: 15 * time.Second, limit: 150 * time.Second,
	}
	if os.Getenv("SELLERCHAT_CHAOS") == "full" {
		plan.chats, plan.kills, plan.writing, plan.patient, plan.limit = 300, 75, 0.006, time.Minute, 8*time.Minute
	}

	w := newWorld(t, options{
		process: true,
		tiktok:  func(o *tiktoksim.Options) { o.WebhookTimeout = time.Second },
		flags:   func(f *config.Flags) { f.OrderWindow = "250ms" },
	})

	// Where a refresh ends the old token, one whose answer is lost, or that is
	// killed, can be made good by the seller alone:
	// TestAnAuthorizationThatEndedPausesAndKeeps is about that.
	settings := w.tiktok.Settings()
	settings.RotateRefreshToken = false
	w.tiktok.SetSettings(settings)

	s := newStorm(w, plan)
	s.faults()
	s.moreFaults()
	s.run()
}

// moreFaults are the other ones that have to be made good.
func (s *storm) moreFaults() {
	const some = 0.02

	for name, fault := range map[string]simkit.Fault{
		tiktoksim.FaultSlow: {Rate: some}, tiktoksim.FaultSlowAnswer: {Rate: some},
		tiktoksim.FaultRateLimited: {Rate: some / 4}, tiktoksim.FaultErrorsAs200: {Rate: 0.5},
		tiktoksim.FaultTokenExpired: {Rate: some / 4}, tiktoksim.FaultEchoFirst: {Rate: 0.2},
		tiktoksim.FaultMediaGone: {Rate: 0.2, Remaining: 10}, tiktoksim.FaultChunkByPost: {Rate: 0.2},
		tiktoksim.FaultTokenService: {Rate: 0.2}, tiktoksim.FaultTokenAnswerLost: {Rate: 0.05},
	} {
		strike(s.w.t, s.w.tiktok.Faults(), name, fault)
	}

	for name, fault := range map[string]simkit.Fault{
		freshchatsim.FaultSlow: {Rate: some}, freshchatsim.FaultSlowAnswer: {Rate: some},
		freshchatsim.FaultRateLimited: {Rate: some / 4}, freshchatsim.FaultHTMLError: {Rate: some},
		freshchatsim.FaultOtherEnvelope: {Rate: 0.3}, freshchatsim.FaultEmptyAnswer: {Rate: some},
		freshchatsim.FaultAttachmentLate: {Rate: 0.2}, freshchatsim.FaultAddressStale: {Rate: 0.1, Remaining: 10},
	} {
		strike(s.w.t, s.w.freshchat.Faults(), name, fault)
	}
}

// file is what a message of this number holds, where it is no text: every
// fourth is a picture, every tenth a video.
func (s *storm) file(label string, n int) (kind string, content []byte) {
	switch {
	case !s.files:
		return "", nil
	case n%10 == 9:
		kind, content = "video", clip
	case n%4 == 3:
		kind, content = "image", photo
	default:
		return "", nil
	}

	// What follows the end of a picture or video is nobody's business, and
	// tells one from another.
	content = append(slices.Clone(content), label...)
	s.labels[digest(content)] = label
	s.kinds[label] = map[string]string{"image": "picture", "video": "video"}[kind]

	return kind, content
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)

	return hex.EncodeToString(sum[:])
}

// buyer lets the buyer send the next message.
func (s *storm) buyer(c *stormChat) {
	label := c.text("in", c.in)

	kind, content := s.file(label, c.in)
	if kind == "" {
		c.buyerWrites(label)

		return
	}

	m := tiktoksim.Message{Type: map[string]string{"image": tiktoksim.TypeImage, "video": tiktoksim.TypeVideo}[kind], Media: content}

	p, err := s.w.tiktok.BuyerWrites(c.tn.shop.ID, c.buyer.ImUserID, m)
	if err != nil {
		s.w.t.Fatal(err)
	}

	c.id = p.ConversationID
}

// agent lets an agent send the next message.
func (s *storm) agent(c *stormChat) {
	label := c.text("out", c.out)

	kind, content := s.file(label, c.out)
	if kind == "" {
		c.agentReplies(label)

		return
	}

	name, mime := label+".png", "image/png"
	if kind == "video" {
		name, mime = label+".mp4", "video/mp4"
	}

	part, err := s.w.freshchat.Store(c.tn.account.AppID, kind, name, mime, content)
	part.Name = name // by which notes tell of it

	if err == nil {
		_, err = s.w.freshchat.AgentReplies(c.thread().ID, "", part)
	}

	if err != nil {
		s.w.t.Fatal(err)
	}
}

// fileOf is the label by which the file of a ledger's entry was sent; empty
// where there is none, and something else where nobody sent it.
func (s *storm) fileOf(e simkit.Entry) string {
	if e.Parts == "" {
		return ""
	}

	_, sum, ok := strings.Cut(e.Parts, "#")
	if !ok {
		_, address, _ := strings.Cut(e.Parts, "@")
		sum = digest(s.fetch(address))
	}

	return cmp.Or(s.labels[sum], e.Parts)
}

// fetch loads a file as an agent's browser would.
func (s *storm) fetch(address string) []byte {
	s.w.t.Helper()

	req, err := http.NewRequestWithContext(s.w.t.Context(), http.MethodGet, address, nil)
	if err != nil {
		s.w.t.Fatal(err)
	}

	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		s.w.t.Fatal(fmt.Errorf("load %s: %w", address, err))
	}
	defer resp.Body.Close()

	content, err := io.ReadAll(resp.Body)
	if err != nil {
		s.w.t.Fatal(err)
	}

	return content
}
