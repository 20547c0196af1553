package freshchat_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/png"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"sellerchat/server/bridge"
	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
)

// picture is a PNG.
func picture(t *testing.T) []byte {
	t.Helper()

	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 40, 30))); err != nil {
		t.Fatal(err)
	}

	return b.Bytes()
}

func uploadOf(name, mimeType string, content []byte) bridge.Upload {
	return bridge.Upload{Name: name, MIME: mimeType, Size: int64(len(content)), Body: bytes.NewReader(content)}
}

func digest(b []byte) string {
	s := sha256.Sum256(b)

	return hex.EncodeToString(s[:])
}

// pieces are one of every kind that the sandbox takes, uploaded where it has
// to be.
func (s *stage) pieces(t *testing.T) []bridge.Piece {
	t.Helper()

	img, err := s.UploadImage(t.Context(), s.access, uploadOf("a.png", "image/png", picture(t)))
	if err != nil {
		t.Fatal(err)
	}

	if img.Width != 40 || img.Height != 30 {
		t.Errorf("picture %v", img)
	}

	file, err := s.UploadFile(t.Context(), s.access, uploadOf("라벨.pdf", "application/pdf", []byte("%PDF-1.4")))
	if err != nil {
		t.Fatal(err)
	}

	return []bridge.Piece{
		bridge.Words("look"), img, file,
		{Kind: bridge.PartVideo, Ref: "https://chat.example/media/v", MIME: "video/mp4", Size: 9},
		{Kind: bridge.PartFile, Ref: "https://chat.example/media/f", Name: "b.zip", MIME: "application/zip", Size: 9},
	}
}

func TestEveryKindArrives(t *testing.T) {
	s := newStage(t, freshchatsim.Behavior{})
	_, user := s.conversation(t)

	for _, piece := range s.pieces(t) {
		opened, err := s.Open(t.Context(), s.access, bridge.Opening{Topic: s.topic(t, "TikTok Shop"), User: user, Piece: piece})
		if err != nil {
			t.Fatalf("open with %v: %v", piece, err)
		}

		id, err := s.Post(t.Context(), s.access, opened.Thread, bridge.Post{User: user, Piece: piece})
		if err != nil {
			t.Fatalf("post %v: %v", piece, err)
		}

		messages, err := s.Messages(t.Context(), s.access, opened.Thread, time.Time{})
		if err != nil || len(messages) != 2 || messages[0].ID != id || messages[1].ID != opened.Message {
			t.Fatalf("read back %v: %v, %v", piece, messages, err)
		}

		for _, m := range messages {
			if !tells(m, piece) {
				t.Errorf("sent %+v, read back %+v", piece, m.Parts)
			}
		}

		again, err := s.Message(t.Context(), s.access, opened.Thread, id, messages[0].CreatedAt)
		if err != nil || again.ID != id || len(again.Parts) != 1 {
			t.Errorf("read again %v, %v", again, err)
		}
	}

	var sent []string

	for _, e := range s.sim.Ledger().Snapshot()[1:] {
		sent = append(sent, e.Text+e.Parts)
	}

	want := []string{
		"look", "image(img)#" + digest(picture(t)), "file(라벨.pdf)#" + digest([]byte("%PDF-1.4")),
		"video@https://chat.example/media/v", "file(b.zip)@https://chat.example/media/f",
	}
	for i, got := range sent {
		if got = strings.Replace(got, "image#", "image(img)#", 1); got != want[i/2] {
			t.Errorf("arrived: %q, want %q", got, want[i/2])
		}
	}
}

// tells reports whether a message that was read back can be recognised as a
// piece that was sent. Once an uploaded file has an address, its hash is not
// told any more.
func tells(m bridge.RemoteMessage, p bridge.Piece) bool {
	return slices.ContainsFunc(m.Parts, func(part bridge.Part) bool {
		switch p.Kind {
		case bridge.PartText:
			return m.Text == p.Text
		case bridge.PartFile:
			return part.Kind == p.Kind && (part.URL == p.Ref || part.Ref == p.Ref || part.Name == p.Name && part.Size == p.Size)
		default:
			return part.Kind == p.Kind && part.URL == p.Ref
		}
	})
}

// Whatever goes wrong with a file, the failure says truly whether it was
// posted.
func TestFaultsOfEveryKind(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fault  string
		class  bridge.Class
		cause  bridge.Cause
		sure   bool
		posted bool
	}{
		{"the answer is lost", freshchatsim.FaultAnswerLost, bridge.Temporary, "", false, true},
		{"an error after the work", freshchatsim.FaultErrorAfterWork, bridge.Temporary, "", false, true},
		{"a class cast after the work", freshchatsim.FaultClassCast, bridge.Temporary, "", false, true},
		{"no service", freshchatsim.FaultServerError, bridge.Temporary, "", false, false},
		{"a success that lies", freshchatsim.FaultErrorMessage, bridge.Unsupported, bridge.CauseMedia, true, false},
		{"an attachment that is refused", freshchatsim.FaultMediaRefused, bridge.Unsupported, bridge.CauseMedia, true, false},
		{"a conversation that is not the latest", freshchatsim.FaultNotLatest, bridge.Permanent, bridge.CauseNotLatest, true, false},
		{"a missing right to post", freshchatsim.FaultScopeMissing, bridge.Reauthorize, bridge.CauseScopeMissing, true, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage(t, freshchatsim.Behavior{})
			opened, user := s.conversation(t)

			for _, piece := range s.pieces(t)[1:] {
				s.fault(t, tt.fault, simkit.Fault{})

				id, err := s.Post(t.Context(), s.access, opened.Thread, bridge.Post{User: user, Piece: piece})

				f := bridge.AsFailure(err)
				if id != "" || f.Class != tt.class || f.Cause != tt.cause || f.Certain != tt.sure {
					t.Errorf("%s: failure %v, certain %v", piece.Kind, f, f.Certain)
				}

				messages, err := s.Messages(t.Context(), s.access, opened.Thread, time.Time{})
				if err != nil {
					t.Fatal(err)
				}

				if posted := tells(messages[0], piece); posted != tt.posted {
					t.Errorf("%s: posted: %v, want %v", piece.Kind, posted, tt.posted)
				}
			}
		})
	}
}

func TestFaultsOfUploads(t *testing.T) {
	for _, tt := range []struct {
		name  string
		fault string
		class bridge.Class
		cause bridge.Cause
	}{
		{"the answer is lost", freshchatsim.FaultAnswerLost, bridge.Temporary, ""},
		{"the connection is cut", freshchatsim.FaultUnreachable, bridge.Temporary, ""},
		{"an error after the work", freshchatsim.FaultErrorAfterWork, bridge.Temporary, ""},
		{"a gateway's page", freshchatsim.FaultHTMLError, bridge.Temporary, ""},
		{"a success that lies", freshchatsim.FaultErrorMessage, bridge.Unsupported, bridge.CauseMedia},
		{"too many calls", freshchatsim.FaultRateLimited, bridge.RateLimited, ""},
		{"a revoked key", freshchatsim.FaultKeyRevoked, bridge.Reauthorize, bridge.CauseCredentials},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStage(t, freshchatsim.Behavior{})
			u := uploadOf("a.png", "image/png", picture(t))

			for _, call := range []func() (bridge.Piece, error){
				func() (bridge.Piece, error) { return s.UploadImage(t.Context(), s.access, u) },
				func() (bridge.Piece, error) { return s.UploadFile(t.Context(), s.access, u) },
			} {
				s.fault(t, tt.fault, simkit.Fault{})

				_, err := call()
				if f := bridge.AsFailure(err); err == nil || f.Class != tt.class || f.Cause != tt.cause || !f.Certain {
					t.Errorf("failure %v, certain %v", f, f.Certain)
				}

				if piece, err := call(); err != nil || piece.Ref == "" {
					t.Errorf("a second time: %v, %v", piece, err)
				}
			}
		})
	}
}

func TestAKeyThatMayNotUploadStillPosts(t *testing.T) {
	s := newStage(t, freshchatsim.Behavior{})
	opened, user := s.conversation(t)

	scopes := slices.DeleteFunc(slices.Clone(freshchatsim.AllScopes), func(scope string) bool { return strings.HasSuffix(scope, ":upload") })

	key, err := s.sim.RotateKey(s.account.AppID, scopes...)
	if err != nil {
		t.Fatal(err)
	}

	s.access.Key = key

	_, err = s.UploadImage(t.Context(), s.access, uploadOf("a.png", "image/png", picture(t)))
	if f := bridge.AsFailure(err); f.Class != bridge.Unsupported || f.Cause != bridge.CauseScopeMissing || !f.Certain {
		t.Errorf("failure %v, certain %v", f, f.Certain)
	}

	if _, err := s.Post(t.Context(), s.access, opened.Thread, bridge.Post{User: user, Piece: bridge.Words("https://chat.example/media/1")}); err != nil {
		t.Errorf("a text: %v", err)
	}
}

func TestAFileThatIsNotSafe(t *testing.T) {
	s := newStage(t, freshchatsim.Behavior{})
	s.fault(t, freshchatsim.FaultScan, simkit.Fault{})

	piece, err := s.UploadFile(t.Context(), s.access, uploadOf("a.exe", "application/octet-stream", []byte("MZ")))
	if f := bridge.AsFailure(err); f.Cause != bridge.CauseUnsafe || f.Class != bridge.Unsupported || piece.Ref != "" {
		t.Errorf("piece %v, failure %v", piece, f)
	}
}

// An attachment may be announced by its hash; its address comes with a later
// reading.
func TestAnAddressThatComesLater(t *testing.T) {
	s := newStage(t, freshchatsim.Behavior{})
	opened, _ := s.conversation(t)

	part, err := s.sim.StoreFile(s.account.AppID, "label.pdf", "application/pdf", []byte("%PDF-1.4"))
	if err != nil {
		t.Fatal(err)
	}

	s.fault(t, freshchatsim.FaultAttachmentLate, simkit.Fault{Value: "2"})

	sent, err := s.sim.AgentReplies(string(opened.Thread), "", freshchatsim.Typed("here :smile:"), part)
	if err != nil {
		t.Fatal(err)
	}

	s.settled(t)

	var urls []string

	for range 3 {
		m, err := s.Message(t.Context(), s.access, opened.Thread, bridge.MessageID(sent.ID), sent.Created)
		if err != nil || len(m.Parts) != 2 || m.Parts[0].Text != "here 😄" || m.Parts[1].Kind != bridge.PartFile {
			t.Fatalf("read again %v, %v", m, err)
		}

		if m.Parts[1].URL == "" && m.Parts[1].Ref == "" {
			t.Errorf("known by nothing: %v", m.Parts[1])
		}

		urls = append(urls, m.Parts[1].URL)
	}

	if urls[0] != "" || urls[1] != "" || urls[2] == "" {
		t.Errorf("addresses %q, want one at the third reading", urls)
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	for _, e := range append(slices.Clone(s.webhooks), s.events...) {
		if e.Message.ID == bridge.MessageID(sent.ID) && (len(e.Message.Parts) != 2 || e.Message.Parts[1].URL != "" || e.Message.Parts[1].Ref == "") {
			t.Errorf("announced %v", e.Message.Parts)
		}
	}
}

func TestAccountsOfNumericIDsTakeFiles(t *testing.T) {
	s := newStage(t, freshchatsim.Behavior{PathIDs: "numeric"})
	opened, user := s.conversation(t)

	for _, piece := range s.pieces(t) {
		post := bridge.Post{User: user, Piece: piece}

		if _, err := s.Post(t.Context(), s.access, opened.Thread, post); !bridge.HasCause(err, bridge.CauseConversation) {
			t.Errorf("%s by the first id: %v", piece.Kind, err)
		}

		id, err := s.Post(t.Context(), s.access, opened.Numeric, post)
		if err != nil {
			t.Errorf("%s by the other id: %v", piece.Kind, err)
		}

		if _, err := s.Message(t.Context(), s.access, opened.Thread, id, time.Time{}); !bridge.HasCause(err, bridge.CauseConversation) {
			t.Errorf("%s read by the first id: %v", piece.Kind, err)
		}
	}
}

// slow is a large file of which nothing is kept.
type slow struct{ at, size int64 }

func (s *slow) Read(p []byte) (int, error) {
	if s.at == s.size {
		return 0, io.EOF
	}

	n := min(int64(len(p)), s.size-s.at)
	clear(p[:n])
	s.at += n

	return int(n), nil
}

func (s *slow) Seek(offset int64, whence int) (int64, error) {
	if offset != 0 || whence != io.SeekStart {
		return 0, errors.New("only back to the beginning")
	}

	s.at = 0

	return 0, nil
}

func TestALargeFileIsNotHeldInMemory(t *testing.T) {
	const size = 25 << 20

	s := newStage(t, freshchatsim.Behavior{})
	// Refused before it is read: what is allocated is the client's.
	s.fault(t, freshchatsim.FaultServerError, simkit.Fault{})

	var before, after runtime.MemStats

	runtime.ReadMemStats(&before)

	_, err := s.UploadFile(t.Context(), s.access, bridge.Upload{Name: "a.bin", Size: size, Body: &slow{size: size}})

	runtime.ReadMemStats(&after)

	if f := bridge.AsFailure(err); f.Class != bridge.Temporary || !f.Certain {
		t.Errorf("failure %v", f)
	}

	if got := after.TotalAlloc - before.TotalAlloc; got > 2<<20 {
		t.Errorf("%d KB were allocated", got>>10)
	}

	piece, err := s.UploadFile(t.Context(), s.access, bridge.Upload{Name: "a.bin", Size: size, Body: &slow{size: size}})
	if err != nil || piece.Size != size {
		t.Errorf("piece %v, %v", piece, err)
	}
}
