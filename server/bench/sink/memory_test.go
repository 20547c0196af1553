package sink

import (
	"net/http"
	"strconv"
	"testing"

	"sellerchat/server/bench/load"
)

func TestASinkRecallsWhatWasPosted(t *testing.T) {
	const path = "/v2/conversations/c/messages"

	s := open(t)
	read := func(path string) []any {
		t.Helper()

		messages, ok := call(t, s, http.MethodGet, path+"?page=1", "")["messages"].([]any)
		if !ok {
			t.Fatalf("%s is not a list of messages", path)
		}

		return messages
	}

	call(t, s, http.MethodPost, path, `{"text":"before"}`)

	forget := s.Recall()

	var last any
	for n := range remembered + 1 {
		last = call(t, s, http.MethodPost, path, `{"text":"`+strconv.Itoa(n)+`"}`)["id"]
	}

	messages := read(path)
	if len(messages) != remembered {
		t.Fatalf("%d messages are told, want %d", len(messages), remembered)
	}

	newest, ok := messages[0].(map[string]any)
	if !ok || newest["id"] != last || newest["text"] != strconv.Itoa(remembered) || newest["created_time"] == nil {
		t.Errorf("the first is %v, not the newest one", newest)
	}

	if others := read("/v2/conversations/d/messages"); len(others) != 0 {
		t.Errorf("another conversation has %v", others)
	}

	forget()

	if messages := read(path); len(messages) != 0 {
		t.Errorf("%d messages are told that were to be forgotten", len(messages))
	}
}

func TestASinkTellsOfTheNextMessage(t *testing.T) {
	s := open(t)
	text := string(load.AppendMark(nil, load.Message{Run: 1}))

	call(t, s, http.MethodPost, "/v2/conversations/c/messages", text)

	next := s.Next()

	call(t, s, http.MethodPost, "/v2/users", text)

	select {
	case <-next:
		t.Fatal("nothing came, yet something is told")
	default:
	}

	call(t, s, http.MethodPost, "/v2/conversations/c/messages", text)
	<-next
}
