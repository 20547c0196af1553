package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

// What each side gets of the files that TestFilesSurviveWhatPasses sends.
var (
	filesIn  = []string{"[image cat.png, 1135 bytes]", "[video clip.mp4, 20024 bytes]"}
	filesOut = []string{"[IMAGE cat.png, 1135 bytes]", "offer.pdf (17 bytes)\n[our copy of offer.pdf, 17 bytes]", "[VIDEO clip.mp4, 20024 bytes]"}
)

// TestFilesSurviveWhatPasses sends a picture and a video in, and a picture, a
// document and a video out, while something goes wrong that passes: each file
// arrives once, in order and whole, and nobody is told.
func TestFilesSurviveWhatPasses(t *testing.T) {
	t.Parallel()

	type faults map[string]simkit.Fault

	tests := map[string]struct {
		tiktok, freshchat faults
		in                []string // filesIn when empty
	}{
		"nothing goes wrong": {},
		"answers to calls and uploads are lost": {
			tiktok: faults{tiktoksim.FaultAnswerLost: onceOf(2)}, freshchat: faults{freshchatsim.FaultAnswerLost: onceOf(2)},
		},
		"errors although the work was done": {
			tiktok: faults{tiktoksim.FaultErrorAfterWork: onceOf(2)}, freshchat: faults{freshchatsim.FaultErrorAfterWork: onceOf(2)},
		},
		"connections are cut": {
			tiktok: faults{tiktoksim.FaultUnreachable: onceOf(3)}, freshchat: faults{freshchatsim.FaultUnreachable: onceOf(3)},
		},
		"our message comes back before its answer": {tiktok: faults{tiktoksim.FaultEchoFirst: always}},
		"chunks go by the other method":            {tiktok: faults{tiktoksim.FaultChunkByPost: always}},
		"a token expires in the middle":            {tiktok: faults{tiktoksim.FaultTokenExpired: onceOf(1)}},
		"links are expired at first":               {tiktok: faults{tiktoksim.FaultMediaGone: onceOf(2)}},
		"attachments have no address at first":     {freshchat: faults{freshchatsim.FaultAttachmentLate: simkit.Fault{Rate: 1, Value: "2"}}},
		"addresses are stale when they come":       {freshchat: faults{freshchatsim.FaultAddressStale: onceOf(2)}},
		"a class-cast refusal of what was taken":   {freshchat: faults{freshchatsim.FaultClassCast: onceOf(2)}},
		"success that says that it failed": {
			freshchat: faults{freshchatsim.FaultErrorMessage: simkit.Fault{Rate: 1, Remaining: 1, Only: "image_upload"}},
			in:        []string{"[file cat.png, 1135 bytes]", filesIn[1]},
		},
		"pictures are not taken as such": {
			freshchat: faults{freshchatsim.FaultMediaRefused: simkit.Fault{Rate: 1, Only: "image"}},
			in:        []string{"[file cat.png, 1135 bytes]", filesIn[1]},
		},
		"no file is taken in any form": {
			freshchat: faults{freshchatsim.FaultMediaRefused: always},
			in: []string{
				"The buyer sent a picture (1 KB): [our copy of cat.png, 1135 bytes]",
				"The buyer sent a video (19 KB): [our copy of clip.mp4, 20024 bytes]",
			},
		},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			tn := newWorld(t, options{}).addInstalled(tenantSpec{})
			tn.useWebhooks()

			emma := tn.opened("Emma Clarke")
			tn.w.quiet()

			for fault, value := range test.tiktok {
				strike(t, tn.w.tiktok.Faults(), fault, value)
			}

			for fault, value := range test.freshchat {
				strike(t, tn.w.freshchat.Faults(), fault, value)
			}

			emma.sendFiles()
			tn.w.within(2*time.Minute, "what follows the files", func() bool {
				return slices.Contains(emma.shown(), after) && slices.Contains(emma.received(), after)
			})

			for fault := range test.tiktok {
				if hits(tn.w.tiktok.Faults(), fault) == 0 {
					t.Errorf("TikTok's %s never struck", fault)
				}
			}

			for fault := range test.freshchat {
				if hits(tn.w.freshchat.Faults(), fault) == 0 {
					t.Errorf("Freshchat's %s never struck", fault)
				}
			}

			if test.in == nil {
				test.in = filesIn
			}

			k := &kindTable{t: t, tn: tn}
			if diff := cmp.Diff(test.in, k.shown(emma)); diff != "" {
				t.Errorf("what the agent sees (-want +got):\n%s", diff)
			}

			if diff := cmp.Diff(filesOut, k.received(emma)); diff != "" {
				t.Errorf("what the buyer got (-want +got):\n%s", diff)
			}

			if notes := emma.notes(); len(notes) > 0 {
				t.Errorf("agents were told: %q", notes)
			}
		})
	}
}

// sendFiles sends what filesIn and filesOut are, and a text behind each.
func (c *chat) sendFiles() {
	c.tn.w.t.Helper()

	for _, m := range []tiktoksim.Message{{Type: tiktoksim.TypeImage, Media: photo}, {Type: tiktoksim.TypeVideo, Media: clip}, {Content: after}} {
		if _, err := c.tn.w.tiktok.BuyerWrites(c.tn.shop.ID, c.buyer.ImUserID, m); err != nil {
			c.tn.w.t.Fatal(err)
		}
	}

	for _, f := range []struct {
		kind, name, mime string
		content          []byte
	}{{"image", "cat.png", "image/png", photo}, {"file", "offer.pdf", "application/pdf", pdf}, {"video", "clip.mp4", "video/mp4", clip}} {
		part, err := c.tn.w.freshchat.Store(c.tn.account.AppID, f.kind, f.name, f.mime, f.content)
		if err == nil {
			_, err = c.tn.w.freshchat.AgentReplies(c.thread().ID, "", part)
		}

		if err != nil {
			c.tn.w.t.Fatal(err)
		}
	}

	c.agentReplies(after)
}

// A file that Freshchat's virus scan refuses goes over in no form at all; what
// was sent after it does.
func TestAHarmfulFileIsNotShown(t *testing.T) {
	t.Parallel()

	tn := newWorld(t, options{}).addInstalled(tenantSpec{})
	emma := tn.opened("Emma Clarke")

	strike(t, tn.w.freshchat.Faults(), freshchatsim.FaultScan, always)

	m := tiktoksim.Message{Type: tiktoksim.TypeVideo, Raw: `{"url":"` + playFiles(t) + `offer.pdf"}`}
	if _, err := tn.w.tiktok.BuyerWrites(tn.shop.ID, emma.buyer.ImUserID, m); err != nil {
		t.Fatal(err)
	}

	emma.buyerWrites(after)
	emma.agentSees(after)
	emma.wantShown("Hello, I am Emma Clarke", "The buyer sent a video that Freshchat found to be harmful. It is not shown here.", after)
}
