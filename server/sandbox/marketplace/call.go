package marketplace

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// answerLimit bounds what is read of the backend's answer, in bytes.
const answerLimit = 1 << 20

// Call is what one call to the backend came to, after all its attempts.
type Call struct {
	Event    string // as in the token
	Path     string
	Status   int // HTTP status of the last attempt; 0 when there was no answer
	Attempts int
	Took     time.Duration
	Subject  string // the conversation that a product event is about
	Message  string // id of the message that it is about
	Text     string // its words
}

// Refusal is the backend's answer when it is not 200.
type Refusal struct {
	Status  int
	Message string // fit for the admin's eyes; may be empty
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("the backend answered %d: %s", r.Status, r.Message)
}

// request is a signed call before it is made.
type request struct {
	path, event string
	body        []byte
	about       about
}

// post makes a signed call and returns the body of its answer. As request
// templates do, it tries again with the same token when there was no answer
// or the backend was at fault. A refusal is a *Refusal.
func (m *Market) post(ctx context.Context, r request) ([]byte, error) {
	token := m.Sign(r.event, r.body)
	started := m.opt.Clock.Now()
	call := Call{Event: r.event, Path: r.path, Subject: r.about.conversation, Message: r.about.message, Text: r.about.text}

	var answer []byte
	var err error
	for call.Attempts < m.opt.Attempts {
		call.Attempts++
		call.Status, answer, err = m.try(ctx, r.path, token, r.body)
		if err == nil && call.Status < http.StatusInternalServerError || ctx.Err() != nil {
			break
		}
		if call.Attempts < m.opt.Attempts && !pause(ctx, m.opt.RetryDelay) {
			break
		}
	}

	call.Took = m.opt.Clock.Now().Sub(started)
	if m.opt.Observe != nil {
		m.opt.Observe(call)
	}
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", r.path, err)
	}
	if call.Status != http.StatusOK {
		return nil, refusal(call.Status, answer)
	}

	return answer, nil
}

// pause waits in real time; false when the context ended first.
func pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()

	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// try makes one attempt. An empty token sends none.
func (m *Market) try(ctx context.Context, path, token string, body []byte) (int, []byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, m.opt.Backend+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, fmt.Errorf("make request: %w", err)
	}
	req.Header.Set("Content-Type", "application/json")
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}

	res, err := m.opt.Client.Do(req)
	if err != nil {
		return 0, nil, fmt.Errorf("reach the backend: %w", err)
	}
	defer res.Body.Close()

	answer, err := readAnswer(res.Body)

	return res.StatusCode, answer, err
}

func readAnswer(body io.Reader) ([]byte, error) {
	answer, err := io.ReadAll(io.LimitReader(body, answerLimit))
	if err != nil {
		return nil, fmt.Errorf("read answer: %w", err)
	}

	return answer, nil
}

func refusal(status int, answer []byte) *Refusal {
	var said struct {
		Message string `json:"message"`
	}
	_ = json.Unmarshal(answer, &said) // an answer without a message is a refusal all the same

	return &Refusal{Status: status, Message: said.Message}
}

// words are what the dialog says about a failed call.
func words(err error) string {
	var no *Refusal
	switch {
	case errors.Is(err, ErrNoHandover):
		return "Finish the setup of the app first."
	case errors.As(err, &no) && no.Message != "":
		return no.Message
	case errors.As(err, &no):
		return "The app refused without saying why. Try again."
	default:
		return "The app did not answer. Start its backend, then try again."
	}
}
