package yardstick

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"net/http"
	"sync"

	"github.com/labstack/echo/v4" //nolint:depguard // the yardstick is the framework itself

	"sellerchat/server/bench/load"
)

// webhook is what both yardsticks read of a body.
type webhook struct {
	Data struct {
		MessageID    string `json:"message_id"`
		Conversation string `json:"conversation_id"`
		Content      string `json:"content"`
	} `json:"data"`
}

// intake answers webhooks: it verifies the raw body, reads it and stores it.
type intake struct {
	journal *journal
	macs    sync.Pool
	calls   sync.Pool
	// stored is told what is on disk; nil when nobody wants to know.
	stored func(key uint64, w *webhook)
}

// call is what one request needs, kept for the next one.
type call struct {
	write
	body []byte
	sum  []byte
}

func newIntake(j *journal) *intake {
	return &intake{
		journal: j,
		macs:    sync.Pool{New: func() any { return hmac.New(sha256.New, []byte(load.Secret)) }},
		calls:   sync.Pool{New: func() any { return &call{write: write{done: make(chan error, 1)}} }},
	}
}

// Limit is the bare handler: Echo, HMAC, JSON, one durable put by group commit.
func Limit(dir string) (http.Handler, error) {
	j, err := openJournal(dir)
	if err != nil {
		return nil, err
	}

	return newIntake(j).handler(), nil
}

func (in *intake) handler() http.Handler {
	e := echo.New()
	e.POST(load.Path, in.take)

	return e
}

func (in *intake) take(c echo.Context) error {
	k, _ := in.calls.Get().(*call)
	defer in.calls.Put(k)

	if err := k.read(c.Request()); err != nil {
		return err
	}

	if !in.genuine(k, c.Request().Header.Get(echo.HeaderAuthorization)) {
		return echo.ErrUnauthorized
	}

	var w webhook
	if err := json.Unmarshal(k.body, &w); err != nil {
		return echo.ErrBadRequest
	}

	k.value = k.body
	if err := in.journal.add(&k.write); err != nil {
		return err
	}

	if in.stored != nil {
		in.stored(k.key, &w)
	}

	return c.NoContent(http.StatusOK)
}

func (k *call) read(r *http.Request) error {
	n := int(r.ContentLength)
	if n < 0 {
		return echo.ErrStatusRequestEntityTooLarge
	}

	if cap(k.body) < n {
		k.body = make([]byte, n, 2*n)
	}

	k.body = k.body[:n]
	if _, err := io.ReadFull(r.Body, k.body); err != nil {
		return fmt.Errorf("read body: %w", err)
	}

	return nil
}

// genuine reports whether the signature is the app's over its key and the body.
func (in *intake) genuine(k *call, signature string) bool {
	mac, _ := in.macs.Get().(hash.Hash)
	defer in.macs.Put(mac)

	mac.Reset()
	mac.Write([]byte(load.AppKey))
	mac.Write(k.body)
	k.sum = mac.Sum(k.sum[:0])

	var want [2 * sha256.Size]byte

	hex.Encode(want[:], k.sum)

	return hmac.Equal(want[:], []byte(signature))
}
