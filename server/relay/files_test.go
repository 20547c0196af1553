package relay

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"sellerchat/server/bridge"
)

// The beginnings by which the kinds of files are told.
const (
	pngMagic  = "\x89PNG\r\n\x1a\n"
	gifMagic  = "GIF89a"
	mp4Magic  = "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	pdfMagic  = "%PDF-1.7\n"
	mp3Magic  = "ID3\x03\x00\x00\x00\x00\x00\x00"
	mediaBase = "https://bridge.example/media/"
)

// sniffed is the type of what begins like that.
func sniffed(content string) string {
	for magic, mime := range map[string]string{
		pngMagic: "image/png", gifMagic: "image/gif", mp4Magic: "video/mp4", pdfMagic: "application/pdf", mp3Magic: "audio/mpeg",
	} {
		if strings.HasPrefix(content, magic) {
			return mime
		}
	}

	return "application/octet-stream"
}

func mediaURL(t bridge.MediaToken) string { return mediaBase + string(t) }

// filesFake is the internet with files in it, the folder of our copies, and
// what the platforms remember of uploads. A file is known by what stands in it
// behind its magic.
type filesFake struct {
	mu      sync.Mutex
	online  map[string]string // by address
	stored  map[bridge.BlobKey]string
	refs    map[string]string // what the platforms and our addresses stand for
	count   int
	fetched map[string]int

	// fetch may refuse an address.
	fetch func(ctx context.Context, url string) error
}

func newFilesFake() *filesFake {
	return &filesFake{
		online: map[string]string{}, stored: map[bridge.BlobKey]string{}, refs: map[string]string{}, fetched: map[string]int{},
	}
}

// dead is the failure of a link that has expired.
func dead() error {
	return &bridge.Failure{Op: "fetch media", Class: bridge.Permanent, Cause: bridge.CauseLink, Certain: true, Status: 403}
}

// put makes a file that can be fetched.
func (f *filesFake) put(url, content string) string {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.online[url] = content

	return url
}

func (f *filesFake) next() int {
	f.count++

	return f.count
}

func (f *filesFake) token() bridge.MediaToken {
	f.mu.Lock()
	defer f.mu.Unlock()

	return bridge.MediaToken(fmt.Sprintf("tok%04d", f.next()))
}

func (f *filesFake) Fetch(ctx context.Context, url string, _ int64) (io.ReadCloser, error) {
	if f.fetch != nil {
		if err := f.fetch(ctx, url); err != nil {
			return nil, err
		}
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	content, ok := f.online[url]
	if !ok {
		return nil, dead()
	}

	f.fetched[url]++

	return io.NopCloser(strings.NewReader(content)), nil
}

func (f *filesFake) Put(_ context.Context, r io.Reader, most int64) (bridge.Blob, error) {
	content, err := io.ReadAll(r)
	if err != nil {
		return bridge.Blob{}, err
	}

	if int64(len(content)) > most {
		return bridge.Blob{}, &bridge.Failure{Op: "store media", Class: bridge.Unsupported, Certain: true}
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	key := bridge.BlobKey(fmt.Sprintf("blob%d", f.next()))
	f.stored[key] = string(content)

	return bridge.Blob{Key: key, Size: int64(len(content)), MIME: sniffed(string(content))}, nil
}

func (f *filesFake) Open(_ context.Context, key bridge.BlobKey) (io.ReadSeekCloser, error) {
	f.mu.Lock()
	defer f.mu.Unlock()

	content, ok := f.stored[key]
	if !ok {
		return nil, bridge.ErrNotFound
	}

	return struct {
		io.ReadSeeker
		io.Closer
	}{bytes.NewReader([]byte(content)), io.NopCloser(nil)}, nil
}

func (f *filesFake) Delete(_ context.Context, key bridge.BlobKey) error {
	f.mu.Lock()
	defer f.mu.Unlock()

	delete(f.stored, key)

	return nil
}

func (f *filesFake) EachBlob(context.Context, time.Time, func(bridge.BlobKey) error) error {
	return errors.New("not played")
}

// uploaded is what a platform answers to an upload.
func (f *filesFake) uploaded(kind bridge.PartKind, prefix string, u bridge.Upload, refuse func(bridge.Upload) error) (bridge.Piece, error) {
	if refuse != nil {
		if err := refuse(u); err != nil {
			return bridge.Piece{}, err
		}
	}

	content, err := io.ReadAll(u.Body)
	if err != nil || int64(len(content)) != u.Size {
		return bridge.Piece{}, fmt.Errorf("%d bytes: %w", len(content), err)
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	ref := fmt.Sprintf("%s%d", prefix, f.next())
	f.refs[ref] = bare(strings.NewReplacer(pngMagic, "", mp4Magic, "", pdfMagic, "", gifMagic, "", mp3Magic, "").Replace(string(content)))

	return bridge.Piece{Kind: kind, Ref: ref, Name: u.Name, MIME: u.MIME, Size: u.Size}, nil
}

// label is what somebody sees of a piece: text as it is, files by what is in
// them.
func (f *filesFake) label(p bridge.Piece) string {
	if p.Kind == "" || p.Kind == bridge.PartText {
		return p.Text
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	what, ok := f.refs[p.Ref]
	if !ok && strings.HasPrefix(p.Ref, mediaBase) {
		what, ok = p.Ref, true
	}

	if !ok {
		what = "nothing"
	}

	return strings.TrimSpace(p.Text + " <" + string(p.Kind) + " " + what + ">")
}

// partsOf is a piece as it is read back.
func partsOf(p bridge.Piece) []bridge.Part {
	if p.Kind == "" || p.Kind == bridge.PartText {
		return []bridge.Part{{Kind: bridge.PartText, Text: p.Text}}
	}

	var parts []bridge.Part
	if p.Text != "" {
		parts = append(parts, bridge.Part{Kind: bridge.PartText, Text: p.Text})
	}

	file := bridge.Part{Kind: p.Kind, Name: p.Name, MIME: p.MIME, Size: p.Size, Width: p.Width, Height: p.Height}
	if strings.HasPrefix(p.Ref, "https://") {
		file.URL = p.Ref + "?signature=fresh"
	} else {
		file.Ref = p.Ref
	}

	return append(parts, file)
}
