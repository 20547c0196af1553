package gallery_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"

	"github.com/a-h/templ"

	"sellerchat/static"
	"sellerchat/views"
	"sellerchat/views/components"
	"sellerchat/views/gallery"
)

const (
	goodKey    = "key-that-works-x9Qk"
	goodDomain = "acme-123.freshchat.com"
)

// backend answers the install page's posts as the real one does, as far as the page can tell,
// and keeps what it was sent.
type backend struct {
	*httptest.Server
	// hold, when set, is waited for before a post is answered.
	hold chan struct{}
	// picked is the code that arrived from the authorize tab.
	picked string

	mu    sync.Mutex
	posts []post
}

type post struct {
	path string
	form url.Values
}

func newBackend(t *testing.T) *backend {
	t.Helper()

	b := &backend{}
	mux := http.NewServeMux()
	mux.Handle("GET "+static.Prefix, static.Handler())
	mux.HandleFunc("GET /install", func(w http.ResponseWriter, r *http.Request) { b.page(w, r, views.InstallModel{Flow: "flow"}) })
	mux.HandleFunc("POST /install/{step}", b.post)
	mux.HandleFunc("GET /installed", func(w http.ResponseWriter, r *http.Request) { b.show(w, r, views.Installed(b.framed(r))) })
	mux.HandleFunc("GET /frame", frame)
	mux.HandleFunc("GET /frame.js", frameScript)
	b.Server = httptest.NewServer(mux)
	t.Cleanup(b.Close)

	return b
}

func (b *backend) post(w http.ResponseWriter, r *http.Request) {
	if err := r.ParseForm(); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	b.mu.Lock()
	b.posts = append(b.posts, post{path: r.URL.Path, form: r.PostForm})
	hold := b.hold
	b.mu.Unlock()
	if hold != nil {
		<-hold
	}

	m := answer(r)
	switch r.URL.Path {
	case views.PathPickUp:
		if b.picked == "" {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		m.Shop.AuthCode.Value, m.Shop.FromAuthorization = b.picked, true
	case views.PathVerify:
		m = verify(m, r.PostForm)
	case views.PathChange:
		m.Connect.Unfolded = true
	case views.PathFinish:
		b.finish(w, r, m)
		return
	case views.PathCode:
		b.installed(w, r, views.InstalledModel{Flow: "flow", SetupCode: "SETUP-CODE"})
		return
	case views.PathHandover:
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write([]byte(`{"nonce":"n1","install_id":"inst-1","link_secret":"s3cret","freshchat_domain":"acme-123.freshchat.com","topic_id":"a1"}`))
		return
	}
	b.page(w, r, m)
}

// answer is the page of a verified account, with what was posted still in it.
func answer(r *http.Request) views.InstallModel {
	m := views.InstallModel{Flow: "flow"}
	m.Connect = views.ConnectModel{
		Domain: views.Input{Value: goodDomain}, Verified: true, Host: goodDomain, KeyTail: "x9Qk",
	}
	m.Topic.Choices = []components.Choice{{Value: "a1", Label: "TikTok Shop"}}
	m.Topic.Topic.Value = r.PostForm.Get(views.FieldTopic)
	m.Shop.AuthCode.Value = r.PostForm.Get(views.FieldAuthCode)
	m.Shop.Code.Value = r.PostForm.Get(views.FieldShopCode)
	if c := r.PostForm.Get(views.FieldCandidate); c != "" {
		m.Shop.Code.Value, m.Shop.Found = c, "Glow Home, United Kingdom"
	}

	return m
}

func verify(m views.InstallModel, form url.Values) views.InstallModel {
	if form.Get(views.FieldAPIKey) == goodKey {
		m.Notice = components.Notice{Tone: components.ToneSuccess, Title: views.NoticeVerified}
		return m
	}
	m.Connect = views.ConnectModel{
		Domain: views.Input{Value: form.Get(views.FieldDomain)}, PasteAgain: true, KeyError: "Freshchat did not accept this API key.",
	}

	return m
}

func (b *backend) finish(w http.ResponseWriter, r *http.Request, m views.InstallModel) {
	if m.Shop.Code.Value == "GBLCX1Y2Z3" {
		b.installed(w, r, views.InstalledModel{Flow: "flow", SetupCode: "SETUP-CODE"})
		return
	}
	m.Shop.Code.Error = "This authorization covers Glow Home."
	m.Shop.Candidates = []views.ShopCandidate{{Code: "GBLCX1Y2Z3", Name: "Glow Home"}}
	b.page(w, r, m)
}

func (b *backend) framed(r *http.Request) views.InstalledModel {
	return views.InstalledModel{
		Flow: "flow", Handover: &views.HandoverModel{Origin: r.URL.Query().Get("origin"), Nonce: "n1"},
	}
}

func (b *backend) page(w http.ResponseWriter, r *http.Request, m views.InstallModel) {
	if r.Header.Get("HX-Request") == "true" {
		b.show(w, r, views.InstallParts(m))
		return
	}
	b.show(w, r, views.Install(m))
}

func (b *backend) installed(w http.ResponseWriter, r *http.Request, m views.InstalledModel) {
	if r.Header.Get("HX-Request") == "true" {
		b.show(w, r, views.InstalledParts(m))
		return
	}
	b.show(w, r, views.Installed(m))
}

func (b *backend) show(w http.ResponseWriter, r *http.Request, c templ.Component) {
	w.Header().Set("Content-Security-Policy", gallery.Policy)
	templ.Handler(c).ServeHTTP(w, r)
}

// sent gives what was posted to a path, in order.
func (b *backend) sent(path string) []url.Values {
	b.mu.Lock()
	defer b.mu.Unlock()

	var out []url.Values
	for _, p := range b.posts {
		if p.path == path {
			out = append(out, p.form)
		}
	}

	return out
}

// frame is the page around the install page; it shows the messages that reach it.
func frame(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = templ.Raw(`<!doctype html><title>Frame</title><ol id="told"></ol><script src="/frame.js"></script><iframe src="/installed?origin=`+
		url.QueryEscape(r.URL.Query().Get("origin"))+`"></iframe>`).Render(r.Context(), w)
}

func frameScript(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/javascript")
	_, _ = w.Write([]byte(`addEventListener("message", (e) => {
		const li = document.createElement("li");
		li.textContent = JSON.stringify(e.data);
		document.getElementById("told").append(li);
	});`))
}
