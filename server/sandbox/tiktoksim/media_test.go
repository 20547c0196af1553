package tiktoksim

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"sellerchat/server/sandbox/simkit"
)

// webpLossy is one pixel of lossy WebP.
const webpLossy = "UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA"

func TestUploadImage(t *testing.T) {
	webp, err := base64.StdEncoding.DecodeString(webpLossy)
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		form form
		code int
		data string
	}{
		"a png with its size":          {form{"data", "a.png", string(sampleImage())}, 0, `"width":304`},
		"a webp with its size":         {form{"data", "a.webp", string(webp)}, 0, `"height":1`},
		"another field is refused":     {form{"file", "a.png", string(sampleImage())}, 36009004, ""},
		"no file name is refused":      {form{"data", "", string(sampleImage())}, 36009004, ""},
		"text is refused":              {form{"data", "a.png", "this is text"}, 36009022, ""},
		"over ten megabyte is refused": {form{"data", "a.png", string(sampleImage()) + strings.Repeat("x", 10<<20)}, 36009021, ""},
		"far too much is refused":      {form{"data", "a.png", strings.Repeat("x", 12<<20)}, 36009021, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			st := newStand(t)
			r := st.call(request{method: "POST", path: imagesPath, form: &tt.form})
			if r.code != tt.code || !strings.Contains(r.data, tt.data) {
				t.Errorf("code %d (%s) %s %v, want %d", r.code, r.message, r.data, r.err, tt.code)
			}
		})
	}
}

func TestUploadedImageCanBeSentByItsShopUntilItExpires(t *testing.T) {
	st := newStand(t)
	p := st.writes(Message{Content: "x"})
	var up struct {
		URL           string
		Width, Height int
	}
	st.call(request{method: "POST", path: imagesPath, form: &form{"data", "a.png", string(sampleImage())}}).into(t, &up)
	send := func(content map[string]any) int {
		return st.call(request{method: "POST", path: messagesPath(p.ConversationID), body: sendBody(TypeImage, content)}).code
	}

	if code := send(map[string]any{"url": up.URL, "width": "304", "height": "290"}); code != 45101002 {
		t.Errorf("sizes as strings: %d", code)
	}
	if code := send(map[string]any{"url": up.URL, "width": 1, "height": 1}); code != 45101002 {
		t.Errorf("other sizes: %d", code)
	}
	if code := send(map[string]any{"url": up.URL, "width": up.Width, "height": up.Height}); code != 0 {
		t.Errorf("as uploaded: %d", code)
	}
	if status, body := fetch(t, up.URL); status != 200 || !bytes.Equal(body, sampleImage()) {
		t.Errorf("the uploaded image answers %d with %d bytes", status, len(body))
	}
	st.clock.Advance(25 * time.Hour)
	if code := send(map[string]any{"url": up.URL, "width": up.Width, "height": up.Height}); code != 45101002 {
		t.Errorf("a day later: %d", code)
	}
	if status, _ := fetch(t, up.URL); status != http.StatusForbidden {
		t.Errorf("a day later the image answers %d", status)
	}
}

func fetch(t *testing.T, url string) (int, []byte) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}

	return resp.StatusCode, b
}

func TestVideoTakesThreeSteps(t *testing.T) {
	st := newStand(t)
	p := st.writes(Message{Content: "x"})
	whole := string(sampleVideo()[:24]) + strings.Repeat("v", 11<<20-24)
	chunks := []string{whole[:6<<20], whole[6<<20:]}
	var init struct {
		URL   string `json:"upload_url"`
		Token string `json:"upload_token"`
	}
	st.call(initVideo(len(whole), 2)).into(t, &init)

	put := func(token, number, data string) reply {
		return putChunk(t, chunkPut{init.URL, token, number, "video/mp4", data})
	}
	if r := put("x", "1", chunks[0]); r.code != 36009004 {
		t.Errorf("invented token: %d", r.code)
	}
	if r := put(init.Token, "3", chunks[0]); r.code != 36009004 {
		t.Errorf("third chunk of two: %d", r.code)
	}
	if r := put(init.Token, "1", "small"); r.code != 36009004 {
		t.Errorf("small chunk: %d", r.code)
	}
	if r := put(init.Token, "2", chunks[1]); r.code != 36009004 {
		t.Errorf("second chunk first: %d", r.code)
	}
	if r := put(init.Token, "1", chunks[0]); r.code != 0 || strings.Contains(r.data, "resource_id") {
		t.Errorf("first chunk: %+v", r)
	}
	var done struct {
		ID string `json:"resource_id"`
	}
	if r := put(init.Token, "1", chunks[0]); r.code != 0 {
		t.Errorf("first chunk again: %d", r.code)
	}
	put(init.Token, "2", chunks[1]).into(t, &done)

	r := st.call(request{method: "POST", path: messagesPath(p.ConversationID), body: sendBody(TypeVideo, map[string]any{"vid": done.ID})})
	if r.code != 0 || done.ID == "" {
		t.Fatalf("send %q: %d %s", done.ID, r.code, r.message)
	}
	list, err := st.sim.Messages(p.ConversationID)
	if err != nil || !strings.Contains(list[1].Content, done.ID) || !strings.Contains(list[1].Content, `"expire_time":"`) {
		t.Errorf("listed as %+v, %v", list, err)
	}
}

// chunkPut is one chunk on its way.
type chunkPut struct{ url, token, number, kind, data string }

func putChunk(t *testing.T, c chunkPut, method ...string) reply {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), append(method, http.MethodPut)[0], c.url, strings.NewReader(c.data))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", c.kind)
	r.Header.Set("upload-token", c.token)
	r.Header.Set("chunk-num", c.number)

	return do(r)
}

func TestChunksAreJudgedByWhatIsInThem(t *testing.T) {
	mp4, webm, mov := string(sampleVideo()), "\x1a\x45\xdf\xa3webm", "\x00\x00\x00\x14ftypqt  "
	tests := map[string]struct {
		kind, data, method string
		byPost             bool
		status, code       int
	}{
		"an MP4":                        {kind: "video/mp4", data: mp4, status: 200},
		"a WebM":                        {kind: "video/webm", data: webm, status: 200},
		"a MOV":                         {kind: "video/quicktime", data: mov, status: 200},
		"a picture that says video":     {kind: "video/mp4", data: string(sampleImage()), status: 400, code: 36009022},
		"a WebM that says MP4":          {kind: "video/mp4", data: webm, status: 400, code: 36009023},
		"a type that chats do not take": {kind: "video/x-msvideo", data: mp4, status: 400, code: 36009023},
		"more than was announced":       {kind: "video/mp4", data: mp4 + "x", status: 400, code: 36009004},
		"POST where PUT is right":       {kind: "video/mp4", data: mp4, method: "POST", status: 405, code: 36009010},
		"PUT where POST is right":       {kind: "video/mp4", data: mp4, byPost: true, status: 405, code: 36009010},
		"POST where POST is right":      {kind: "video/mp4", data: mp4, method: "POST", byPost: true, status: 200},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			st := newStand(t)
			if tt.byPost {
				st.fault(FaultChunkByPost, simkit.Fault{})
			}
			var init struct {
				URL   string `json:"upload_url"`
				Token string `json:"upload_token"`
			}
			st.call(initVideo(len(strings.TrimSuffix(tt.data, "x")), 1)).into(t, &init)
			r := putChunk(t, chunkPut{init.URL, init.Token, "1", tt.kind, tt.data}, cmp.Or(tt.method, "PUT"))
			if r.status != tt.status || r.code != tt.code {
				t.Errorf("HTTP %d, code %d (%s)", r.status, r.code, r.message)
			}
		})
	}
}

func TestImagesMustBeWhatTheySay(t *testing.T) {
	st := newStand(t)
	for declared, code := range map[string]int{"image/png": 0, "": 0, "image/jpeg": 36009023, "text/html": 36009023} {
		body := "--b\r\nContent-Disposition: form-data; name=\"data\"; filename=\"a\"\r\n"
		if declared != "" {
			body += "Content-Type: " + declared + "\r\n"
		}
		body += "\r\n" + string(sampleImage()) + "\r\n--b--\r\n"
		r := st.call(request{method: "POST", path: imagesPath, form: &form{"data", "a", ""}, spoil: func(r *http.Request) {
			r.Header.Set("Content-Type", "multipart/form-data; boundary=b")
			r.Body, r.ContentLength = io.NopCloser(strings.NewReader(body)), int64(len(body))
		}})
		if r.code != code {
			t.Errorf("a PNG as %q: code %d (%s), want %d", declared, r.code, r.message, code)
		}
	}
}

// linkOf is the URL inside a content.
func linkOf(t *testing.T, content string) string {
	t.Helper()
	var c struct{ URL string }
	if err := json.Unmarshal([]byte(content), &c); err != nil || c.URL == "" {
		t.Fatalf("content %s: %v", content, err)
	}

	return c.URL
}

func TestWhoeverReadsAgainGetsAFreshLink(t *testing.T) {
	for _, fresh := range []bool{true, false} {
		st := newStand(t)
		s := st.sim.Settings()
		s.FreshLinks, s.MediaSeconds = fresh, 60
		st.sim.SetSettings(s)
		p := st.writes(Message{Type: TypeOther, Content: "a file", Media: []byte("%PDF-1.4")})
		read := func() string {
			list, err := st.sim.Messages(p.ConversationID)
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			return linkOf(t, list[0].Content)
		}

		first := read()
		if status, body := fetch(t, first); status != 200 || string(body) != "%PDF-1.4" {
			t.Errorf("at once: %d", status)
		}
		st.clock.Advance(2 * time.Minute)
		if status, _ := fetch(t, first); status != http.StatusForbidden {
			t.Errorf("the old link answers %d", status)
		}
		longer := regexp.MustCompile(`x-expires=\d+`).ReplaceAllString(first, "x-expires=99999999999")
		if status, _ := fetch(t, longer); status != http.StatusForbidden {
			t.Errorf("a link that was prolonged by hand answers %d", status)
		}
		want := map[bool]int{true: 200, false: 403}[fresh]
		if status, _ := fetch(t, read()); status != want {
			t.Errorf("fresh %v: read again, the link answers %d", fresh, status)
		}
		r := st.call(request{method: "GET", path: messagesPath(p.ConversationID), query: url.Values{"page_size": {"10"}}})
		var page struct{ Messages []messageItem }
		r.into(t, &page)
		if status, _ := fetch(t, linkOf(t, page.Messages[0].Content)); status != want {
			t.Errorf("fresh %v: over the API, the link answers %d", fresh, status)
		}
	}
}

func TestTheLedgerTellsWhatWasShown(t *testing.T) {
	st := newStand(t)
	sum := func(b []byte) string {
		s := sha256.Sum256(b)
		return hex.EncodeToString(s[:])
	}
	gif := []byte("GIF89a\x01\x00\x01\x00\x00\x00\x00;")
	pdf, clip := []byte("%PDF-1.4"), []byte("\x1a\x45\xdf\xa3webm")
	for _, m := range []Message{
		{Type: TypeImage, Media: sampleImage()},
		{Type: TypeVideo, Media: clip},
		{Type: TypeEmoticons, Media: gif},
		{Type: TypeOther, Content: "a file", Media: pdf},
		{Type: "HOLOGRAM", Media: pdf},
		{Type: TypeImage, URL: "http://10.0.0.1/a.png"},
		{Type: TypeProductCard, Content: "1729"},
	} {
		st.writes(m)
	}
	status, body := st.control("POST", "/_sandbox/shops/"+st.shop.ID+"/buyers/"+st.buyer.ImUserID+"/media?type=VIDEO", string(clip))
	if status != 200 || !strings.Contains(body, "message_id") {
		t.Errorf("control answers %d %s", status, body)
	}

	var up struct {
		URL           string
		Width, Height int
	}
	st.call(request{method: "POST", path: imagesPath, form: &form{"data", "a.png", string(sampleImage())}}).into(t, &up)
	conv := st.writes(Message{Content: "x"}).ConversationID
	st.call(request{method: "POST", path: messagesPath(conv), body: sendBody(TypeImage, map[string]any{"url": up.URL, "width": up.Width, "height": up.Height})})

	var got []string
	for _, e := range st.sim.Ledger().Snapshot() {
		if e.Parts != "" {
			got = append(got, e.Kind+" "+e.Text+" "+e.Parts)
		}
	}
	want := []string{
		"buyer_message  IMAGE#" + sum(sampleImage()), "buyer_message  VIDEO#" + sum(clip), "buyer_message  EMOTICONS#" + sum(gif),
		"buyer_message a file OTHER#" + sum(pdf), "buyer_message  HOLOGRAM#" + sum(pdf), "buyer_message  IMAGE@http://10.0.0.1/a.png",
		"buyer_message  PRODUCT_CARD 1729", "buyer_message  VIDEO#" + sum(clip),
		"image_uploaded  IMAGE#" + sum(sampleImage()), "api_message  IMAGE#" + sum(sampleImage()),
	}
	if d := gocmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func initVideo(size, chunks int) request {
	return request{method: "POST", path: "/open/202512/file/init", body: encode(map[string]any{
		"file_name": "clip.mp4", "file_type": "video", "file_size": size, "total_chunk_count": chunks,
		"target_path": "[POST]/customer_service/202309/conversations/7494560000000000201/messages",
	})}
}

func TestInitVideoRefuses(t *testing.T) {
	tests := map[string]struct {
		call request
		code int
	}{
		"nothing that is right":          {initVideo(7340032, 1), 0},
		"more than 100 MB":               {initVideo(101<<20, 5), 36009021},
		"one chunk of more than 30 MB":   {initVideo(31<<20, 1), 36009004},
		"two chunks of less than 5 MB":   {initVideo(9<<20, 2), 36009004},
		"no chunk":                       {initVideo(1, 0), 36009004},
		"a file type that is not video":  {request{method: "POST", path: "/open/202512/file/init", body: strings.Replace(initVideo(1, 1).body, `"video"`, `"image"`, 1)}, 36009022},
		"a target that takes no message": {request{method: "POST", path: "/open/202512/file/init", body: strings.Replace(initVideo(1, 1).body, "[POST]", "[PUT]", 1)}, 36009004},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if r := newStand(t).call(tt.call); r.code != tt.code {
				t.Errorf("code %d (%s), want %d", r.code, r.message, tt.code)
			}
		})
	}
}
