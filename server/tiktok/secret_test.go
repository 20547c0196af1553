package tiktok

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sellerchat/server/bridge"
)

// TestNoSecretLeaves makes every call against platforms that fail in every way,
// some of which repeat to us whatever we sent, and searches all that comes out.
func TestNoSecretLeaves(t *testing.T) {
	const code, refreshToken, said = "planted code+/=", "ROW_planted-refresh", "planted words of the agent"
	const uploadToken = "planted-upload+token"
	planted := []string{
		testApp.AppSecret, testAccess.Token, testAccess.Cipher, code, url.QueryEscape(code), refreshToken, said,
		uploadToken, url.QueryEscape(uploadToken),
	}

	platforms := map[string]http.Handler{
		"a refusal that repeats the request": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			seen := r.Header.Get("x-tts-access-token") + " " + string(body)
			for _, values := range r.URL.Query() {
				seen += " " + values[0] + " " + url.QueryEscape(values[0])
			}
			seen += " " + r.Header.Get(headerUpload)
			w.WriteHeader(http.StatusBadRequest)
			_, _ = fmt.Fprintf(w, `{"code":36009004,"message":%q,"request_id":%q}`, seen, seen)
		}),
		"a page that repeats the request": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusBadGateway)
			_, _ = fmt.Fprint(w, r.URL.String(), r.Header)
		}),
		"a redirect that repeats the request": http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "http://127.0.0.1:1/%zz"+r.URL.RawQuery)
			w.WriteHeader(http.StatusFound)
		}),
		"a lost answer": http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			panic(http.ErrAbortHandler)
		}),
		"a success": answering(http.StatusOK, `{"code":0,"data":{"access_token":"ROW_planted-token","refresh_token":"ROW_planted-refresh",`+
			`"open_id":"o","message_id":"1","conversation_id":"2"}}`),
	}

	for name, platform := range platforms {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			c := newClient(t, platform)
			c.log = slog.New(slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))

			cancelled, cancel := context.WithCancel(t.Context())
			cancel()
			for _, ctx := range []context.Context{t.Context(), cancelled} {
				for _, err := range everyCall(ctx, c, code, refreshToken, said) {
					tell(&out, err)
				}
				_, err := c.putChunks(ctx, c.destination(testAccess, c.api.JoinPath("up"), uploadToken), clip(10), 10, 1)
				tell(&out, err)
			}

			if !strings.Contains(out.String(), `"op":"tiktok send message"`) {
				t.Fatal("calls are not logged")
			}
			for _, secret := range planted {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%q came out:\n%s", secret, out.String())
				}
			}
			if strings.Contains(out.String(), "/customer_service/") || strings.Contains(out.String(), "sign=") {
				t.Errorf("an address came out:\n%s", out.String())
			}
		})
	}
}

func everyCall(ctx context.Context, c *Client, code, refreshToken, text string) []error {
	return []error{
		second(c.Exchange(ctx, "uk", code)),
		second(c.Refresh(ctx, "uk", refreshToken)),
		second(c.Shops(ctx, testAccess)),
		second(c.Conversation(ctx, testAccess, "42")),
		second(c.CreateConversation(ctx, testAccess, "7")),
		second(c.Messages(ctx, testAccess, "42", "")),
		second(c.Send(ctx, testAccess, "42", bridge.Words(text))),
		second(c.Conversations(ctx, testAccess, "")),
		second(c.UploadImage(ctx, testAccess, picture("png"))),
		second(c.UploadVideo(ctx, testAccess, "42", clip(10))),
		c.MarkRead(ctx, testAccess, "42"),
		c.Subscribe(ctx, testAccess, "https://h.example/w"),
		c.Unsubscribe(ctx, testAccess),
	}
}

// tell writes all that anybody could learn from an error.
func tell(w io.Writer, err error) {
	if err == nil {
		return
	}
	_, _ = fmt.Fprintf(w, "%v\n%+v\n%#v\n", err, err, err)
	f := bridge.AsFailure(err)
	_, _ = fmt.Fprintf(w, "%+v %s %v\n", *f, f.Words, f.Err)
}
