package freshchatsim

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	_ "image/gif"  // so that its bounds can be read
	_ "image/jpeg" // the same
	_ "image/png"  // the same
	"io"
	"mime"
	"net/http"
	"path"
	"strings"
)

// uploadMemory is how much of an upload is kept in memory while it is parsed.
const uploadMemory = 32 << 20

// upload reads the one file of a multipart call.
func (c *call) upload(field string, limit int64) (name string, data []byte, err error) {
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, limit+bodyLimit)
	if err := c.r.ParseMultipartForm(uploadMemory); err != nil {
		var large *http.MaxBytesError
		if errors.As(err, &large) {
			return "", nil, badRequest(field + " is too large")
		}
		return "", nil, badRequest("Request payload not valid")
	}
	f, header, err := c.r.FormFile(field)
	if err != nil {
		return "", nil, badRequest(field + " is missing")
	}
	defer f.Close()

	if header.Size > limit {
		return "", nil, badRequest(field + " is too large")
	}
	if header.Size == 0 {
		return "", nil, badRequest(field + " is empty")
	}
	data, err = io.ReadAll(f)
	if err != nil {
		return "", nil, fmt.Errorf("read upload: %w", err)
	}

	return path.Base("/" + header.Filename), data, nil
}

func imageUpload(c *call) (answer, error) {
	_, data, err := c.upload("image", imageLimit)
	if err != nil {
		return answer{}, err
	}
	kind := http.DetectContentType(data)
	if !strings.HasPrefix(kind, "image/") {
		return answer{}, badRequest("image is not an image")
	}

	name := fmt.Sprintf("img_%d.%s", c.sim.now().UnixMilli(), strings.TrimPrefix(kind, "image/"))
	bounds, _, _ := image.DecodeConfig(bytes.NewReader(data)) // zero for the kinds that are not read here
	hash := c.sim.media.add(stored{appID: c.spec.AppID, name: name, contentType: kind, data: data, image: true})
	address := c.sim.media.imageURL(hash)

	return ok(map[string]any{
		"url": address, "id": c.sim.ids.uuid(), "name": name, "content_type": kind, "width": bounds.Width, "height": bounds.Height,
		"thumbnail": map[string]any{"url": address + "?thumb", "content_type": kind, "width": bounds.Width / 4, "height": bounds.Height / 4},
	}), nil
}

// fileUpload answers with a hash and without an address: that appears only
// when the file is sent.
func fileUpload(c *call) (answer, error) {
	name, data, err := c.upload("file", fileLimit)
	if err != nil {
		return answer{}, err
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = http.DetectContentType(data)
	}
	hash := c.sim.media.add(stored{appID: c.spec.AppID, name: name, contentType: kind, data: data})

	return ok(map[string]any{
		"file_name": name, "file_size": len(data), "file_content_type": kind, "file_extension_type": extension(name),
		"file_hash": hash, "file_security_status": "AV_PENDING",
	}), nil
}
