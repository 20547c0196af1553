package marketplace

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// productEvent is an event that waits to be passed on.
type productEvent struct {
	name    string
	payload []byte
}

// envelope is what the platform gives to server.js, as far as it is passed on.
type envelope struct {
	Timestamp json.RawMessage `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// about is what an event tells of itself.
type about struct {
	event, conversation, message, text string
	wanted                             bool // the backend has use for it
}

// Pass takes a product event of the platform and passes it on in the
// background, one after the other. Without an installation it is dropped, as
// there is no app to run.
func (m *Market) Pass(event string, payload []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()

	if !m.installed || m.ctx.Err() != nil {
		return
	}
	m.queue = append(m.queue, productEvent{event, payload})
	if !m.passing {
		m.passing = true
		m.jobs.Go(m.passAll)
	}
}

// passAll works until nothing waits.
func (m *Market) passAll() {
	for {
		m.mu.Lock()
		if len(m.queue) == 0 || m.ctx.Err() != nil {
			m.passing = false
			m.mu.Unlock()
			return
		}
		e := m.queue[0]
		m.queue = m.queue[1:]
		m.mu.Unlock()

		if err := m.Event(m.ctx, e.name, e.payload); err != nil {
			m.opt.Logger.Warn("product event not passed on", slog.String("event", e.name), slog.Any("error", err))
		}
	}
}

// Event does with a product event what server.js does: it filters what the
// backend has no use for (what users wrote, notes, system lines; never by
// topic), signs and posts it. What exceeds the calls of a minute is dropped
// and counted; both are no error.
//
// With a package loaded it is the package's server.js that does it.
func (m *Market) Event(ctx context.Context, event string, payload []byte) error {
	if m.app != nil {
		return m.runEvent(ctx, event, payload)
	}

	var in envelope
	if err := json.Unmarshal(payload, &in); err != nil {
		return fmt.Errorf("read %s: %w", event, err)
	}

	path, a, err := read(event, in.Data)
	if err != nil {
		return fmt.Errorf("read %s: %w", event, err)
	}
	if !m.admit(a.wanted) {
		return nil
	}

	body, err := json.Marshal(map[string]any{"event": event, "timestamp": in.Timestamp, "data": in.Data})
	if err != nil {
		return fmt.Errorf("encode %s: %w", event, err)
	}
	_, err = m.post(ctx, request{path, event, body, a})

	m.mu.Lock()
	defer m.mu.Unlock()
	if err != nil {
		m.stats.Failed++
		return err
	}
	m.stats.Forwarded++

	return nil
}

// admit counts what is not sent and tells whether to send.
func (m *Market) admit(wanted bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()

	if !wanted {
		m.stats.Filtered++
		return false
	}
	if m.opt.CallsPerMinute > 0 && !m.window.spend(m.opt.Clock.Now(), m.opt.CallsPerMinute) {
		m.stats.Dropped++
		return false
	}

	return true
}

// callWindow counts the calls of the running minute.
type callWindow struct {
	start time.Time
	calls int
}

func (w *callWindow) spend(now time.Time, limit int) bool {
	if now.Sub(w.start) >= time.Minute {
		w.start, w.calls = now, 0
	}
	if w.calls >= limit {
		return false
	}
	w.calls++

	return true
}

// eventMessage is a message inside a product event.
type eventMessage struct {
	ID           string `json:"id"`
	ActorType    string `json:"actor_type"`
	Type         string `json:"message_type"`
	Conversation string `json:"conversation_id"`
	Parts        []struct {
		Text *struct {
			Content string `json:"content"`
		} `json:"text"`
	} `json:"message_parts"`
}

// read finds out where an event goes and what it is about.
func read(event string, data json.RawMessage) (path string, a about, err error) {
	var in struct {
		Actor struct {
			Type string `json:"type"`
		} `json:"actor"`
		Message struct {
			Messages []eventMessage `json:"messages"`
		} `json:"message"`
		Conversation struct {
			ID string `json:"conversation_id"`
		} `json:"conversation"`
		Changes struct {
			Model map[string]json.RawMessage `json:"model_changes"`
		} `json:"changes"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return "", about{}, fmt.Errorf("read data: %w", err)
	}

	switch event {
	case "onMessageCreate":
		return "/events/message", aboutMessages(in.Message.Messages), nil
	case "onConversationCreate":
		return "/events/conversation", about{conversation: in.Conversation.ID, wanted: in.Actor.Type != "user"}, nil
	case "onConversationUpdate":
		_, status := in.Changes.Model["status"]
		return "/events/conversation", about{conversation: in.Conversation.ID, wanted: status}, nil
	default:
		return "", about{}, nil
	}
}

// aboutMessages goes by each message's own author: the event's actor may be
// somebody else.
func aboutMessages(list []eventMessage) about {
	var a about
	for _, m := range list {
		if m.ActorType == "user" || m.ActorType == "system" || m.Type != "normal" {
			continue
		}
		a.wanted, a.conversation, a.message = true, m.Conversation, m.ID
		var said []string
		for _, p := range m.Parts {
			if p.Text != nil {
				said = append(said, p.Text.Content)
			}
		}
		a.text = strings.Join(said, "\n")
	}

	return a
}
