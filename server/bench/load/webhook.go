package load

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"strconv"
	"time"
)

// The app whose webhooks these are.
const (
	Market = "uk"
	AppKey = "benchapp"
	Secret = "bench-app-secret-0000000000000001"
	// Path is where webhooks go.
	Path = "/webhooks/tiktok/" + Market
)

// BodySize is that of a webhook, in bytes; the text is filled up to it.
const BodySize = 620

// The ids that the platform would give have 19 digits.
const (
	firstShop         = 7_495_000_000_000_000_000
	firstConversation = 7_494_000_000_000_000_000
	firstMessage      = 7_493_000_000_000_000_000
	firstBuyer        = 7_492_000_000_000_000_000
	// messagesPerRun keeps the ids of one run apart from the next one's.
	messagesPerRun = 10_000_000_000
)

// Shop is the id of the shop with a number.
func Shop(number int) string { return strconv.Itoa(firstShop + number) }

// Message says which webhook to make.
type Message struct {
	// Run, Conversation, Place and Number end up in the text, where the sink
	// finds them: the place counts from 1 in the conversation, the number
	// from 0 in the run.
	Run, Conversation, Place, Number uint32
	// Shop is the number of the shop.
	Shop int
}

// Mill makes webhooks as requests that can be written to a connection. What it
// returns is valid until the next one.
type Mill struct {
	mac     hash.Hash
	host    string
	clock   func() time.Time
	body    []byte
	request []byte
	sum     []byte
}

// NewMill makes webhooks for a host.
func NewMill(host string, clock func() time.Time) *Mill {
	return &Mill{
		mac: hmac.New(sha256.New, []byte(Secret)), host: host, clock: clock,
		body: make([]byte, 0, 2*BodySize), request: make([]byte, 0, 4*BodySize),
	}
}

// Request is a whole signed webhook over HTTP.
func (m *Mill) Request(msg Message) []byte {
	body := m.Body(msg)

	m.mac.Reset()
	m.mac.Write([]byte(AppKey))
	m.mac.Write(body)
	m.sum = m.mac.Sum(m.sum[:0])

	b := append(m.request[:0], "POST "+Path+" HTTP/1.1\r\nHost: "...)
	b = append(b, m.host...)
	b = append(b, "\r\nContent-Type: application/json\r\nAuthorization: "...)
	b = hex.AppendEncode(b, m.sum)
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	m.request = append(b, body...)

	return m.request
}

// Body is the webhook of a new message, in the platform's form.
// https://partner.tiktokshop.com/docv2/page/14-new-message
func (m *Mill) Body(msg Message) []byte {
	now := m.clock()
	number := func(b []byte, n int64) []byte { return strconv.AppendInt(b, n, 10) }
	id := int64(firstMessage) + int64(msg.Run)*messagesPerRun + int64(msg.Number)

	b := append(m.body[:0], `{"type":14,"tts_notification_id":"`...)
	b = number(b, id)
	b = append(b, `","shop_id":"`...)
	b = number(b, int64(firstShop+msg.Shop))
	b = append(b, `","timestamp":`...)
	b = number(b, now.Unix())
	b = append(b, `,"data":{"message_id":"`...)
	b = number(b, id)
	b = append(b, `","index":"`...)
	b = number(b, now.UnixMicro())
	b = append(b, `","conversation_id":"`...)
	b = number(b, int64(firstConversation)+int64(msg.Conversation))
	b = append(b, `","type":"TEXT","create_time":`...)
	b = number(b, now.Unix())
	b = append(b, `,"is_visible":true,"sender":{"im_user_id":"`...)
	b = number(b, int64(firstBuyer)+int64(msg.Conversation))
	b = append(b, `","role":"BUYER"},"content":"{\"content\":\"`...)
	b = AppendMark(b, msg)

	const end = `\"}"}}`

	for i := 0; len(b) < BodySize-len(end); i++ {
		b = append(b, filler[i%len(filler)])
	}

	m.body = append(b, end...)

	return m.body
}

const filler = " Is the blue one in stock, and how long does it take?"
