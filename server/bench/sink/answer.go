package sink

import (
	"bytes"
	"strconv"
	"time"
)

// The beginnings of paths.
var (
	freshchatUsers         = []byte("/v2/users")
	freshchatConversations = []byte("/v2/conversations")
	tiktokConversation     = []byte("/customer_service/")
	tiktokToken            = []byte("/api/v2/token/")
)

// The answers that hold no id of their own.
const (
	nobody = `{"users":[]}`
	buyer  = `{"code":0,"message":"Success","request_id":"bench","data":{"conversation":{"participants":[` +
		`{"role":"BUYER","im_user_id":"7492000000000000001","user_id":"7491000000000000001","nickname":"Bench Buyer"}]}}}`
	token = `{"code":0,"message":"success","request_id":"bench","data":{"access_token":"bench-access",` +
		`"access_token_expire_in":4102444800,"refresh_token":"bench-refresh","refresh_token_expire_in":4102444800,` +
		`"open_id":"bench","seller_name":"Bench","seller_base_region":"GB","user_type":0,"granted_scopes":["seller.customer_service"]}}`
	done = `{"code":0,"message":"Success","request_id":"bench","data":{}}`
)

// answer appends the answer to a call.
func (s *Sink) answer(out []byte, r request) []byte {
	post := len(r.method) == 4 // POST, which has a body
	rest := time.Duration(s.rest.Load())

	switch {
	case bytes.HasPrefix(r.path, freshchatConversations) && post:
		if rest > 0 {
			return leaveAlone(out, rest)
		}

		s.see(r.body)

		if len(r.path) == len(freshchatConversations) {
			return s.opened(out)
		}

		return s.posted(out, r)
	case bytes.HasPrefix(r.path, freshchatConversations):
		return respond(out, s.recalled(r.path))
	case bytes.HasPrefix(r.path, freshchatUsers) && post:
		return respond(out, s.named(`{"id":"`, `"}`))
	case bytes.HasPrefix(r.path, freshchatUsers):
		return respond(out, []byte(nobody))
	case bytes.HasPrefix(r.path, tiktokConversation):
		return respond(out, []byte(buyer))
	case bytes.HasPrefix(r.path, tiktokToken):
		return respond(out, []byte(token))
	default:
		return respond(out, []byte(done))
	}
}

// opened names a conversation and its first message.
func (s *Sink) opened(out []byte) []byte {
	return respond(out, s.named(`{"conversation_id":"`, `","status":"new","messages":[`+string(s.named(`{"id":"`, `"}`))+`]}`))
}

// posted names a message.
func (s *Sink) posted(out []byte, r request) []byte {
	id := s.id()

	if m := s.memory.Load(); m != nil {
		m.add(conversationOf(r.path), id, r.body)
	}

	return respond(out, around(id, `{"id":"`, `","message_type":"normal","actor_type":"user"}`))
}

// named puts a new id between two texts.
func (s *Sink) named(before, after string) []byte { return around(s.id(), before, after) }

func around(id []byte, before, after string) []byte {
	b := make([]byte, 0, len(before)+len(id)+len(after))
	b = append(b, before...)
	b = append(b, id...)

	return append(b, after...)
}

// id is a new one.
func (s *Sink) id() []byte {
	b := append(make([]byte, 0, 36), "00000000-0000-4000-8000-"...)

	digits := strconv.AppendUint(make([]byte, 0, 20), s.ids.Add(1), 16)
	for range 12 - len(digits) {
		b = append(b, '0')
	}

	return append(b, digits...)
}

// leaveAlone refuses a call for now.
func leaveAlone(out []byte, rest time.Duration) []byte {
	out = append(out, "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nRetry-After: "...)
	out = strconv.AppendInt(out, int64(rest/time.Second), 10)

	return append(out, "\r\n\r\n"...)
}

// respond writes a whole answer.
func respond(out, body []byte) []byte {
	out = append(out, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: "...)
	out = strconv.AppendInt(out, int64(len(body)), 10)
	out = append(out, "\r\n\r\n"...)

	return append(out, body...)
}
