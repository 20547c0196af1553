package tiktok_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/png"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
	"sellerchat/server/sandbox/simkit"
	"sellerchat/server/sandbox/tiktoksim"
)

func pngOf(t *testing.T, width, height int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, width, height))); err != nil {
		t.Fatal(err)
	}

	return b.Bytes()
}

func sumOf(b []byte) string {
	sum := sha256.Sum256(b)

	return hex.EncodeToString(sum[:])
}

func TestFilesReachTheBuyerAsTheyWere(t *testing.T) {
	picture := pngOf(t, 30, 20)
	clip := []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + strings.Repeat("moving", 3<<20))

	for _, byPost := range []bool{false, true} {
		p := start(t)
		_, access := p.authorize(t)
		ctx := t.Context()
		conv := p.write(t, tiktoksim.Message{Content: "hello"})
		if byPost {
			if err := p.Faults().Set(tiktoksim.FaultChunkByPost, simkit.Fault{Rate: 1}); err != nil {
				t.Fatal(err)
			}
		}

		img, err := p.client.UploadImage(ctx, access, bridge.Upload{MIME: "image/png", Body: bytes.NewReader(picture)})
		if err != nil {
			t.Fatal(err)
		}
		vid, err := p.client.UploadVideo(ctx, access, conv, bridge.Upload{MIME: "video/mp4", Body: bytes.NewReader(clip)})
		if err != nil {
			t.Fatal(err)
		}
		for _, piece := range []bridge.Piece{img, vid} {
			if _, err := p.client.Send(ctx, access, conv, piece); err != nil {
				t.Fatal(err)
			}
		}

		var got []string
		for _, e := range p.Ledger().Snapshot() {
			if e.Kind == tiktoksim.KindAPIMessage {
				got = append(got, e.Parts)
			}
		}
		if diff := cmp.Diff([]string{"IMAGE#" + sumOf(picture), "VIDEO#" + sumOf(clip)}, got); diff != "" {
			t.Errorf("by POST %v: %s", byPost, diff)
		}
	}
}

func TestThePlatformRefusesAFileThatIsNotWhatItSays(t *testing.T) {
	p := start(t)
	_, access := p.authorize(t)
	conv := p.write(t, tiktoksim.Message{Content: "hello"})

	_, image := p.client.UploadImage(t.Context(), access, bridge.Upload{MIME: "image/png", Body: strings.NewReader("%PDF-1.4")})
	_, video := p.client.UploadVideo(t.Context(), access, conv, bridge.Upload{MIME: "video/mp4", Body: bytes.NewReader(pngOf(t, 3, 2))})
	for _, err := range []error{image, video} {
		if f := bridge.AsFailure(err); f == nil || f.Class != bridge.Unsupported || f.Cause != bridge.CauseMedia || f.Code != "36009022" || f.Words == "" {
			t.Errorf("got %v", err)
		}
	}
}
