package freshchatsim

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
)

// identities makes ids. The same seed and the same order of calls give the
// same ids, so that a demo looks the same every time.
type identities struct {
	mu  sync.Mutex
	rnd *rand.ChaCha8

	accounts, conversations, contacts, channels int64
}

func newIdentities(seed uint64) *identities {
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], seed)

	return &identities{rnd: rand.NewChaCha8(key)}
}

func (i *identities) bytes(n int) []byte {
	i.mu.Lock()
	defer i.mu.Unlock()

	b := make([]byte, n)
	_, _ = i.rnd.Read(b) // never fails

	return b
}

// uuid returns a random UUID, version 4.
func (i *identities) uuid() string {
	b := i.bytes(16)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b)

	return strings.Join([]string{h[:8], h[8:12], h[12:16], h[16:20], h[20:]}, "-")
}

func (i *identities) hex(n int) string { return hex.EncodeToString(i.bytes(n)) }

// rising returns the next number of a counter, which must be one of i's own.
func (i *identities) rising(counter *int64, base int64) int64 {
	i.mu.Lock()
	defer i.mu.Unlock()
	*counter++

	return base + *counter
}

func (i *identities) accountNumber() int64 { return i.rising(&i.accounts, 123_456_789_000_000) }
func (i *identities) conversationNumber() int64 {
	return i.rising(&i.conversations, 1_019_000_000_000_000)
}

// contact returns a number for a person, as org_contact_id and org_actor_id
// show it.
func (i *identities) contact() string {
	return fmt.Sprint(i.rising(&i.contacts, 1_940_000_000_000_000_000))
}

// channelNumber returns what webhooks call freshchat_channel_id.
func (i *identities) channelNumber() string { return fmt.Sprint(i.rising(&i.channels, 854_000)) }

// apiKey returns a key that looks like the real ones: a JWT that lists its
// scopes. Its third piece is random, since only Freshchat could check it.
func (i *identities) apiKey(appID string, scopes []string, now time.Time) string {
	claims, _ := json.Marshal(map[string]any{ // strings and numbers only: cannot fail
		"sub": i.uuid(), "iss": "freshchat", "aud": "freshchat", "typ": "Bearer", "clientId": "fc-" + appID,
		"jti": i.uuid(), "iat": now.Unix(), "exp": now.AddDate(10, 0, 0).Unix(), "scope": strings.Join(scopes, " "),
	})
	header := []byte(`{"alg":"HS256","kid":"custom-oauth-keyid","typ":"JWT"}`)
	enc := base64.RawURLEncoding

	return enc.EncodeToString(header) + "." + enc.EncodeToString(claims) + "." + enc.EncodeToString(i.bytes(32))
}
