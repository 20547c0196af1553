package tiktoksim

import (
	"bytes"
	"crypto/sha256"
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

// medium is a file behind one of the platform's expiring URLs.
type medium struct {
	id, url, vid  string
	kind          string // content type
	data          []byte
	width, height int
	until         time.Time
	shop          *shop // who uploaded it; nil for what buyers sent
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

	if _, gone := s.faults.Should(FaultMediaGone); gone || m == nil || !now.Before(m.until) {
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
	if known, ok := s.blobs[string(sum[:])]; ok {
		m.data = known
	} else {
		s.blobs[string(sum[:])] = m.data
	}

	m.id = s.newToken("", 24)
	m.until = s.after(s.settings.MediaSeconds)
	m.url = s.publicURL + "/media/" + m.id + "?x-expires=" + strconv.FormatInt(m.until.Unix(), 10)
	s.media[m.id] = m

	return m
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
	m := s.keep(&medium{kind: "video/mp4", data: data, width: 640, height: 360})
	m.vid = s.newToken("v0e00", 20)
	s.videos[m.vid] = m

	return m
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
