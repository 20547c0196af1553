package freshchatsim_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
)

// pixel is a PNG of one pixel.
var pixel = func() []byte {
	b, err := base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
	if err != nil {
		panic(err)
	}

	return b
}()

// upload posts data as one field of a form.
func (w *world) upload(path, field, name string, data []byte) (int, object) {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	f, err := form.CreateFormFile(field, name)
	if err != nil {
		w.t.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		w.t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		w.t.Fatal(err)
	}

	r := w.request("POST", path, body.String())
	r.Header.Set("Content-Type", form.FormDataContentType())
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()

	return resp.StatusCode, decode(w.t, resp)
}

// fetch reads an address without a key.
func fetch(t *testing.T, address string) (int, string, []byte) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}

	return resp.StatusCode, resp.Header.Get("Content-Type"), b
}

func TestUploads(t *testing.T) {
	tests := []struct {
		name, path, field, file string
		data                    []byte
		want                    int
		message                 string
	}{
		{"an image", "/v2/images/upload", "image", "a.png", pixel, 200, ""},
		{"an image in the field of files", "/v2/images/upload", "file", "a.png", pixel, 400, "image is missing"},
		{"an image that is text", "/v2/images/upload", "image", "a.png", []byte("hello"), 400, "not an image"},
		{"an image that is too large", "/v2/images/upload", "image", "a.png", append(pixel, make([]byte, 5<<20)...), 400, "too large"},
		{"a file", "/v2/files/upload", "file", "label.pdf", []byte("%PDF-1.4"), 200, ""},
		{"a file in the field of images", "/v2/files/upload", "image", "label.pdf", []byte("%PDF-1.4"), 400, "file is missing"},
		{"an empty file", "/v2/files/upload", "file", "label.pdf", nil, 400, "empty"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			status, out := w.upload(tt.path, tt.field, tt.file, tt.data)
			if status != tt.want || !strings.Contains(str(out, "message"), tt.message) {
				t.Errorf("status %d %v, want %d with %q", status, out, tt.want, tt.message)
			}
		})
	}
}

func TestUploadedImageIsServed(t *testing.T) {
	w := newWorld(t)
	_, out := w.upload("/v2/images/upload", "image", "a.png", pixel)
	sameShape(t, out, sample(t, "api/image_upload_response.json"))
	if out["width"] != 1.0 || out["height"] != 1.0 {
		t.Errorf("bounds %v x %v, want 1 x 1", out["width"], out["height"])
	}

	status, kind, data := fetch(t, str(out, "url"))
	if status != 200 || kind != "image/png" || !bytes.Equal(data, pixel) {
		t.Errorf("the address answers %d %s with %d bytes", status, kind, len(data))
	}
	uid := w.user("buyer-1")
	conv := w.conversation(uid, "look")
	m := userMessage(uid, "")
	m["message_parts"] = parts(object{"image": object{"url": str(out, "url")}})
	w.must("POST", "/v2/conversations/"+conv+"/messages", m)
}

func TestUploadedFileIsSentByHash(t *testing.T) {
	w := newWorld(t)
	rc := w.subscribe()
	_, out := w.upload("/v2/files/upload", "file", "label one.pdf", []byte("%PDF-1.4"))
	sameShape(t, out, sample(t, "api/file_upload_response.json"))
	uid := w.user("buyer-1")
	conv := w.conversation(uid, "look")
	m := sample(t, "api/message_send_file_by_hash_request.json")
	part, _ := list(m, "message_parts")[0]["file"].(object)
	part["fileHash"], part["name"], m["actor_id"] = out["file_hash"], "label one.pdf", uid
	w.must("POST", "/v2/conversations/"+conv+"/messages", m)
	w.settle()

	got := rc.deliveries()
	data, _ := got[len(got)-1].body["data"].(object)
	message, _ := data["message"].(object)
	file, _ := list(message, "message_parts")[0]["file"].(object)
	status, kind, bytesServed := fetch(t, str(file, "url"))
	if status != 200 || kind != "application/pdf" || string(bytesServed) != "%PDF-1.4" {
		t.Errorf("the address answers %d %s %q", status, kind, bytesServed)
	}
	if status, _, _ := fetch(t, str(file, "url")+"0"); status != 403 {
		t.Errorf("a forged address answers %d, want 403", status)
	}
	w.sim.Clock().Advance(8 * 24 * time.Hour)
	if status, _, _ := fetch(t, str(file, "url")); status != 403 {
		t.Errorf("a stale address answers %d, want 403", status)
	}
	read := list(w.must("GET", "/v2/conversations/"+conv+"/messages", nil), "messages")[0]
	file, _ = list(read, "message_parts")[0]["file"].(object)
	if status, _, _ := fetch(t, str(file, "url")); status != 200 {
		t.Errorf("the address of a new reading answers %d, want 200", status)
	}

	other, err := w.sim.AddAccount(freshchatsim.AccountSpec{Domain: "other.freshchat.com"})
	if err != nil {
		t.Fatal(err)
	}
	w.key = other.APIKey
	if status, _ := w.call("POST", "/v2/conversations/"+conv+"/messages", m); status != 404 {
		t.Errorf("another account reaches the conversation: status %d, want 404", status)
	}
}

func TestPartsSurviveTheirJSON(t *testing.T) {
	tests := []struct {
		name string
		part freshchatsim.Part
	}{
		{"text", freshchatsim.Text("<b>hi</b> & 😀")},
		{"image", freshchatsim.Image("https://e.example/i.png")},
		{"video", freshchatsim.Video("https://e.example/v.mp4", "video/mp4")},
		{"file", freshchatsim.File("a.pdf", "https://e.example/a.pdf", "application/pdf", 7)},
		{"file by hash", freshchatsim.Part{Kind: "file", Name: "a.pdf", ContentType: "application/pdf", Size: 7, Hash: "k3x0"}},
		{"collection", freshchatsim.Other("collection", `{"sub_parts":[]}`)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var back freshchatsim.Part
			if err := json.Unmarshal(encode(t, tt.part), &back); err != nil {
				t.Fatal(err)
			}
			if string(encode(t, back)) != string(encode(t, tt.part)) || back.Kind != tt.part.Kind || back.Hash != tt.part.Hash {
				t.Errorf("%+v came back as %+v", tt.part, back)
			}
		})
	}
}

func FuzzPart(f *testing.F) {
	for _, s := range []string{
		`{"text":{"content":"hi"}}`, `{"text":null,"image":{"url":"https://e.example/i"}}`, `{"file":{"fileHash":"x","fileSource":"FRESHCHAT"}}`,
		`{"collection":{"sub_parts":[{"text":{"content":"x"}}]}}`, `{}`, `[]`, `{"x":1}`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var p freshchatsim.Part
		if json.Unmarshal([]byte(s), &p) != nil {
			return
		}
		b, err := json.Marshal(p)
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", s, err)
		}
		var again freshchatsim.Part
		if err := json.Unmarshal(b, &again); err != nil {
			t.Fatalf("%q was written as %s, which cannot be read: %v", s, b, err)
		}
	})
}
