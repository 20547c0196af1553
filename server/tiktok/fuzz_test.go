package tiktok

import (
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

// roundTrip answers calls without a network.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// clientOver is a client whose calls f answers.
func clientOver(f *testing.F, answer roundTrip) *Client {
	f.Helper()
	o := offline(testApp)
	o.HTTP = &http.Client{Transport: answer}
	c, err := New(o)
	if err != nil {
		f.Fatal(err)
	}

	return c
}

// samples are all files of answers and webhooks.
func samples(f *testing.F) map[string][]byte {
	f.Helper()
	names, err := filepath.Glob("testdata/samples/*.json")
	if err != nil || len(names) == 0 {
		f.Fatal("no samples", err)
	}
	all := map[string][]byte{}
	for _, name := range names {
		if all[name], err = os.ReadFile(name); err != nil {
			f.Fatal(err)
		}
	}

	return all
}

// FuzzAnswers reads any answer as that of every call.
func FuzzAnswers(f *testing.F) {
	for _, body := range samples(f) {
		f.Add(uint16(200), "", body)
		f.Add(uint16(400), "3", body)
	}
	for _, body := range []string{
		`{"code":0,"data":{"resource_id":7}}`, `{"resource_id":"v"}`, `{"code":0,"data":[]}`, `{"code":1e3}`, `{"code":null,"data":{}}`, `<html>`, ``,
		`{"code":0,"data":{"url":"u","width":"3","height":4,"message_id":"1","conversation_id":2,"upload_url":"https://h.example/p?a=b","upload_token":"t"}}`,
		`{"code":0,"data":{"messages":[null,{}],"conversations":[{"id":"1","participants":[null,{"role":"BUYER"}],"latest_message":null}],"shops":[null]}}`,
		`{"code":0,"data":{"access_token":"a","refresh_token":"r","open_id":"o","user_type":1e9,"granted_scopes":null}}`,
	} {
		f.Add(uint16(200), "soon", []byte(body))
	}
	for code := range rules {
		f.Add(uint16(429), "Mon, 23 Nov 2026 13:38:30 GMT", []byte(`{"code":`+strconv.FormatInt(code, 10)+`,"message":"Timestamp x-tts-access-token"}`))
	}

	var (
		status int
		after  string
		body   []byte
	)
	c := clientOver(f, func(r *http.Request) (*http.Response, error) {
		if r.Body != nil {
			_ = r.Body.Close()
		}

		return &http.Response{
			StatusCode: status, Header: http.Header{"Retry-After": {after}}, Body: io.NopCloser(strings.NewReader(string(body))), Request: r,
		}, nil
	})

	f.Fuzz(func(t *testing.T, code uint16, wait string, answer []byte) {
		status, after, body = 200+int(code)%400, wait, answer
		for _, err := range everyCall(t.Context(), c, "code", "refresh", "said") {
			checkFailure(t, err)
		}

		grant, err := c.Exchange(t.Context(), "uk", "code")
		if err == nil && (grant.AccessToken == "" || grant.RefreshToken == "" || grant.OpenID == "") {
			t.Fatalf("a grant without its tokens: %+v", grant)
		}
		list, _ := c.Conversations(t.Context(), testAccess, "")
		if slices.ContainsFunc(list.Conversations, func(i bridge.ConversationInfo) bool { return i.ID == "" }) {
			t.Fatal("a conversation without its id")
		}
		page, _ := c.Messages(t.Context(), testAccess, "42", "")
		for _, m := range page.Messages {
			if len(m.Parts) == 0 && m.Hidden == "" {
				t.Fatalf("an empty message is shown: %+v", m)
			}
		}
		image, err := c.UploadImage(t.Context(), testAccess, picture("png"))
		if err == nil && (image.Ref == "" || image.Width <= 0 || image.Height <= 0) {
			t.Fatalf("a picture that cannot be sent: %+v", image)
		}
		to := c.destination(testAccess, &url.URL{Scheme: "https", Host: "elsewhere.example"}, "token")
		vid, err := c.putChunks(t.Context(), to, clip(10), 10, 1)
		if (vid == "") == (err == nil) {
			t.Fatalf("video %q and error %v", vid, err)
		}
		if err != nil && bridge.AsFailure(err).Class == bridge.Reauthorize {
			t.Fatalf("somebody elsewhere stops the shop: %v", err)
		}
	})
}

// checkFailure checks what must hold of every error.
func checkFailure(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	f := bridge.AsFailure(err)
	if f.Op == "" || f.Class == 0 || f.Wait < 0 || f.Wait > 24*dial.MaxRetryAfter {
		t.Fatalf("a failure without what it must say: %+v", *f)
	}
	if f.Err != nil && len(f.Err.Error()) > messageLimit+len("…") {
		t.Fatalf("%d bytes for the log", len(f.Err.Error()))
	}
}

// FuzzUploadAddress takes any address for the one to which a video goes.
func FuzzUploadAddress(f *testing.F) {
	for _, address := range []string{
		"https://upload.example/p?sig=a%2Fb&n=1", "https://api.example/file/202512/upload", "https://API.example:443/x", "https://api.example:8443/",
		"https://api.example@evil.example/", "https://api.example#@evil.example/", "//api.example/x", "https:///x", "http://api.example/", "https://[::1%25x]/",
		"https://evil.example/?upload_token=x&chunk_num=9&app_key=k;y", "https://evil.example/%2e%2e/%00", "file:///etc/passwd", "https://api.example\t/", "",
	} {
		f.Add(address, "tok+en")
	}

	var asked *http.Request
	c := clientOver(f, func(r *http.Request) (*http.Response, error) {
		asked = r
		_ = r.Body.Close()

		return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(`{"resource_id":"v"}`)), Request: r}, nil
	})

	f.Fuzz(func(t *testing.T, text, token string) {
		address, err := absolute(text)
		if err != nil {
			return
		}
		asked = nil
		_, err = c.putChunks(t.Context(), c.destination(testAccess, address, token), clip(10), 10, 1)
		checkFailure(t, err)
		if asked == nil {
			return
		}

		q := asked.URL.Query()
		if !slices.Contains(q["chunk_num"], "1") {
			t.Fatalf("the chunk has number %v", q["chunk_num"])
		}
		if q.Get("upload_token") != token {
			t.Fatalf("the token went as %q", q.Get("upload_token"))
		}
		own := asked.URL.Scheme == "https" && asked.URL.Host == "api.example"
		all := asked.URL.String() + asked.Header.Get(headerAccess)
		if !own && (strings.Contains(all, testAccess.Token) || strings.Contains(all, testAccess.Cipher) || strings.Contains(all, testApp.AppKey)) {
			t.Fatalf("%s was given what is ours", asked.URL)
		}
		if strings.Contains(all, testApp.AppSecret) {
			t.Fatal("the secret went along")
		}
	})
}

// FuzzSplitText splits whatever an agent wrote.
func FuzzSplitText(f *testing.F) {
	for _, text := range []string{"", "a b", strings.Repeat("x", 1999) + "😀", strings.Repeat("e\u0301", 1500), strings.Repeat("👩‍👩‍👧‍👦 ", 300), "\r\n\xff"} {
		f.Add(text, uint16(0))
		f.Add(text, uint16(1990))
	}
	f.Fuzz(func(t *testing.T, text string, before uint16) {
		checkSplit(t, strings.Repeat("x", int(before)%4001)+text)
	})
}

// FuzzLocate links whatever number a card carries.
func FuzzLocate(f *testing.F) {
	for _, number := range []string{"576461413038785752", "", "7/../x", "7&shop_region=US", "٣", "0x1"} {
		f.Add("MY", "ORDER_CARD", number)
		f.Add("id", "PRODUCT_CARD", number)
	}
	f.Fuzz(func(t *testing.T, region, typ, number string) {
		p := bridge.Part{Kind: bridge.PartCard, Type: typ, Ref: number, Text: "words"}
		got := new(Client).Locate(bridge.ShopInfo{Region: region}, p)
		link, linked := strings.CutPrefix(got.Text, "words In TikTok Seller Center: ")
		if !linked {
			if got.Text != p.Text {
				t.Fatalf("the words became %q", got.Text)
			}

			return
		}
		u, err := url.Parse(link)
		if err != nil || u.Scheme != "https" || !strings.HasPrefix(u.Host, "seller-") || strings.ContainsAny(link, " \n") {
			t.Fatalf("%q is no address of Seller Center", link)
		}
		if order := u.Query().Get("order_no"); order != "" && (order != number || !digits(order)) {
			t.Fatalf("order %q of card %q", order, number)
		}
	})
}
