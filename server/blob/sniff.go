package blob

import (
	"bufio"
	"fmt"
	"image"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"mime"

	"github.com/gabriel-vasile/mimetype"
	"golang.org/x/image/webp"

	"sellerchat/server/bridge"
)

const (
	typeUnknown = "application/octet-stream"
	// headerMost bounds how far into a picture its bounds are looked for:
	// cameras put previews and colour profiles before them.
	headerMost = 8 << 20
)

// configs read the bounds of a picture; none of them reads a pixel.
var configs = map[string]func(io.Reader) (image.Config, error){
	"image/jpeg": jpeg.DecodeConfig,
	"image/png":  png.DecodeConfig,
	"image/gif":  gif.DecodeConfig,
	"image/webp": webp.DecodeConfig,
}

// plainer are types that whoever shows the plainer one shows too.
var plainer = map[string]string{
	"image/apng":  "image/png",
	"video/x-m4v": "video/mp4",
}

// sniff tells what bytes are by what is in them: their type, and the bounds of
// a picture. What begins like a picture but has no bounds is none.
func sniff(r io.ReadSeeker) (bridge.Blob, error) {
	found, err := mimetype.DetectReader(r)
	if err != nil {
		return bridge.Blob{}, fmt.Errorf("read beginning: %w", err)
	}

	b := bridge.Blob{MIME: bare(found.String())}

	bounds := configs[b.MIME]
	if bounds == nil {
		return b, nil
	}

	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return bridge.Blob{}, fmt.Errorf("go back to the beginning: %w", err)
	}

	c, err := bounds(bufio.NewReader(io.LimitReader(r, headerMost)))
	if err != nil || c.Width <= 0 || c.Height <= 0 {
		b.MIME = typeUnknown

		return b, nil //nolint:nilerr // it is no picture, which is what was asked
	}

	b.Width, b.Height = c.Width, c.Height

	return b, nil
}

// bare is a type without its parameters.
func bare(full string) string {
	kind, _, err := mime.ParseMediaType(full)
	if err != nil {
		return typeUnknown
	}

	if p, ok := plainer[kind]; ok {
		return p
	}

	return kind
}
