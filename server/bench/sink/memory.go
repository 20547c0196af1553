package sink

import (
	"bytes"
	"slices"
	"sync"
	"time"
)

// remembered is how many messages of a conversation are.
const remembered = 32

// memory is what was posted last, by conversation.
type memory struct {
	mu       sync.Mutex
	messages map[string][][]byte
}

// Recall has the sink remember the last messages of each conversation and tell
// them to whoever reads it, until the returned function is called: a relay that
// was killed looks there for what it may have sent.
func (s *Sink) Recall() (forget func()) {
	s.memory.Store(&memory{messages: map[string][][]byte{}})

	return func() { s.memory.Store(nil) }
}

// add remembers a message, which is told as it was posted.
func (m *memory) add(conversation string, id, body []byte) {
	if len(body) < 2 || body[0] != '{' || body[1] == '}' {
		return
	}

	told := append([]byte(`{"id":"`), id...)
	told = append(told, `","created_time":"`...)
	told = time.Now().UTC().AppendFormat(told, time.RFC3339Nano)
	told = append(told, `",`...)
	told = append(told, body[1:]...)

	m.mu.Lock()
	defer m.mu.Unlock()

	all := append(m.messages[conversation], told)
	m.messages[conversation] = all[max(0, len(all)-remembered):]
}

// recalled is the list of a conversation's messages, newest first.
func (s *Sink) recalled(path []byte) []byte {
	var told [][]byte

	if m := s.memory.Load(); m != nil {
		m.mu.Lock()
		told = m.messages[conversationOf(path)]
		m.mu.Unlock()
	}

	list := []byte(`{"messages":[`)

	for i, message := range slices.Backward(told) {
		list = append(list, message...)
		if i > 0 {
			list = append(list, ',')
		}
	}

	return append(list, `]}`...)
}

// conversationOf reads /v2/conversations/{id}/messages.
func conversationOf(path []byte) string {
	rest := bytes.TrimPrefix(path[len(freshchatConversations):], []byte{'/'})
	id, _, _ := bytes.Cut(rest, []byte{'/'})

	return string(id)
}
