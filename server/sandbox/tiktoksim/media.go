package tiktoksim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // bounds of uploaded images
	_ "image/jpeg"
	"image/png"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// medium is a file behind the platform's expiring URLs.
type medium struct {
	id, url, vid  string // url is the first; see link
	kind          string // content type
	data          []byte
	sum           string // SHA-256 of data, in hex
	width, height int
	until         time.Time // when url expires, and with it the right to send what was uploaded
	shop          *shop     // who uploaded it; nil for what buyers sent
}

func (s *Sim) mountMedia() {
	s.mux.HandleFunc("GET /media/{id}", s.serveMedia)
	s.mux.HandleFunc("GET /media/stock/{name}", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "image/png")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(sampleImage()))
	})
}

// serveMedia plays the vendor's media hosts.
func (s *Sim) serveMedia(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	m := s.media[r.PathValue("id")]
	now := s.clock.Now()
	s.mu.Unlock()

	q := r.URL.Query()
	until, err := strconv.ParseInt(q.Get("x-expires"), 10, 64)
	good := err == nil && m != nil && now.Unix() < until && hmac.Equal([]byte(q.Get("x-signature")), []byte(s.signMedium(m.id, until)))
	if _, gone := s.faults.Should(FaultMediaGone); gone || !good {
		http.Error(w, "Access denied.", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", m.kind)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(m.data))
}

// rememberHost takes the host of the first request for the origin of media
// URLs, when none was configured.
func (s *Sim) rememberHost(r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()

	if s.publicURL == "" {
		s.publicURL = "http://" + r.Host
	}
}

// SetPublicURL sets the origin of the URLs that are issued from now on.
func (s *Sim) SetPublicURL(origin string) {
	s.mu.Lock()
	defer s.mu.Unlock()

	s.publicURL = strings.TrimSuffix(origin, "/")
}

// keep files a medium under a fresh URL. The caller holds the lock.
func (s *Sim) keep(m *medium) *medium {
	sum := sha256.Sum256(m.data)
	m.sum = hex.EncodeToString(sum[:])
	if known, ok := s.blobs[m.sum]; ok {
		m.data = known
	} else {
		s.blobs[m.sum] = m.data
	}

	m.id = s.newToken("", 24)
	m.url, m.until = s.link(m)
	s.media[m.id] = m

	return m
}

// link makes a URL of a medium that is good for as long as the settings say.
// The caller holds the lock.
func (s *Sim) link(m *medium) (url string, until time.Time) {
	until = s.after(s.settings.MediaSeconds)
	unix := until.Unix()

	return s.publicURL + "/media/" + m.id + "?x-expires=" + strconv.FormatInt(unix, 10) + "&x-signature=" + s.signMedium(m.id, unix), until
}

// signMedium keeps callers from prolonging a URL by themselves.
func (s *Sim) signMedium(id string, until int64) string {
	h := hmac.New(sha256.New, s.mediaKey)
	_, _ = fmt.Fprintf(h, "%s %d", id, until)

	return hex.EncodeToString(h.Sum(nil)[:16])
}

// keepImage files an image, the sample when data is empty. The caller holds
// the lock.
func (s *Sim) keepImage(data []byte) (*medium, error) {
	if len(data) == 0 {
		data = sampleImage()
	}
	kind, width, height, err := measure(data)
	if err != nil {
		return nil, err
	}

	return s.keep(&medium{kind: kind, data: data, width: width, height: height}), nil
}

// keepVideo files a video, the sample when data is empty. The caller holds
// the lock.
func (s *Sim) keepVideo(data []byte) *medium {
	if len(data) == 0 {
		data = sampleVideo()
	}
	kind, ok := videoKind(data)
	if !ok {
		kind = "video/mp4" // what buyers send may be anything
	}
	m := s.keep(&medium{kind: kind, data: data, width: 640, height: 360})
	m.vid = s.newToken("v0e00", 20)
	s.videos[m.vid] = m

	return m
}

// keepFile files what the API cannot express, whatever it is. The caller holds
// the lock.
func (s *Sim) keepFile(data []byte) *medium {
	return s.keep(&medium{kind: http.DetectContentType(data), data: data})
}

// videoKind finds the type of a video by its first bytes; false when it is
// none that chats take.
func videoKind(data []byte) (kind string, ok bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\x1a\x45\xdf\xa3")):
		return "video/webm", true
	case len(data) < 12 || string(data[4:8]) != "ftyp":
		return "", false
	case string(data[8:12]) == "qt  ":
		return "video/quicktime", true
	default:
		return "video/mp4", true
	}
}

// stockURL is the address of a picture that the platform shows for itself:
// avatars, shop pictures, stills of videos. It only looks as if it expired.
// The caller holds the lock.
func (s *Sim) stockURL(name string) string {
	return s.publicURL + "/media/stock/" + name + "?x-expires=" + strconv.FormatInt(s.after(s.settings.MediaSeconds).Unix(), 10)
}

// mediumAt finds what one of our own URLs shows. The caller holds the lock.
func (s *Sim) mediumAt(url string) *medium {
	path, ok := strings.CutPrefix(url, s.publicURL+"/media/")
	id, _, _ := strings.Cut(path, "?")
	m := s.media[id]
	if !ok || m == nil || m.url != url {
		return nil
	}

	return m
}

// measure finds the type and the size of an image by its content.
func measure(data []byte) (kind string, width, height int, err error) {
	if bytes.HasPrefix(data, []byte("RIFF")) {
		width, height, err = measureWebP(data)
		return "image/webp", width, height, err
	}

	c, format, err := image.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return "", 0, 0, fmt.Errorf("measure image: %w", err)
	}

	return "image/" + format, c.Width, c.Height, nil
}

// sampleImage is the picture of buyers who name none.
var sampleImage = sync.OnceValue(func() []byte {
	const width, height = 304, 290
	img := image.NewPaletted(image.Rect(0, 0, width, height), color.Palette{
		color.RGBA{R: 0xf4, G: 0xe8, B: 0xdf, A: 0xff}, color.RGBA{R: 0xc2, G: 0x57, B: 0x3b, A: 0xff},
	})
	for y := range height {
		for x := range width {
			dx, dy := x-width/2, y-height/2
			if dx*dx+dy*dy < 100*100 {
				img.SetColorIndex(x, y, 1)
			}
		}
	}

	var b bytes.Buffer
	_ = png.Encode(&b, img) // cannot fail: the buffer takes everything

	return b.Bytes()
})

// sampleVideo is the clip of buyers who name none: an MP4 by its boxes, with
// nothing to play in it.
var sampleVideo = sync.OnceValue(func() []byte {
	head := "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"
	body := strings.Repeat("sandbox ", 4096)
	size := len(body) + 8

	return []byte(head + string([]byte{byte(size >> 24), byte(size >> 16), byte(size >> 8), byte(size)}) + "mdat" + body)
})
