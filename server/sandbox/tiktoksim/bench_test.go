package tiktoksim

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"sellerchat/server/sandbox/simkit"
)

// BenchmarkSendMessage shows that a call costs the same with 10,000 shops as
// with one.
func BenchmarkSendMessage(b *testing.B) {
	for _, shops := range []int{1, 10_000} {
		b.Run(fmt.Sprintf("shops=%d", shops), func(b *testing.B) {
			settings := DefaultSettings()
			settings.ChatCallsPerDay = 0
			s := New(Options{Apps: []App{{Market: "uk", AppKey: "k", AppSecret: "s", ServiceID: "v"}}, Clock: simkit.NewClock(), Settings: &settings})
			b.Cleanup(s.Close)
			buyer, _ := s.AddBuyer(Buyer{})
			var conv, cipher, token string
			for i := range shops {
				sp, err := s.AddSeller(SellerSpec{OpenID: strconv.Itoa(i), Shops: []ShopSpec{{}}})
				if err != nil {
					b.Fatal(err)
				}
				c, _ := s.Authorize("uk", sp.OpenID, "")
				s.mu.Lock()
				token = s.redeem(s.apps["k"], c.Code).access.value
				s.mu.Unlock()
				p, _ := s.BuyerWrites(sp.Shops[0].ID, buyer.ImUserID, Message{Content: "x"})
				conv, cipher = p.ConversationID, sp.Shops[0].Cipher
			}
			body := sendBody(TypeText, map[string]any{"content": "Yes, it ships today."})
			h := s.Handler()

			b.ReportAllocs()
			for b.Loop() {
				q := url.Values{"app_key": {"k"}, "shop_cipher": {cipher}, "timestamp": {strconv.FormatInt(s.clock.Now().Unix(), 10)}}
				q.Set("sign", sign("s", messagesPath(conv), q, []byte(body)))
				r := httptest.NewRequest(http.MethodPost, messagesPath(conv)+"?"+q.Encode(), strings.NewReader(body))
				r.Header.Set("Content-Type", "application/json")
				r.Header.Set("x-tts-access-token", token)
				w := httptest.NewRecorder()
				h.ServeHTTP(w, r)
				if !strings.Contains(w.Body.String(), `"code":0`) {
					b.Fatal(w.Body)
				}
			}
		})
	}
}
