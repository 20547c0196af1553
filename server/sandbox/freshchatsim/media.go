package freshchatsim

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"sellerchat/server/sandbox/simkit"
)

const (
	fileLifetime = 7 * 24 * time.Hour // of a file's address
	imageLimit   = 5 << 20            // bytes; the sandbox's own, the vendor publishes none
	fileLimit    = 25 << 20           // bytes
)

// stored is one uploaded image or file.
type stored struct {
	appID, name, contentType string
	data                     []byte
	image                    bool
	scan                     string // what the virus scan says; empty of what agents attach
	sum                      string // SHA-256 of data, in hex
}

// mediaStore keeps uploads in memory. Images have public addresses that last;
// those of files are signed and go stale.
type mediaStore struct {
	clock *simkit.Clock
	ids   *identities
	key   []byte

	mu    sync.RWMutex
	base  string
	files map[string]stored // by hash
}

func newMediaStore(clock *simkit.Clock, ids *identities, base string) *mediaStore {
	return &mediaStore{clock: clock, ids: ids, key: ids.bytes(32), base: base, files: map[string]stored{}}
}

// reachedAt remembers where the sandbox was called, for the addresses of
// media, unless that is known.
func (m *mediaStore) reachedAt(r *http.Request) {
	m.mu.RLock()
	known := m.base != ""
	m.mu.RUnlock()
	if known {
		return
	}

	scheme := "http://"
	if r.TLS != nil {
		scheme = "https://"
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.base == "" {
		m.base = scheme + r.Host
	}
}

// add stores f and returns its hash.
func (m *mediaStore) add(f stored) string {
	hash := m.ids.hex(16)
	sum := sha256.Sum256(f.data)
	f.sum = hex.EncodeToString(sum[:])

	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[hash] = f

	return hash
}

// get finds the file of a hash among those of an account.
func (m *mediaStore) get(appID, hash string) (stored, bool) {
	m.mu.RLock()
	defer m.mu.RUnlock()
	f, ok := m.files[hash]

	return f, ok && f.appID == appID
}

// behind finds the file that a part points at: by its hash, or by an address
// of this sandbox.
func (m *mediaStore) behind(appID string, p Part) (stored, bool) {
	if f, ok := m.get(appID, p.Hash); ok {
		return f, true
	}

	m.mu.RLock()
	base := m.base
	m.mu.RUnlock()
	rest, ours := strings.CutPrefix(p.URL, base+"/media/")
	if !ours || base == "" {
		return stored{}, false
	}
	_, rest, _ = strings.Cut(rest, "/")
	hash, _, _ := strings.Cut(rest, "/")

	return m.get(appID, hash)
}

func (m *mediaStore) imageURL(hash string) string {
	m.mu.RLock()
	defer m.mu.RUnlock()

	return m.base + "/media/pics/" + hash + "/" + url.PathEscape(m.files[hash].name)
}

// fileURL returns an address that is good for lifetime from now; one of zero
// is stale already.
func (m *mediaStore) fileURL(hash string, lifetime time.Duration) string {
	until := strconv.FormatInt(m.clock.Now().Add(lifetime-time.Second).Unix(), 10)

	m.mu.RLock()
	defer m.mu.RUnlock()

	return m.base + "/media/files/" + hash + "/" + url.PathEscape(m.files[hash].name) +
		"?X-Amz-Expires=" + until + "&X-Amz-Signature=" + m.sign(hash, until)
}

func (m *mediaStore) sign(hash, until string) string {
	h := hmac.New(sha256.New, m.key)
	h.Write([]byte(hash + "/" + until))

	return hex.EncodeToString(h.Sum(nil))
}

// serveImage serves GET /media/pics/{hash}/{name}.
func (m *mediaStore) serveImage(w http.ResponseWriter, r *http.Request) { m.serve(w, r, true) }

// serveFile serves GET /media/files/{hash}/{name} while the address is good.
func (m *mediaStore) serveFile(w http.ResponseWriter, r *http.Request) {
	until := r.FormValue("X-Amz-Expires")
	unix, err := strconv.ParseInt(until, 10, 64)
	good := hmac.Equal([]byte(r.FormValue("X-Amz-Signature")), []byte(m.sign(r.PathValue("hash"), until)))
	if err != nil || !good || m.clock.Now().Unix() > unix {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte("<Error><Code>AccessDenied</Code><Message>Request has expired</Message></Error>"))
		return
	}

	m.serve(w, r, false)
}

func (m *mediaStore) serve(w http.ResponseWriter, r *http.Request, image bool) {
	m.mu.RLock()
	f, ok := m.files[r.PathValue("hash")]
	m.mu.RUnlock()
	if !ok || f.image != image || f.name != r.PathValue("name") {
		http.NotFound(w, r)
		return
	}

	w.Header().Set("Content-Type", f.contentType)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(f.data))
}

// StoreImage keeps an image as if an agent had dropped it into the inbox, and
// returns the part to send.
func (s *Sim) StoreImage(appID, name, contentType string, data []byte) (Part, error) {
	if _, err := s.account(appID); err != nil {
		return Part{}, err
	}
	hash := s.media.add(stored{appID: appID, name: name, contentType: contentType, data: data, image: true})

	return Image(s.media.imageURL(hash)), nil
}

// StoreFile keeps a file as an agent's attachment and returns the part to
// send. Its address is written anew whenever the message is read.
func (s *Sim) StoreFile(appID, name, contentType string, data []byte) (Part, error) {
	if _, err := s.account(appID); err != nil {
		return Part{}, err
	}
	hash := s.media.add(stored{appID: appID, name: name, contentType: contentType, data: data})

	return Part{Kind: "file", Name: name, ContentType: contentType, Size: int64(len(data)), Hash: hash}, nil
}

// StoreVideo keeps a video and returns the part to send.
func (s *Sim) StoreVideo(appID, name, contentType string, data []byte) (Part, error) {
	p, err := s.StoreFile(appID, name, contentType, data)
	if err != nil {
		return Part{}, err
	}

	return Part{Kind: "video", ContentType: contentType, Hash: p.Hash}, nil
}
