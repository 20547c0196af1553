package freshchatsim

import (
	"bytes"
	"cmp"
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
	"slices"
	"strings"
)

// uploadMemory is how much of an upload is kept in memory while it is parsed.
const uploadMemory = 32 << 20

// What the virus scan says of a file that may be sent.
const (
	scanPending = "AV_PENDING"
	scanSafe    = "SAFE_FILE"
)

// imageKinds are the pictures that browsers show.
var imageKinds = []string{"image/jpeg", "image/png", "image/gif", "image/webp"}

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
	defer func() { _ = c.r.MultipartForm.RemoveAll() }()
	f, header, err := c.r.FormFile(field)
	if err != nil {
		return "", nil, badRequest(field + " is missing")
	}
	defer f.Close()

	if n := len(c.r.MultipartForm.File); n != 1 || len(c.r.MultipartForm.File[field]) != 1 {
		return "", nil, badRequest("only one file can be uploaded")
	}
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
	if !slices.Contains(imageKinds, kind) {
		return answer{}, badRequest("image is not an image")
	}
	if _, lied := c.sim.strikes(c, FaultErrorMessage); lied {
		return ok(map[string]any{"error_code": 400, "status": "failed", "error_message": "The image could not be stored"}), nil
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
	if _, lied := c.sim.strikes(c, FaultErrorMessage); lied {
		return ok(map[string]any{"error_code": 400, "status": "failed", "error_message": "The file could not be stored"}), nil
	}
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" {
		kind = http.DetectContentType(data)
	}
	scan := scanPending
	if f, struck := c.sim.strikes(c, FaultScan); struck {
		scan = cmp.Or(f.Value, "UNSAFE_FILE")
	}
	hash := c.sim.media.add(stored{appID: c.spec.AppID, name: name, contentType: kind, data: data, scan: scan})

	return ok(map[string]any{
		"file_name": name, "file_size": len(data), "file_content_type": kind, "file_extension_type": extension(name),
		"file_hash": hash, "file_security_status": scan,
	}), nil
}
