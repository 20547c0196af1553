package freshchatsim_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/simkit"
)

func sum(b []byte) string {
	s := sha256.Sum256(b)
	return hex.EncodeToString(s[:])
}

func TestTheLedgerTellsTheBytes(t *testing.T) {
	w := newWorld(t)
	uid := w.user("buyer-1")
	conv := w.conversation(uid, "look")
	_, image := w.upload("/v2/images/upload", "image", "a.png", pixel)
	_, file := w.upload("/v2/files/upload", "file", "a.pdf", []byte("%PDF-1.4"))

	for _, part := range []object{
		{"image": object{"url": image["url"]}},
		{"file": object{"fileHash": file["file_hash"], "fileSource": "FRESHCHAT", "name": "a.pdf", "contentType": "application/pdf"}},
		{"video": object{"url": "https://chat.example/media/1", "content_type": "video/mp4"}},
	} {
		m := userMessage(uid, "")
		m["message_parts"] = parts(part)
		w.must("POST", "/v2/conversations/"+conv+"/messages", m)
	}

	want := []string{"", "image#" + sum(pixel), "file(a.pdf)#" + sum([]byte("%PDF-1.4")), "video@https://chat.example/media/1"}
	entries := w.sim.Ledger().Snapshot()
	for i, e := range entries {
		if i >= len(want) || e.Parts != want[i] {
			t.Errorf("entry %d: %q", i, e.Parts)
		}
	}

	list, err := w.sim.Attachments(conv)
	if err != nil || len(list) != 3 || list[0].SHA256 != sum(pixel) || list[1].Size != 8 || list[2].SHA256 != "" {
		t.Errorf("attachments %+v, %v", list, err)
	}
}

func TestAnAgentsBrowserOpensAttachments(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "video/mp4")
		_, _ = w.Write([]byte("moving"))
	}))
	defer elsewhere.Close()

	w := newWorld(t)
	uid := w.user("buyer-1")
	conv := w.conversation(uid, "look")
	m := userMessage(uid, "")
	m["message_parts"] = parts(object{"video": object{"url": elsewhere.URL, "content_type": "video/mp4"}})
	posted := w.must("POST", "/v2/conversations/"+conv+"/messages", m)

	out := list(w.must("POST", "/_sandbox/conversations/"+conv+"/messages/"+str(posted, "id")+"/open", nil), "attachments")
	if len(out) != 1 || out[0]["status"] != 200.0 || str(out[0], "sha256") != sum([]byte("moving")) || str(out[0], "content_type") != "video/mp4" {
		t.Errorf("opened %v", out)
	}
	if status, _ := w.call("POST", "/_sandbox/conversations/"+conv+"/messages/none/open", nil); status != 404 {
		t.Errorf("a message that is not there: status %d", status)
	}
}

func TestAnAgentSendsBytesInOneCall(t *testing.T) {
	w := newWorld(t)
	conv := w.conversation(w.user("buyer-1"), "look")
	chat := "/_sandbox/conversations/" + conv + "/media"

	for _, kind := range []string{"image", "video", "file", "audio"} {
		sent := w.must("POST", chat+"?kind="+kind+"&name=a.bin&text=look", string(pixel))
		if n := len(list(sent, "message_parts")); n != 2 {
			t.Errorf("%s: %d parts, want 2", kind, n)
		}
	}
	for _, at := range list(w.must("GET", chat, nil), "attachments") {
		if str(at, "sha256") != sum(pixel) {
			t.Errorf("attachment %v", at)
		}
		if status, _, _ := fetch(t, str(at, "url")); status != 200 {
			t.Errorf("%v answers %d", at["kind"], status)
		}
	}
	if status, _ := w.call("POST", chat+"?kind=sticker&name=a", "x"); status != 400 {
		t.Errorf("a sticker: status %d", status)
	}
}

func TestAddressesThatGoStale(t *testing.T) {
	w := newWorld(t)
	conv := w.conversation(w.user("buyer-1"), "look")
	p, err := w.sim.StoreFile(appID, "a.pdf", "application/pdf", []byte("%PDF-1.4"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.sim.AgentReplies(conv, "", p); err != nil {
		t.Fatal(err)
	}

	read := func() int {
		m := list(w.must("GET", "/v2/conversations/"+conv+"/messages", nil), "messages")[0]
		file, _ := list(m, "message_parts")[0]["file"].(object)
		status, _, _ := fetch(t, str(file, "url"))
		return status
	}

	w.fault(freshchatsim.FaultAddressStale, simkit.Fault{Remaining: 1})
	if got := read(); got != 403 {
		t.Errorf("a stale address answers %d", got)
	}
	w.fault(freshchatsim.FaultAddressStale, simkit.Fault{Remaining: 1, Delay: time.Minute})
	if got := read(); got != 200 {
		t.Errorf("an address that is good for a minute answers %d", got)
	}
	if got := read(); got != 200 {
		t.Errorf("the address of a new reading answers %d", got)
	}
}

func TestAttachmentsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	uid := w.user("buyer-1")
	conv := w.conversation(uid, "look")
	_, safe := w.upload("/v2/files/upload", "file", "a.pdf", []byte("%PDF-1.4"))
	w.fault(freshchatsim.FaultScan, simkit.Fault{Remaining: 1})
	_, unsafe := w.upload("/v2/files/upload", "file", "b.pdf", []byte("%PDF-1.4"))
	w.fault(freshchatsim.FaultMediaRefused, simkit.Fault{Only: "video"})

	if str(safe, "file_security_status") != "AV_PENDING" || str(unsafe, "file_security_status") != "UNSAFE_FILE" {
		t.Errorf("scanned %v and %v", safe, unsafe)
	}

	file := func(hash any, contentType string) object {
		return object{"file": object{"fileHash": hash, "fileSource": "FRESHCHAT", "name": "a.pdf", "contentType": contentType}}
	}
	for _, tt := range []struct {
		name    string
		part    object
		want    int
		message string
	}{
		{"a file that passed the scan", file(safe["file_hash"], "application/pdf"), 200, ""},
		{"one that did not", file(unsafe["file_hash"], "application/pdf"), 400, "not safe"},
		{"one of no type", file(safe["file_hash"], ""), 400, "contentType"},
		{"one that nobody uploaded", file("0", "application/pdf"), 400, "not known"},
		{"a picture with a hash beside its address", object{"image": object{"url": "https://e.example/i.png", "fileHash": "x", "fileSource": "FRESHCHAT"}}, 400, "IMAGE_EMPTY_CONTENT"},
		{"a picture of nowhere", object{"image": object{"url": "/i.png"}}, 400, "IMAGE_EMPTY_CONTENT"},
		{"a video that is none", object{"video": object{"url": "https://e.example/i.png", "content_type": "image/png"}}, 400, "content_type"},
		{"a video that Freshchat cannot fetch today", object{"video": object{"url": "https://e.example/v.mp4", "content_type": "video/mp4"}}, 400, "VIDEO_EMPTY_CONTENT"},
		{"a picture that it can", object{"image": object{"url": "https://e.example/i.png"}}, 200, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := userMessage(uid, "")
			m["message_parts"] = parts(tt.part)
			status, out := w.call("POST", "/v2/conversations/"+conv+"/messages", m)
			if status != tt.want || !strings.Contains(str(out, "message"), tt.message) {
				t.Errorf("status %d %v, want %d with %q", status, out, tt.want, tt.message)
			}
		})
	}
}

func TestUploadsThatLie(t *testing.T) {
	w := newWorld(t)
	w.fault(freshchatsim.FaultErrorMessage, simkit.Fault{})
	for path, field := range map[string]string{"/v2/images/upload": "image", "/v2/files/upload": "file"} {
		if status, out := w.upload(path, field, "a.png", pixel); status != 200 || str(out, "error_message") == "" || out["url"] != nil || out["file_hash"] != nil {
			t.Errorf("%s: %d %v", path, status, out)
		}
	}
}

func TestPartsOfAgents(t *testing.T) {
	w := newWorld(t)
	conv := w.conversation(w.user("buyer-1"), "look")
	m, err := w.sim.AgentReplies(conv, "",
		freshchatsim.Typed("a < b\n:smile:"), freshchatsim.Audio("https://e.example/a.ogg", "audio/ogg"), freshchatsim.Button("Shop", "https://e.example"),
		freshchatsim.QuickReplies("Yes", "No"), freshchatsim.Carousel("One", "Two"), freshchatsim.Article("Returns"))
	if err != nil {
		t.Fatal(err)
	}
	if m.Text() != "<p>a &lt; b</p><p>:smile:</p>" || len(m.Parts) != 6 {
		t.Errorf("message %+v", m)
	}
	entries := w.sim.Ledger().Snapshot()
	if got := entries[len(entries)-1].Parts; got != "audio@https://e.example/a.ogg,url_button,collection,template_content,reference" {
		t.Errorf("parts %q", got)
	}
}
