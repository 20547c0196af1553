package tiktok

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"

	"sellerchat/server/bridge"
)

// UploadImage hands a picture over and returns the piece that Send takes. It is
// to be sent soon, since nobody says how long its address is good for. An upload
// may be repeated; its failures are certain.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
func (c *Client) UploadImage(ctx context.Context, access bridge.Access, u bridge.Upload) (bridge.Piece, error) {
	const op = "tiktok upload image"

	size, name, err := measured(op, bridge.PartImage, imageLimit, u)
	if err != nil {
		return bridge.Piece{}, err
	}
	file, err := sectionOf(u.Body, 0, size)
	if err != nil {
		return bridge.Piece{}, unread(op, err)
	}
	defer func() { _ = file.Close() }()
	body, err := newForm(name, u.MIME, file, size)
	if err != nil {
		return bridge.Piece{}, notAsked(op, err)
	}

	var data struct {
		URL    string `json:"url"`
		Width  loose  `json:"width"`
		Height loose  `json:"height"`
	}
	err = c.call(ctx, call{
		op:     op,
		method: http.MethodPost,
		path:   "/customer_service/" + c.versions.Chat + "/images/upload",
		form:   body,
		access: access,
	}, &data)
	if err == nil && (data.URL == "" || data.Width.int() <= 0 || data.Height.int() <= 0) {
		err = incomplete(op, "address or size of the picture")
	}
	if err != nil {
		return bridge.Piece{}, uploaded(err)
	}

	return bridge.Piece{
		Kind: bridge.PartImage, Ref: data.URL, Name: u.Name, MIME: u.MIME, Size: size,
		Width: data.Width.int(), Height: data.Height.int(),
	}, nil
}

// form is a multipart body of one file, which is streamed: the file is never
// held in memory.
type form struct {
	io.Reader
	io.Closer
	kind   string
	length int64
}

// newForm wraps a file in the part that the platform wants, which must have a
// file name.
func newForm(name, mime string, file *section, size int64) (*form, error) {
	var frame bytes.Buffer
	w := multipart.NewWriter(&frame)
	_, err := w.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="data"; filename="` + name + `"`},
		"Content-Type":        {mime},
	})
	if err != nil {
		return nil, fmt.Errorf("begin form: %w", err)
	}
	head := bytes.Clone(frame.Bytes())
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("end form: %w", err)
	}
	tail := frame.Bytes()[len(head):]

	return &form{
		Reader: io.MultiReader(bytes.NewReader(head), file, bytes.NewReader(tail)),
		Closer: file,
		kind:   w.FormDataContentType(),
		length: int64(frame.Len()) + size,
	}, nil
}
