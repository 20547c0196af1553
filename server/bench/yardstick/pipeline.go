package yardstick

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// workers is how many messages are on their way at once, as in the product.
const workers = 64

// Pipeline is the bare relay: Limit, a queue for each conversation in memory,
// and workers that post the head of each queue to the sink and then remove it
// from the disk.
func Pipeline(ctx context.Context, dir, sink string) (http.Handler, error) {
	j, err := openJournal(dir)
	if err != nil {
		return nil, err
	}

	p := &pipeline{
		journal: j,
		sink:    sink,
		lanes:   map[string]*lane{},
		client:  &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers, DisableCompression: true}},
	}
	p.ready.L = &p.mu

	for range workers {
		go p.work(ctx)
	}

	in := newIntake(j)
	in.stored = p.queue

	return in.handler(), nil
}

// message is what waits in memory.
type message struct {
	key     uint64
	content string
}

// lane is one conversation's queue. It is in the list of those that are ready
// while something waits and nobody works on it.
type lane struct {
	conversation string
	waiting      []message
	taken        bool
}

type pipeline struct {
	journal *journal
	sink    string
	client  *http.Client

	mu    sync.Mutex
	ready sync.Cond
	lanes map[string]*lane
	due   []*lane
}

// queue puts a stored message at the end of its lane.
func (p *pipeline) queue(key uint64, w *webhook) {
	p.mu.Lock()
	defer p.mu.Unlock()

	l := p.lanes[w.Data.Conversation]
	if l == nil {
		l = &lane{conversation: w.Data.Conversation}
		p.lanes[l.conversation] = l
	}

	l.waiting = append(l.waiting, message{key, w.Data.Content})
	if !l.taken {
		l.taken = true
		p.due = append(p.due, l)
		p.ready.Signal()
	}
}

// head waits for a lane that is due and returns its first message.
func (p *pipeline) head() (*lane, message) {
	p.mu.Lock()
	defer p.mu.Unlock()

	for len(p.due) == 0 {
		p.ready.Wait()
	}

	l := p.due[0]
	p.due = p.due[1:]

	return l, l.waiting[0]
}

// done takes a delivered head out and lets the lane stand in line again.
func (p *pipeline) done(l *lane) {
	p.mu.Lock()
	defer p.mu.Unlock()

	l.waiting = l.waiting[1:]
	if len(l.waiting) == 0 {
		delete(p.lanes, l.conversation)

		return
	}

	p.due = append(p.due, l)
	p.ready.Signal()
}

func (p *pipeline) work(ctx context.Context) {
	for {
		l, m := p.head()
		if err := p.post(ctx, l.conversation, m.content); err != nil {
			return // the sink is gone, and with it the measurement
		}

		// The order of a lane does not depend on when this reaches the disk.
		p.journal.writes <- &write{key: m.key}
		p.done(l)
	}
}

// outgoing is a message in Freshchat's form.
type outgoing struct {
	Parts     []part `json:"message_parts"`
	Type      string `json:"message_type"`
	ActorType string `json:"actor_type"`
	ActorID   string `json:"actor_id"`
}

type part struct {
	Text text `json:"text"`
}

type text struct {
	Content string `json:"content"`
}

func (p *pipeline) post(ctx context.Context, conversation, content string) error {
	var t text
	if err := json.Unmarshal([]byte(content), &t); err != nil {
		return fmt.Errorf("read content: %w", err)
	}

	body, err := json.Marshal(outgoing{
		Parts: []part{{t}}, Type: "normal", ActorType: "user", ActorID: conversation,
	})
	if err != nil {
		return fmt.Errorf("write message: %w", err)
	}

	req, err := http.NewRequestWithContext(ctx, http.MethodPost,
		p.sink+"/v2/conversations/"+conversation+"/messages", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}

	req.Header.Set("Authorization", "Bearer bench")
	req.Header.Set("Content-Type", "application/json")

	resp, err := p.client.Do(req)
	if err != nil {
		return fmt.Errorf("post: %w", err)
	}
	defer resp.Body.Close()

	var answer struct {
		ID string `json:"id"`
	}

	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}

	if err := json.Unmarshal(raw, &answer); err != nil || answer.ID == "" {
		return fmt.Errorf("answer %d names no message: %w", resp.StatusCode, err)
	}

	return nil
}
