package freshchat

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"slices"
	"strings"
	"sync"

	"sellerchat/server/bridge"
)

// uploaded is the answer to an upload of either kind, and to one that failed
// under cover of success.
type uploaded struct {
	disclaimer

	URL    scalar `json:"url"`
	Name   scalar `json:"name"`
	MIME   scalar `json:"content_type"`
	Width  scalar `json:"width"`
	Height scalar `json:"height"`

	Hash     scalar `json:"file_hash"`
	Hash2    scalar `json:"fileHash"`
	FileName scalar `json:"file_name"`
	FileMIME scalar `json:"file_content_type"`
	FileSize scalar `json:"file_size"`
	Scan     scalar `json:"file_security_status"`
}

// UploadImage gives Freshchat a picture and returns the piece to post. Its body
// is read from the beginning, and not after the return. It may be repeated: an
// upload that nobody posts is seen by nobody, so every failure is Certain.
//
// A failure of class Unsupported is of this picture, or of this way: it may
// still go as a file or as words. https://developers.freshchat.com/api/
func (c *Client) UploadImage(
	ctx context.Context, access bridge.FreshchatAccess, u bridge.Upload,
) (bridge.Piece, error) {
	var words string

	switch {
	case !slices.Contains(imageTypes, u.MIME):
		words = "Freshchat takes pictures as JPG, PNG or WEBP only."
	case u.Size > imageMost:
		words = fmt.Sprintf("Freshchat takes pictures of at most %d MB.", imageMost>>20)
	}

	var out uploaded
	if f := c.upload(ctx, access, opImage, "image", u, words, &out); f != nil {
		return bridge.Piece{}, f
	}

	return out.image(u)
}

// image is the piece that an answer to UploadImage stands for.
func (o uploaded) image(u bridge.Upload) (bridge.Piece, error) {
	if !webAddress(string(o.URL)) {
		return bridge.Piece{}, unreadable(request{op: opImage}, answer{status: http.StatusOK}, errUnreadable)
	}

	return bridge.Piece{
		Kind: bridge.PartImage, Ref: string(o.URL), Name: u.Name, MIME: u.MIME, Size: u.Size,
		Width: int(o.Width.size()), Height: int(o.Height.size()),
	}, nil
}

// UploadFile is UploadImage for any other file. One that Freshchat found
// unsafe fails with CauseUnsafe and must not be passed on in any form.
// https://developers.freshchat.com/api/
func (c *Client) UploadFile(
	ctx context.Context, access bridge.FreshchatAccess, u bridge.Upload,
) (bridge.Piece, error) {
	var words string
	if u.Size > fileMost {
		words = fmt.Sprintf("Freshchat takes files of at most %d MB.", fileMost>>20)
	}

	var out uploaded
	if f := c.upload(ctx, access, opFile, "file", u, words, &out); f != nil {
		return bridge.Piece{}, f
	}

	return out.file(u)
}

// file is the piece that an answer to UploadFile stands for.
func (o uploaded) file(u bridge.Upload) (bridge.Piece, error) {
	hash := string(first(o.Hash, o.Hash2))

	switch {
	case o.Scan != "" && !slices.Contains(scanPassed, strings.ToUpper(string(o.Scan))):
		f := unsent(opFile, bridge.Unsupported, bridge.CauseUnsafe, wordsUnsafe, errUnsafe)
		f.Status, f.Code = http.StatusOK, formed(codeForm, strings.ToUpper(string(o.Scan)))

		return bridge.Piece{}, f
	case hash == "" || webAddress(hash):
		return bridge.Piece{}, unreadable(request{op: opFile}, answer{status: http.StatusOK}, errUnreadable)
	}

	return bridge.Piece{
		Kind: bridge.PartFile, Ref: hash, Name: cmp.Or(string(o.FileName), fileName(u.Name, u.MIME)),
		MIME: cmp.Or(string(o.FileMIME), fileType(u.MIME)), Size: u.Size,
	}, nil
}

// scanPassed are the states of the platform's virus scan in which a file may
// be sent. A scan that is still running cannot be waited for: nothing tells
// when it ends.
var scanPassed = []string{"AV_PENDING", "SAFE_FILE"}

// upload sends one file as a form, unless there are words against it.
func (c *Client) upload(
	ctx context.Context, access bridge.FreshchatAccess, op operation, field string, u bridge.Upload, words string, out *uploaded,
) *bridge.Failure {
	if u.Size <= 0 {
		words = "This file is empty."
	}

	if words != "" {
		return unsent(op, bridge.Unsupported, bridge.CauseMedia, words, nil)
	}

	if _, err := u.Body.Seek(0, io.SeekStart); err != nil {
		return unsent(op, bridge.Temporary, "", "", fmt.Errorf("read from the beginning: %w", err))
	}

	form, err := newForm(field, u)
	if err != nil {
		return unsent(op, bridge.Permanent, bridge.CauseOurs, "", err)
	}
	// The transport may be at it still when an early answer ended the call.
	defer form.file.end()

	r := request{op: op, method: http.MethodPost, path: []string{op.upload, "upload"}, form: form, out: out}
	if f := c.do(ctx, access, r); f != nil {
		return f
	}

	return out.refused(op, access.Host)
}

// form is a body of one file that is read from where it is, not copied.
type form struct {
	head, tail []byte
	file       *borrowed
	size       int64
	mime       string
}

func newForm(field string, u bridge.Upload) (*form, error) {
	var frame bytes.Buffer

	w := multipart.NewWriter(&frame)

	header := textproto.MIMEHeader{}
	header.Set("Content-Disposition", multipart.FileContentDisposition(field, fileName(u.Name, u.MIME)))
	header.Set("Content-Type", fileType(u.MIME))

	if _, err := w.CreatePart(header); err != nil {
		return nil, fmt.Errorf("write form: %w", err)
	}

	head := bytes.Clone(frame.Bytes())
	frame.Reset()

	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("write form: %w", err)
	}

	f := &form{
		head: head, tail: frame.Bytes(), mime: w.FormDataContentType(),
		file: &borrowed{r: io.LimitReader(u.Body, u.Size)},
	}
	f.size = int64(len(f.head)+len(f.tail)) + u.Size

	return f, nil
}

func (f *form) body() io.Reader {
	return io.MultiReader(bytes.NewReader(f.head), f.file, bytes.NewReader(f.tail))
}

// borrowed reads what belongs to somebody who wants it back.
type borrowed struct {
	mu   sync.Mutex
	r    io.Reader
	over bool
}

// Read reads on until end.
func (b *borrowed) Read(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()

	if b.over {
		return 0, io.ErrClosedPipe
	}

	return b.r.Read(p) //nolint:wrapcheck // a reader passes on what the one below says
}

// end waits for a read that is under way and lets none begin after it.
func (b *borrowed) end() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.over = true
}
