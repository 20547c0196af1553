package load

import (
	"bufio"
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRequestIsASignedWebhook(t *testing.T) {
	mill := NewMill("127.0.0.1:80", func() time.Time { return time.Unix(1_760_000_000, 0) })

	req, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(mill.Request(Message{
		Run: 3, Conversation: 17, Place: 2, Number: 1041, Shop: 7,
	}))))
	if err != nil {
		t.Fatal(err)
	}

	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Fatal(err)
	}

	mac := hmac.New(sha256.New, []byte(Secret))
	mac.Write([]byte(AppKey))
	mac.Write(body)

	if got, want := req.Header.Get("Authorization"), hex.EncodeToString(mac.Sum(nil)); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}

	if len(body) != BodySize {
		t.Errorf("body has %d bytes, want %d", len(body), BodySize)
	}

	var webhook struct {
		Type int    `json:"type"`
		Shop string `json:"shop_id"`
		Data struct {
			MessageID string `json:"message_id"`
			Content   string `json:"content"`
		} `json:"data"`
	}
	if err := json.Unmarshal(body, &webhook); err != nil {
		t.Fatal(err)
	}

	if webhook.Type != 14 || webhook.Shop != Shop(7) || len(webhook.Data.MessageID) != 19 {
		t.Errorf("webhook %+v", webhook)
	}

	var content struct {
		Content string `json:"content"`
	}
	if err := json.Unmarshal([]byte(webhook.Data.Content), &content); err != nil {
		t.Fatal(err)
	}

	want := Message{Run: 3, Conversation: 17, Place: 2, Number: 1041}
	if got, ok := FindMark([]byte(content.Content)); !ok || got != want {
		t.Errorf("mark %+v, %v; want %+v", got, ok, want)
	}
}

func TestMessageIDsNeverRepeatAndOrderRises(t *testing.T) {
	now := time.Unix(1_760_000_000, 0)
	mill := NewMill("h", func() time.Time { now = now.Add(time.Microsecond); return now })
	seen, last := map[string]bool{}, int64(0)

	for run := range uint32(3) {
		for number := range uint32(100) {
			var webhook struct {
				Data struct {
					MessageID string `json:"message_id"`
					Index     string `json:"index"`
				} `json:"data"`
			}
			if err := json.Unmarshal(mill.Body(Message{Run: run, Number: number}), &webhook); err != nil {
				t.Fatal(err)
			}

			if seen[webhook.Data.MessageID] {
				t.Fatalf("%s was used twice", webhook.Data.MessageID)
			}

			seen[webhook.Data.MessageID] = true

			index, err := strconv.ParseInt(webhook.Data.Index, 10, 64)
			if err != nil || index <= last {
				t.Fatalf("index %s after %d", webhook.Data.Index, last)
			}

			last = index
		}
	}
}

func TestMarksSurviveWhateverStandsAround(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint32()
		want := Message{
			Run: number.Draw(t, "run"), Conversation: number.Draw(t, "conversation"),
			Place: number.Draw(t, "place"), Number: number.Draw(t, "number"),
		}
		text := append([]byte(rapid.StringMatching(`[^#]*`).Draw(t, "before")), AppendMark(nil, want)...)
		text = append(text, rapid.String().Draw(t, "after")...)

		if got, ok := FindMark(text); !ok || got != want {
			t.Fatalf("found %+v, %v in %q", got, ok, text)
		}
	})
}

func TestTextsWithoutAMarkHaveNone(t *testing.T) {
	for name, text := range map[string]string{
		"no edge":             "hello",
		"an edge only":        "hello #",
		"too few numbers":     "#1.2.3#",
		"too many numbers":    "#1.2.3.4.5#",
		"an empty number":     "#1..3.4#",
		"letters":             "#1.2.three.4#",
		"nothing at its end":  "#1.2.3.4",
		"an order of a buyer": "my order #4711 please",
	} {
		t.Run(name, func(t *testing.T) {
			if m, ok := FindMark([]byte(text)); ok {
				t.Errorf("found %+v", m)
			}
		})
	}
}
