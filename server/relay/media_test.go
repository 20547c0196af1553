package relay

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"sellerchat/server/bridge"
)

// picture is a part with a picture that can be fetched.
func (s *stage) picture(what string) bridge.Part {
	return s.filePart(bridge.PartImage, pngMagic+what, what+".png")
}

func (s *stage) filePart(kind bridge.PartKind, content, name string) bridge.Part {
	s.count++
	url := s.files.put(fmt.Sprintf("https://files.example/%d", s.count), content)

	return bridge.Part{Kind: kind, Text: "[" + string(kind) + "] The buyer sent it.", Type: string(kind), URL: url, Name: name}
}

func (s *stage) buyerSends(parts ...bridge.Part) bridge.MessageID {
	s.t.Helper()

	id := bridge.MessageID(fmt.Sprintf("tt_%d", s.count))
	now := time.Now()
	s.tt.keeps(bridge.Buyer, id, now, parts...)
	s.hearsParts(bridge.Buyer, id, now, parts...)

	return id
}

// keeps is what is read back of a message that others wrote.
func (f *tiktokFake) keeps(author bridge.AuthorRole, id bridge.MessageID, at time.Time, parts ...bridge.Part) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.heard = append(f.heard, bridge.RemoteMessage{Message: bridge.Message{ID: id, Author: author, CreatedAt: at, Parts: parts}})
}

func (s *stage) agentSees(thread bridge.ThreadID, want ...string) {
	s.t.Helper()

	if diff := cmp.Diff(append([]string{"hello"}, want...), s.fc.shown(thread)); diff != "" {
		s.t.Errorf("the agent sees (-want +got):\n%s", diff)
	}
}

func (s *stage) buyerSees(want ...string) {
	s.t.Helper()

	if diff := cmp.Diff(want, s.tt.texts(), cmpopts.EquateEmpty()); diff != "" {
		s.t.Errorf("the buyer sees (-want +got):\n%s", diff)
	}
}

func TestFilesGoInAsWhatIsInThem(t *testing.T) {
	tooLarge := func(bridge.Upload) error {
		return &bridge.Failure{Op: "upload", Class: bridge.Unsupported, Cause: bridge.CauseMedia, Certain: true}
	}
	noScope := func(bridge.Upload) error {
		return &bridge.Failure{Op: "upload", Class: bridge.Reauthorize, Cause: bridge.CauseScopeMissing, Certain: true}
	}
	harmful := func(bridge.Upload) error {
		return &bridge.Failure{Op: "upload", Class: bridge.Unsupported, Cause: bridge.CauseUnsafe, Certain: true}
	}
	// The picture is refused, the same as a file is not.
	asked := 0
	onlyFiles := func(bridge.Upload) error {
		if asked++; asked == 1 {
			return &bridge.Failure{Op: "upload", Class: bridge.Permanent, Certain: true, Status: 406}
		}

		return nil
	}

	for _, row := range []struct {
		name    string
		kind    bridge.PartKind
		content string
		upload  func(bridge.Upload) error
		want    string
	}{
		{"a picture is a picture", bridge.PartImage, pngMagic + "cat", nil, "<image cat>"},
		{"a picture that is called a file is a picture", bridge.PartFile, pngMagic + "cat", nil, "<image cat>"},
		{"a video is our copy of it", bridge.PartVideo, mp4Magic + "cat", nil, "<video https://bridge.example/media/tok0002>"},
		{"a document is a file", bridge.PartFile, pdfMagic + "cat", nil, "<file cat>"},
		{"a GIF is a link", bridge.PartImage, gifMagic + "cat", nil, "The buyer sent a GIF (it.bin, 9 bytes): https://bridge.example/media/tok0002"},
		{"a sound is a link", bridge.PartFile, mp3Magic + "cat", nil, "The buyer sent a sound (it.bin, 13 bytes): https://bridge.example/media/tok0002"},
		{"a sticker is a link", bridge.PartNotice, pngMagic + "cat", nil, "[notice] The buyer sent it. https://bridge.example/media/tok0002"},
		{"without the scope it is a link", bridge.PartImage, pngMagic + "cat", noScope, "The buyer sent a picture (it.bin, 11 bytes): https://bridge.example/media/tok0002"},
		{"a picture that no upload takes is a link", bridge.PartImage, pngMagic + "cat", tooLarge, "The buyer sent a picture (it.bin, 11 bytes): https://bridge.example/media/tok0002"},
		{"a harmful file is not shown", bridge.PartFile, pdfMagic + "cat", harmful, "The buyer sent a file that Freshchat found to be harmful. It is not shown here."},
		{"a picture that is refused is a file", bridge.PartImage, pngMagic + "cat", onlyFiles, "<file cat>"},
		{"a picture that is none is a file", bridge.PartImage, "cat", nil, "<file cat>"},
	} {
		t.Run(row.name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.fc.upload = row.upload
				thread := s.opened()
				s.buyerSends(s.filePart(row.kind, row.content, "it.bin"))
				s.buyerWrites("after it")
				pass(time.Minute)
				s.agentSees(thread, row.want, "after it")
			})
		})
	}
}

func TestFilesGoOutAsWhatIsInThem(t *testing.T) {
	refuse := func(bridge.Upload) error {
		return &bridge.Failure{Op: "upload", Class: bridge.Unsupported, Certain: true, Words: "TikTok takes JPG only."}
	}
	unheardOf := func(bridge.Upload) error {
		return &bridge.Failure{Op: "upload", Class: bridge.Permanent, Certain: true, Words: "TikTok did not accept it."}
	}

	for _, row := range []struct {
		name    string
		kind    bridge.PartKind
		content string
		upload  func(bridge.Upload) error
		want    []string
		told    string
	}{
		{"a picture is a picture", bridge.PartImage, pngMagic + "cat", nil, []string{"<image cat>"}, ""},
		{"a picture that is called a file is a picture", bridge.PartFile, pngMagic + "cat", nil, []string{"<image cat>"}, ""},
		{"a video is a video", bridge.PartVideo, mp4Magic + "cat", nil, []string{"<video cat>"}, ""},
		{"a document is a link", bridge.PartFile, pdfMagic + "cat", nil, []string{"it.bin (12 bytes)\nhttps://bridge.example/media/tok0002"}, ""},
		{"a GIF is refused", bridge.PartImage, gifMagic + "cat", nil, nil, "GIFs cannot be sent"},
		{"a sound is refused", bridge.PartFile, mp3Magic + "cat", nil, nil, "Voice messages"},
		{"a picture that TikTok refuses is told", bridge.PartImage, pngMagic + "cat", refuse, nil, "TikTok takes JPG only."},
		{"a refusal that is not known is of the picture only", bridge.PartImage, pngMagic + "cat", unheardOf, nil, "TikTok did not accept it."},
		{"a picture that is too large is told the limit", bridge.PartImage, pngMagic + strings.Repeat("x", 10<<20), nil, nil, "at most 10 MB"},
	} {
		t.Run(row.name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				s.tt.upload = row.upload
				thread := s.opened()
				s.agentSends(thread, bridge.Part{Kind: bridge.PartText, Text: "Here:"}, s.filePart(row.kind, row.content, "it.bin"), bridge.Part{Kind: bridge.PartText, Text: "Do you like it?"})
				pass(time.Minute)
				s.buyerSees(append(append([]string{"Here:"}, row.want...), "Do you like it?")...)

				notes := strings.Join(s.fc.notes(thread), "\n")
				if row.told == "" && notes != "" || !strings.Contains(notes, row.told) {
					t.Errorf("the agent is told %q, want %q", notes, row.told)
				}
			})
		})
	}
}

// A link of TikTok's had expired while the lane was paused. The message tells a
// fresh one when it is read again.
func TestAFreshLinkIsReadAgain(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		fresh := s.picture("cat")
		expired := fresh
		expired.URL = "https://files.example/expired"

		s.tt.keeps(bridge.Buyer, "tt_cat", time.Now(), fresh)
		s.hearsParts(bridge.Buyer, "tt_cat", time.Now(), expired)
		pass(time.Minute)
		s.agentSees(thread, "<image cat>")
	})
}

// TikTok does not hand out a picture for an hour. A placeholder takes its
// place within a minute, the messages after it are shown, and it follows when
// it can be had.
func TestAPictureFollowsItsPlaceholder(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		since := time.Now()
		s.files.fetch = func(context.Context, string) error {
			if time.Since(since) < time.Hour {
				return dead()
			}

			return nil
		}

		sent := time.Now()
		s.buyerSends(s.picture("cat"))
		s.buyerWrites("Do you have it?")
		pass(time.Minute)

		placeholder := "The buyer sent a picture, which TikTok does not hand out at the moment. It follows here as soon as it can be had. " +
			"Until then, open TikTok Seller Center to see it."
		s.agentSees(thread, placeholder, "Do you have it?")
		pass(2 * time.Hour)
		s.agentSees(thread, placeholder, "Do you have it?", "[Sent "+sent.UTC().Format("15:04")+" UTC] <image cat>")

		if st, err := s.store.Stats(t.Context()); err != nil || st.Lanes != 0 {
			t.Errorf("%v lanes hold something: %v", st.Lanes, err)
		}
	})
}

// What can never be fetched is asked for until it is too old, and then
// forgotten: its placeholder has said where to look.
func TestWhatNeverFollowsEnds(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.files.fetch = func(context.Context, string) error { return dead() }
		s.buyerSends(s.picture("cat"))
		pass(14 * 24 * time.Hour)

		if got := s.fc.shown(thread); len(got) != 2 {
			t.Errorf("the agent sees %q", got)
		}

		if st, err := s.store.Stats(t.Context()); err != nil || st.Lanes != 0 {
			t.Errorf("%v lanes hold something: %v", st.Lanes, err)
		}
	})
}

// Freshchat announces some files before they have an address.
func TestAnAddressThatComesLater(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		p := s.picture("cat")
		bare := p
		bare.URL, bare.Ref = "", "hash_1"
		asked := 0
		s.fc.reread = func(bridge.MessageID) (bridge.Message, error) {
			if asked++; asked < 3 {
				return bridge.Message{Parts: []bridge.Part{bare}}, nil
			}

			return bridge.Message{Parts: []bridge.Part{p}}, nil
		}

		s.agentSends(thread, bare)
		pass(2 * time.Second)
		s.buyerSees("<image cat>")
	})
}

// away is the failure of a host that is down.
func away() error {
	return &bridge.Failure{Op: "fetch media", Class: bridge.Temporary, Certain: true, Status: 503}
}

// Freshchat did not hand out a picture for two hours, and the agent was told
// after 40 seconds to send it again. It is waited for as TikTok would be.
func TestAReplyWaitsForItsFile(t *testing.T) {
	for name, hold := range map[string]func(s *stage, p bridge.Part, until time.Time) bridge.Part{
		"the host of files is down": func(s *stage, p bridge.Part, until time.Time) bridge.Part {
			s.files.fetch = func(context.Context, string) error {
				if time.Now().Before(until) {
					return away()
				}

				return nil
			}

			return p
		},
		"the download breaks off": func(s *stage, p bridge.Part, until time.Time) bridge.Part {
			s.files.fetch = func(context.Context, string) error {
				if time.Now().Before(until) {
					return fmt.Errorf("read body: %w", &bridge.Failure{Op: "fetch media", Class: bridge.Temporary, Certain: true})
				}

				return nil
			}

			return p
		},
		// Its address was once asked for as long as it waited, though the
		// message told a fresh one.
		"the old address never works again": func(s *stage, p bridge.Part, until time.Time) bridge.Part {
			old := p
			old.URL = "https://files.example/old"
			s.files.fetch = func(_ context.Context, url string) error {
				if time.Now().Before(until) || url == old.URL {
					return away()
				}

				return nil
			}

			return old
		},
		"the message cannot be read again": func(s *stage, p bridge.Part, until time.Time) bridge.Part {
			s.fc.reread = func(bridge.MessageID) (bridge.Message, error) {
				if time.Now().Before(until) {
					return bridge.Message{}, away()
				}

				return bridge.Message{Parts: []bridge.Part{p}}, nil
			}
			bare := p
			bare.URL = ""

			return bare
		},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, func(s *stage) {
				thread := s.opened()
				s.tend()

				p := s.picture("cat")
				s.fc.reread = func(bridge.MessageID) (bridge.Message, error) { return bridge.Message{Parts: []bridge.Part{p}}, nil }

				s.agentSends(thread, hold(s, p, time.Now().Add(2*time.Hour)))
				pass(time.Second)
				s.agentWrites(thread, "Do you like it?")
				pass(9 * time.Minute)
				s.toldExactly(thread, "after nine minutes")

				pass(100 * time.Minute)

				waiting := []string{"2 of your messages have not reached the buyer yet: (picture “cat.png”) and “Do you like it?”. " + wordsWaitFile}
				s.toldExactly(thread, "while it waits", waiting...)
				s.buyerSees()

				pass(30 * time.Minute)
				s.buyerSees("<image cat>", "Do you like it?")
				s.toldExactly(thread, "in the end", append(waiting,
					"Your message (picture “cat.png”) did reach the buyer.", "Your message “Do you like it?” did reach the buyer.")...)
			})
		})
	}
}

// What is gone for good, also by a fresh address, is told within a minute, and
// so is what a buyer sent and TikTok does not hand out for now.
func TestAFileThatIsGoneIsToldSoon(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		p := s.picture("cat")
		asked := 0
		s.fc.reread = func(bridge.MessageID) (bridge.Message, error) {
			asked++

			return bridge.Message{Parts: []bridge.Part{p}}, nil
		}
		s.files.fetch = func(context.Context, string) error { return dead() }

		s.agentSends(thread, p)
		s.agentWrites(thread, "Do you like it?")
		pass(time.Minute)
		s.buyerSees("Do you like it?")
		s.toldExactly(thread, "after a minute", "Your message (picture “cat.png”) was not sent to the buyer. "+wordsNotFetched)

		if asked == 0 {
			t.Error("no fresh address was asked for")
		}

		s.files.fetch = func(context.Context, string) error { return away() }
		s.buyerSends(s.picture("dog"))
		s.buyerWrites("Have you seen it?")
		pass(time.Minute)

		if got := s.fc.shown(thread); len(got) < 2 || got[len(got)-1] != "Have you seen it?" {
			t.Errorf("behind a buyer's picture the agent sees %q", got)
		}
	})
}

// Freshchat failed on one picture whenever it was asked for, and everything
// else of the shop went out: the picture must not stand in the way for days.
func TestAFileThatFreshchatAlwaysFailsOnDoesNotBlockItsConversation(t *testing.T) {
	onStage(t, func(s *stage) {
		thread, other := s.opened(), s.opensChat(testShop, "chat_2")
		p := s.picture("cat")
		s.fc.reread = func(bridge.MessageID) (bridge.Message, error) { return bridge.Message{Parts: []bridge.Part{p}}, nil }
		s.files.fetch = func(context.Context, string) error { return away() }

		s.agentSends(thread, p)
		s.agentWrites(thread, "and then")

		for range 58 {
			s.agentWrites(other, "fine")
			pass(time.Minute)
		}

		if slices.Contains(s.tt.texts(), "and then") {
			t.Error("within the hour the picture was given up")
		}

		for range 10 {
			s.agentWrites(other, "fine")
			pass(time.Minute)
		}

		if !slices.Contains(s.tt.texts(), "and then") {
			t.Error("the conversation still stands still")
		}

		s.toldExactly(thread, "in the end", "Your message (picture “cat.png”) was not sent to the buyer. "+wordsNotFetched)
	})
}

// A slow download must hold up neither the texts of others nor its own lease.
func TestASlowDownloadHoldsUpNobodyElse(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.files.fetch = func(ctx context.Context, _ string) error {
			takes(4 * time.Minute)

			return ctx.Err()
		}
		s.buyerSends(s.picture("cat"))
		synctest.Wait()

		s.agentWrites(thread, "Good morning.")
		pass(time.Second)
		s.buyerSees("Good morning.")
		pass(5 * time.Minute)
		s.agentSees(thread, "<image cat>")

		if n := s.files.fetched["https://files.example/2"]; n != 1 {
			t.Errorf("fetched %d times", n)
		}
	})
}

// The answer to a picture got lost. It is found by its address, whatever its
// signature is by then, and not sent again.
func TestALostAnswerToAPictureIsFound(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		lost := true
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			id := take()
			if lost {
				lost = false

				return "", unknown()
			}

			return id, nil
		}
		s.fc.post = func(_ context.Context, p bridge.Post, take func() bridge.MessageID) (bridge.MessageID, error) {
			take()

			if p.Kind == bridge.PartText {
				return "fc_known", nil
			}

			return "", unknown()
		}

		s.agentSends(thread, s.picture("cat"), s.filePart(bridge.PartVideo, mp4Magic+"dog", "dog.mp4"))
		s.buyerSends(s.picture("bird"))
		pass(time.Minute)
		s.buyerSees("<image cat>", "<video dog>")
		s.agentSees(thread, "<image bird>")
	})
}

// Two pictures of the shop, one of them perhaps ours: which of them cannot be
// told, so that the agent is told that, and nothing is sent twice.
func TestPicturesThatCannotBeToldApart(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.tt.send = func(context.Context, string, func() bridge.MessageID) (bridge.MessageID, error) {
			return "", unknown()
		}
		s.tt.keeps(bridge.Seller, "typed", time.Now().Add(time.Second), bridge.Part{Kind: bridge.PartImage, URL: "https://tiktok.example/other"})

		s.agentSends(thread, s.picture("cat"))
		pass(time.Minute)
		s.buyerSees()

		if notes := strings.Join(s.fc.notes(thread), "\n"); !strings.Contains(notes, "may or may not") {
			t.Errorf("the agent is told %q", notes)
		}
	})
}

// What the seller sends in Seller Center is shown with the address of our copy;
// our own picture, whose webhook comes before the answer, is not.
func TestPicturesOfTheSeller(t *testing.T) {
	onStage(t, func(s *stage) {
		thread := s.opened()
		s.tt.send = func(_ context.Context, _ string, take func() bridge.MessageID) (bridge.MessageID, error) {
			id := take()
			takes(3 * time.Second)

			return id, nil
		}

		s.agentSends(thread, s.picture("cat"))
		pass(time.Second)

		s.tt.mu.Lock()
		ours := s.tt.sent[0]
		s.tt.mu.Unlock()
		s.hearsParts(bridge.Seller, ours.ID, time.Now(), ours.Parts...)
		pass(10 * time.Second)
		s.agentSees(thread)

		s.hearsParts(bridge.Seller, "typed", time.Now(), s.picture("dog"))
		pass(time.Second)
		s.agentSees(thread, "["+mirrorPrefix+"picture (dog.png, 11 bytes): https://bridge.example/media/tok0005]")
	})
}
