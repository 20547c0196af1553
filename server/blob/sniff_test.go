package blob

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color/palette"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

// pngOf is the header of a picture with these bounds, without any pixels.
func pngOf(width, height uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR")
	b = binary.BigEndian.AppendUint32(b, width)
	b = binary.BigEndian.AppendUint32(b, height)
	b = append(b, 8, 6, 0, 0, 0)

	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[12:]))
}

// webpOf is the same in WebP, in its extended form.
func webpOf(width, height int) []byte {
	return append([]byte("RIFF\x16\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00"),
		byte(width-1), byte((width-1)>>8), byte((width-1)>>16), byte(height-1), byte((height-1)>>8), byte((height-1)>>16))
}

func encoded(encode func(io.Writer) error) []byte {
	var b bytes.Buffer
	if err := encode(&b); err != nil {
		panic(err)
	}

	return b.Bytes()
}

var (
	small   = image.NewPaletted(image.Rect(0, 0, 7, 5), palette.Plan9)
	jpegOf  = encoded(func(w io.Writer) error { return jpeg.Encode(w, small, nil) })
	gifOf   = encoded(func(w io.Writer) error { return gif.Encode(w, small, nil) })
	wholeOf = encoded(func(w io.Writer) error { return png.Encode(w, small) })
)

// profiled puts so many bytes of a camera's own before the bounds of a picture.
func profiled(size int) []byte {
	b := bytes.Clone(jpegOf[:2])
	for ; size > 0; size -= 60_000 {
		b = append(b, 0xff, 0xe2)
		b = binary.BigEndian.AppendUint16(b, 60_002)
		b = append(b, make([]byte, 60_000)...)
	}

	return append(b, jpegOf[2:]...)
}

// box is the beginning of a file in the family of MP4.
func box(brand string) []byte {
	return append([]byte("\x00\x00\x00\x18ftyp"+brand+"\x00\x00\x02\x00"+brand+"isom"), make([]byte, 100)...)
}

var sniffed = map[string]struct {
	content []byte
	want    bridge.Blob
}{
	"a JPEG":                         {jpegOf, bridge.Blob{MIME: "image/jpeg", Width: 7, Height: 5}},
	"a JPEG with a large profile":    {profiled(3 << 20), bridge.Blob{MIME: "image/jpeg", Width: 7, Height: 5}},
	"a JPEG with nothing but that":   {profiled(headerMost + 1<<20), bridge.Blob{MIME: typeUnknown}},
	"a PNG":                          {wholeOf, bridge.Blob{MIME: "image/png", Width: 7, Height: 5}},
	"a PNG that moves":               {append(pngOf(3, 4), []byte("\x00\x00\x00\x08acTL\x00\x00\x00\x02\x00\x00\x00\x00")...), bridge.Blob{MIME: "image/png", Width: 3, Height: 4}},
	"a GIF":                          {gifOf, bridge.Blob{MIME: "image/gif", Width: 7, Height: 5}},
	"a WebP":                         {webpOf(640, 480), bridge.Blob{MIME: "image/webp", Width: 640, Height: 480}},
	"a PNG of no size":               {pngOf(0, 5), bridge.Blob{MIME: typeUnknown}},
	"a PNG of absurd size":           {pngOf(1<<31-1, 1<<31-1), bridge.Blob{MIME: typeUnknown}},
	"the beginning of a JPEG":        {jpegOf[:20], bridge.Blob{MIME: typeUnknown}},
	"the beginning of a GIF":         {gifOf[:8], bridge.Blob{MIME: typeUnknown}},
	"an MP4 video":                   {box("isom"), bridge.Blob{MIME: "video/mp4"}},
	"an MP4 of another maker":        {box("mp42"), bridge.Blob{MIME: "video/mp4"}},
	"an M4V":                         {box("M4V "), bridge.Blob{MIME: "video/mp4"}},
	"a MOV":                          {box("qt  "), bridge.Blob{MIME: "video/quicktime"}},
	"an MP4 of sound":                {box("M4A "), bridge.Blob{MIME: "audio/x-m4a"}},
	"a picture of a telephone":       {box("heic"), bridge.Blob{MIME: "image/heic"}},
	"a WebM":                         {[]byte("\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\x08\x42\x82\x84webm"), bridge.Blob{MIME: "video/webm"}},
	"an MP3":                         {append([]byte("ID3\x03\x00\x00\x00\x00\x00\x10TIT2\x00\x00\x00\x05\x00\x00\x00tune"), make([]byte, 20)...), bridge.Blob{MIME: "audio/mpeg"}},
	"a PDF":                          {[]byte("%PDF-1.7\n%"), bridge.Blob{MIME: "application/pdf"}},
	"an archive":                     {[]byte("PK\x03\x04\x14\x00\x00\x00\x08\x00"), bridge.Blob{MIME: "application/zip"}},
	"a page":                         {[]byte("<!DOCTYPE html><title>x</title>"), bridge.Blob{MIME: "text/html"}},
	"a page behind a GIF's greeting": {[]byte("GIF89a<script>alert(1)</script>"), bridge.Blob{MIME: "image/gif", Width: 29500, Height: 29283}},
	"a drawing":                      {[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`), bridge.Blob{MIME: "image/svg+xml"}},
	"text":                           {[]byte("hello"), bridge.Blob{MIME: "text/plain"}},
	"nothing":                        {nil, bridge.Blob{MIME: "text/plain"}},
	"noise":                          {[]byte{0, 1, 2, 3, 255}, bridge.Blob{MIME: typeUnknown}},
}

func TestATypeIsToldByTheContent(t *testing.T) {
	for name, test := range sniffed {
		t.Run(name, func(t *testing.T) {
			got, err := sniff(bytes.NewReader(test.content))
			if err != nil {
				t.Fatal(err)
			}

			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// FuzzSniff looks for content that breaks sniffing, or gets past it: whatever
// is called a picture has bounds.
func FuzzSniff(f *testing.F) {
	for _, test := range sniffed {
		if len(test.content) < 1<<20 {
			f.Add(test.content)
		}
	}

	f.Fuzz(func(t *testing.T, content []byte) {
		b, err := sniff(bytes.NewReader(content))
		if err != nil {
			t.Fatalf("reading bytes in memory failed: %v", err)
		}

		if b.MIME == "" || b.MIME != bare(b.MIME) {
			t.Errorf("type %q", b.MIME)
		}

		if picture := configs[b.MIME] != nil; picture != (b.Width > 0 && b.Height > 0) {
			t.Errorf("%s of %d by %d", b.MIME, b.Width, b.Height)
		}
	})
}
