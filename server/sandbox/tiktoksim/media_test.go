package tiktoksim

import (
	"bytes"
	"encoding/base64"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
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
	whole := strings.Repeat("v", 11<<20)
	chunks := []string{whole[:6<<20], whole[6<<20:]}
	var init struct {
		URL   string `json:"upload_url"`
		Token string `json:"upload_token"`
	}
	st.call(initVideo(len(whole), 2)).into(t, &init)

	put := func(token, number, data string) reply {
		r, _ := http.NewRequestWithContext(t.Context(), "PUT", init.URL, strings.NewReader(data))
		r.Header.Set("Content-Type", "video/mp4")
		r.Header.Set("upload-token", token)
		r.Header.Set("chunk-num", number)
		return do(r)
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
	if r := put(init.Token, "1", chunks[0]); r.code != 0 || strings.Contains(r.data, "resource_id") {
		t.Errorf("first chunk: %+v", r)
	}
	var done struct {
		ID string `json:"resource_id"`
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
