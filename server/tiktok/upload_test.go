package tiktok

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sellerchat/server/bridge"
)

func picture(content string) bridge.Upload {
	return bridge.Upload{Name: "my \"cat\"\r\n.png", MIME: "image/png", Body: strings.NewReader(content)}
}

// pattern is a file of any size that needs no memory. Each byte tells where it
// stands.
type pattern struct{ size, at int64 }

func clip(size int64) bridge.Upload {
	return bridge.Upload{Name: "cat.mp4", MIME: "video/mp4", Size: size, Body: &pattern{size: size}}
}

func byteAt(i int64) byte { return byte(i ^ i>>8 ^ i>>16) }

func (p *pattern) Read(b []byte) (int, error) {
	if p.at >= p.size {
		return 0, io.EOF
	}
	n := min(int64(len(b)), p.size-p.at)
	for i := range n {
		b[i] = byteAt(p.at + i)
	}
	p.at += n

	return int(n), nil
}

func (p *pattern) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekEnd:
		offset += p.size
	case io.SeekCurrent:
		offset += p.at
	}
	p.at = offset

	return offset, nil
}

func TestAPictureIsUploadedAsOnePartThatIsNotSigned(t *testing.T) {
	const content = "\x89PNG\r\n--boundary?"
	platform := answering(http.StatusOK, `{"code":0,"data":{"url":"https://cdn.example/i","width":3,"height":"4"}}`)
	u := picture(content)
	_, _ = u.Body.Seek(5, io.SeekStart) // somebody looked at the beginning

	got, err := newClient(t, platform).UploadImage(t.Context(), testAccess, u)
	if err != nil {
		t.Fatal(err)
	}
	want := bridge.Piece{
		Kind: bridge.PartImage, Ref: "https://cdn.example/i", Name: u.Name, MIME: "image/png", Size: int64(len(content)), Width: 3, Height: 4,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}

	r := platform.last(t)
	if r.path != "/customer_service/202309/images/upload" || r.method != http.MethodPost || r.length != int64(len(r.body)) {
		t.Errorf("asked %s %s with %d bytes", r.method, r.path, r.length)
	}
	if want := sign(testApp.AppSecret, r.path, r.query, nil); r.query.Get("sign") != want {
		t.Error("the body was signed")
	}
	kind, params, err := mime.ParseMediaType(r.header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		t.Fatalf("content type %q, %v", kind, err)
	}
	form := multipart.NewReader(strings.NewReader(r.body), params["boundary"])
	part, err := form.NextPart()
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(part)
	if part.FormName() != "data" || part.FileName() != "picture.png" || string(body) != content {
		t.Errorf("part %q, file %q, %q", part.FormName(), part.FileName(), body)
	}
	if _, err := form.NextPart(); !errors.Is(err, io.EOF) {
		t.Errorf("after the picture comes %v", err)
	}
}

func TestUploadsRefuseWhatCannotBeSent(t *testing.T) {
	tests := map[string]struct {
		upload bridge.Upload
		words  string
	}{
		"a GIF":                              {bridge.Upload{MIME: "image/gif", Body: strings.NewReader("GIF89a")}, wordsKind},
		"a picture of a type not taken":      {bridge.Upload{MIME: "image/heic", Body: strings.NewReader("x")}, wordsKind},
		"no type":                            {bridge.Upload{Body: strings.NewReader("x")}, wordsKind},
		"an empty picture":                   {bridge.Upload{MIME: "image/png", Body: strings.NewReader("")}, wordsEmptyFile},
		"a picture of one byte too much":     {bridge.Upload{MIME: "image/png", Body: &pattern{size: imageLimit + 1}}, wordsTooLarge},
		"an AVI":                             {bridge.Upload{MIME: "video/x-msvideo", Body: strings.NewReader("x")}, wordsKind},
		"an empty video":                     {clip(0), wordsEmptyFile},
		"a video of one byte too much":       {clip(videoLimit + 1), wordsTooLarge},
		"a video that says that it is small": {bridge.Upload{MIME: "video/mp4", Size: 1, Body: &pattern{size: videoLimit + 1}}, wordsTooLarge},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, nil)
			_, err := c.UploadImage(t.Context(), testAccess, test.upload)
			if strings.HasPrefix(test.upload.MIME, "video/") {
				_, err = c.UploadVideo(t.Context(), testAccess, "42", test.upload)
			}
			if got := outcomeOf(t, err); got != (outcome{bridge.Unsupported, bridge.CauseMedia, true}) {
				t.Errorf("got %v", err)
			}
			if words := bridge.AsFailure(err).Words; words != test.words {
				t.Errorf("the agent is told %q", words)
			}
		})
	}

	_, err := newClient(t, nil).Send(t.Context(), testAccess, "42", bridge.Piece{Kind: bridge.PartFile, Ref: "x"})
	if got := outcomeOf(t, err); got != (outcome{bridge.Unsupported, bridge.CauseMedia, true}) || bridge.AsFailure(err).Words != wordsNoSuchKind {
		t.Errorf("sending a file answers %v", err)
	}
}

// uploads is a platform that takes videos at an address of its own.
type uploads struct {
	// answer is what a chunk is answered with.
	answer func(w http.ResponseWriter, r *http.Request, last bool)
	// elsewhere takes the chunks in place of the platform itself.
	elsewhere string
	// address takes the chunks in place of the usual one.
	address string

	mu     sync.Mutex
	count  int64 // of chunks, as announced
	size   int64
	seen   []request
	target string
}

func (p *uploads) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/open/202512/file/init" {
		var in announcement
		p.mu.Lock()
		_ = json.NewDecoder(r.Body).Decode(&in)
		p.count, p.size, p.target = in.TotalChunkCount, in.FileSize, in.TargetPath
		p.mu.Unlock()
		address := "http://" + r.Host
		if p.elsewhere != "" {
			address = p.elsewhere
		}
		address += "/put?part=7"
		if p.address != "" {
			address = p.address
		}
		_, _ = fmt.Fprintf(w, `{"code":0,"data":{"upload_url":%q,"upload_token":"tok+en"}}`, address)

		return
	}

	digest := sha256.New()
	n, _ := io.Copy(digest, r.Body)
	p.mu.Lock()
	p.seen = append(p.seen, request{
		method: r.Method, path: r.URL.Path, query: r.URL.Query(), header: r.Header, length: n, body: string(digest.Sum(nil)),
	})
	last := r.URL.Query().Get("chunk_num") == fmt.Sprint(p.count)
	p.mu.Unlock()
	p.answer(w, r, last)
}

func inData(w http.ResponseWriter, _ *http.Request, last bool) {
	if !last {
		_, _ = io.WriteString(w, `{"code":0,"message":"Success","data":{}}`)
		return
	}
	_, _ = io.WriteString(w, `{"code":0,"data":{"resource_id":"v1"}}`)
}

func atTop(w http.ResponseWriter, _ *http.Request, last bool) {
	if !last {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	_, _ = io.WriteString(w, `{"resource_id":"v1"}`)
}

func onlyPost(w http.ResponseWriter, r *http.Request, last bool) {
	if r.Method != http.MethodPost {
		w.WriteHeader(http.StatusMethodNotAllowed)
		_, _ = io.WriteString(w, `{"code":36009010,"message":"Invalid request method."}`)

		return
	}
	inData(w, r, last)
}

func TestAVideoGoesInChunks(t *testing.T) {
	const mb = 1 << 20

	tests := map[string]struct {
		size    int64
		answer  func(http.ResponseWriter, *http.Request, bool)
		lengths []int64
		methods string
	}{
		"one byte goes in one":                      {1, inData, []int64{1}, "PUT "},
		"less than 5 MB goes in one":                {5*mb - 1, inData, []int64{5*mb - 1}, "PUT "},
		"less than two chunks goes in one":          {16*mb - 1, inData, []int64{16*mb - 1}, "PUT "},
		"two chunks":                                {16 * mb, inData, []int64{8 * mb, 8 * mb}, "PUT PUT "},
		"a rest is shared out":                      {25*mb + 1, inData, []int64{8738133, 8738134, 8738134}, "PUT PUT PUT "},
		"the id stands at the top, without a code":  {16 * mb, atTop, []int64{8 * mb, 8 * mb}, "PUT PUT "},
		"PUT is not allowed, and POST is from then": {16 * mb, onlyPost, []int64{8 * mb, 8 * mb, 8 * mb}, "PUT POST POST "},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			p := &uploads{answer: test.answer}
			got, err := newClient(t, p).UploadVideo(t.Context(), testAccess, "42", clip(test.size))
			if err != nil {
				t.Fatal(err)
			}
			if want := (bridge.Piece{Kind: bridge.PartVideo, Ref: "v1", Name: "cat.mp4", MIME: "video/mp4", Size: test.size}); got != want {
				t.Errorf("got %+v", got)
			}
			if p.target != "[POST]/customer_service/202309/conversations/42/messages" || p.size != test.size {
				t.Errorf("announced %d bytes for %s", p.size, p.target)
			}

			var lengths []int64
			methods, sum := "", int64(0)
			for _, r := range p.seen {
				lengths = append(lengths, r.length)
				methods += r.method + " "
				checkChunk(t, r)
				if r.method == http.MethodPut && strings.Contains(test.methods, "POST") {
					continue
				}
				digest := sha256.New()
				_, _ = io.Copy(digest, io.NewSectionReader(readerAt{}, sum, r.length))
				if string(digest.Sum(nil)) != r.body {
					t.Errorf("chunk %s is not what stands there", r.query.Get("chunk_num"))
				}
				sum += r.length
			}
			if diff := cmp.Diff(test.lengths, lengths); diff != "" || methods != test.methods || sum != test.size {
				t.Errorf("%d bytes with %s\n%s", sum, methods, diff)
			}
		})
	}
}

// readerAt reads the endless pattern.
type readerAt struct{}

func (readerAt) ReadAt(b []byte, offset int64) (int, error) {
	for i := range b {
		b[i] = byteAt(offset + int64(i))
	}

	return len(b), nil
}

// checkChunk checks what each chunk carries to the platform's own host.
func checkChunk(t *testing.T, r request) {
	t.Helper()
	want := url.Values{
		"part": {"7"}, "upload_token": {"tok+en"}, "chunk_num": r.query["chunk_num"],
		"app_key": {testApp.AppKey}, "shop_cipher": {testAccess.Cipher},
	}
	if diff := cmp.Diff(want, r.query); diff != "" {
		t.Error(diff)
	}
	for name, want := range map[string]string{
		"upload-token": "tok+en", "chunk-num": r.query.Get("chunk_num"), "Content-Type": "video/mp4", "x-tts-access-token": testAccess.Token,
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestAnotherHostGetsNothingOfOurs(t *testing.T) {
	other := &uploads{answer: inData, count: 1}
	server := httptest.NewServer(other)
	t.Cleanup(server.Close)

	_, err := newClient(t, &uploads{elsewhere: server.URL}).UploadVideo(t.Context(), testAccess, "42", clip(10))
	if err != nil {
		t.Fatal(err)
	}
	r := other.seen[0]
	if r.header.Get("upload-token") != "tok+en" {
		t.Error("the upload's own token did not come along")
	}
	if r.header.Get("x-tts-access-token") != "" || r.query.Get("app_key") != "" || r.query.Get("shop_cipher") != "" {
		t.Errorf("it was given %v %v", r.header, r.query)
	}
}

func TestAnotherHostStopsNothingButTheUpload(t *testing.T) {
	tests := map[string]struct {
		status int
		body   string
		want   outcome
		wait   time.Duration
	}{
		"that the token has expired is not its business": {401, `{"code":105002}`, outcome{bridge.Temporary, "", true}, 0},
		"nor that a scope is missing":                    {401, `{"code":105005}`, outcome{bridge.Temporary, "", true}, 0},
		"nor that the shop is deactivated":               {401, `{"code":36009043}`, outcome{bridge.Temporary, "", true}, 0},
		"nor the quota of the shop":                      {429, `{"code":45101004}`, outcome{bridge.Temporary, "", true}, time.Hour},
		"it may be busy":                                 {429, ``, outcome{bridge.Temporary, "", true}, 0},
		"it may refuse the file":                         {400, `{"code":36009022}`, outcome{bridge.Unsupported, bridge.CauseMedia, true}, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(answering(test.status, test.body))
			t.Cleanup(server.Close)

			_, err := newClient(t, &uploads{elsewhere: server.URL}).UploadVideo(t.Context(), testAccess, "42", clip(10))
			if got := outcomeOf(t, err); got != test.want {
				t.Errorf("got %v: %v", got, err)
			}
			if wait := bridge.AsFailure(err).Wait; wait != test.wait {
				t.Errorf("waits %v", wait)
			}
		})
	}
}

func TestWhatProvesAnUploadIsNotTold(t *testing.T) {
	const path, signature = "/planted-path-of-the-upload", "planted/signature+of=it"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen := r.URL.String() + " " + r.URL.RawQuery + " " + r.URL.Query().Get("sig") + " " + r.URL.Path
		_, _ = fmt.Fprintf(w, `{"code":36009003,"message":%q}`, seen)
	}))
	t.Cleanup(server.Close)

	address := server.URL + path + "?sig=" + url.QueryEscape(signature) + "&n=1"
	_, err := newClient(t, &uploads{address: address}).UploadVideo(t.Context(), testAccess, "42", clip(10))

	var out strings.Builder
	tell(&out, err)
	for _, secret := range []string{path, signature, url.QueryEscape(signature), "tok+en", url.QueryEscape("tok+en")} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q came out:\n%s", secret, out.String())
		}
	}
}

func TestWhatBecomesOfAFailedUpload(t *testing.T) {
	answer := func(status int, body string) func(http.ResponseWriter, *http.Request, bool) {
		return func(w http.ResponseWriter, _ *http.Request, _ bool) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}

	tests := map[string]struct {
		platform *uploads
		want     outcome
		asked    int
	}{
		"an address inside our own network":        {&uploads{elsewhere: "http://10.0.0.1"}, outcome{bridge.Temporary, "", true}, 0},
		"an address that is none":                  {&uploads{elsewhere: "file:///etc"}, outcome{bridge.Temporary, "", true}, 0},
		"an address with a user":                   {&uploads{elsewhere: "http://u:p@127.0.0.1:9"}, outcome{bridge.Temporary, "", true}, 0},
		"a redirect is not followed":               {&uploads{answer: answer(302, ``)}, outcome{bridge.Temporary, "", true}, 1},
		"neither method is allowed":                {&uploads{answer: answer(405, `{"code":36009010}`)}, outcome{bridge.Permanent, bridge.CauseOurs, true}, 2},
		"the file is too large after all":          {&uploads{answer: answer(400, `{"code":36009021}`)}, outcome{bridge.Unsupported, bridge.CauseMedia, true}, 1},
		"the format is refused":                    {&uploads{answer: answer(400, `{"code":36009022}`)}, outcome{bridge.Unsupported, bridge.CauseMedia, true}, 1},
		"a gateway finds the chunk too long":       {&uploads{answer: answer(413, ``)}, outcome{bridge.Unsupported, bridge.CauseMedia, true}, 1},
		"an inner error":                           {&uploads{answer: answer(500, `{"code":36009003}`)}, outcome{bridge.Temporary, "", true}, 1},
		"a page of a gateway":                      {&uploads{answer: answer(200, `<html>`)}, outcome{bridge.Temporary, "", true}, 1},
		"a success without an id":                  {&uploads{answer: answer(200, `{"code":0,"data":{}}`)}, outcome{bridge.Temporary, "", true}, 2},
		"a success with data of another shape":     {&uploads{answer: answer(200, `{"code":0,"data":[1]}`)}, outcome{bridge.Temporary, "", true}, 1},
		"a code that is none, with a status to it": {&uploads{answer: answer(403, `{}`)}, outcome{bridge.Temporary, "", true}, 1},
		"the answer is lost": {&uploads{answer: func(http.ResponseWriter, *http.Request, bool) {
			panic(http.ErrAbortHandler)
		}}, outcome{bridge.Temporary, "", true}, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := newClient(t, test.platform).UploadVideo(t.Context(), testAccess, "42", clip(16<<20))
			if got := outcomeOf(t, err); got != test.want {
				t.Errorf("got %v: %v", got, err)
			}
			test.platform.mu.Lock()
			defer test.platform.mu.Unlock()
			if n := len(test.platform.seen); n != test.asked {
				t.Errorf("%d chunks were put, want %d", n, test.asked)
			}
		})
	}

	for name, body := range map[string]string{
		"no address":       `{"code":0,"data":{"url":"","width":1,"height":1}}`,
		"no size":          `{"code":0,"data":{"url":"u"}}`,
		"a negative size":  `{"code":0,"data":{"url":"u","width":-1,"height":1}}`,
		"no data":          `{"code":0}`,
		"an inner error":   `{"code":36009003}`,
		"not even JSON":    `<html>`,
		"an address of {}": `{"code":0,"data":{"url":{},"width":1,"height":1}}`,
	} {
		t.Run("a picture: "+name, func(t *testing.T) {
			_, err := newClient(t, answering(http.StatusOK, body)).UploadImage(t.Context(), testAccess, picture("x"))
			if got := outcomeOf(t, err); got != (outcome{bridge.Temporary, "", true}) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// brokenFile fails when it is read or where it is sought.
type brokenFile struct {
	io.Reader
	whence int
}

func (f brokenFile) Seek(_ int64, whence int) (int64, error) {
	if whence == f.whence {
		return 0, errors.New("disk is broken")
	}

	return 10, nil
}

func TestAFileThatCannotBeReadIsTriedAgain(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("abc"), errReader{})
	for name, file := range map[string]io.ReadSeeker{
		"its size is unknown":        brokenFile{strings.NewReader(""), io.SeekEnd},
		"it cannot be begun":         brokenFile{strings.NewReader(""), io.SeekStart},
		"it breaks off":              brokenFile{broken, -1},
		"it is shorter than it said": brokenFile{strings.NewReader("abc"), -1},
	} {
		t.Run(name, func(t *testing.T) {
			c := newClient(t, &uploads{answer: inData})
			_, image := c.UploadImage(t.Context(), testAccess, bridge.Upload{MIME: "image/png", Body: file})
			_, video := c.UploadVideo(t.Context(), testAccess, "42", bridge.Upload{MIME: "video/mp4", Body: file})
			for _, err := range []error{image, video} {
				if got := outcomeOf(t, err); got != (outcome{bridge.Temporary, "", true}) {
					t.Errorf("got %v: %v", got, err)
				}
			}
		})
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, errors.New("disk is broken") }

// A platform may answer before it has read everything. Whoever gave us the file
// closes it then, while the HTTP client would still be reading: see section.
func TestAFileIsLeftAloneOnceTheUploadIsOver(t *testing.T) {
	file := &touchy{pattern: pattern{size: 16 << 20}}
	c := newClient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	_, err := c.UploadImage(t.Context(), testAccess, bridge.Upload{MIME: "image/png", Body: &touchy{pattern: pattern{size: 9 << 20}}})
	if err == nil {
		t.Fatal("taken")
	}
	to := c.destination(testAccess, c.api.JoinPath("up"), "t")
	if _, err := c.putChunks(t.Context(), to, bridge.Upload{MIME: "video/mp4", Body: file}, 16<<20, 1); err == nil {
		t.Fatal("taken")
	}
	file.gone.Lock() // the race detector sees whoever reads on
	file.at = 0
	file.gone.Unlock()

	s, err := sectionOf(&pattern{size: 3}, 1, 2)
	if err != nil {
		t.Fatal(err)
	}
	_ = s.Close()
	if _, err := s.Read(make([]byte, 1)); !errors.Is(err, errCutOff) {
		t.Errorf("reading on gives %v", err)
	}
}

type touchy struct {
	pattern
	gone sync.Mutex
}

func TestAnUploadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	p := &uploads{answer: func(_ http.ResponseWriter, r *http.Request, _ bool) {
		cancel()
		<-r.Context().Done()
	}}
	_, err := newClient(t, p).UploadVideo(ctx, testAccess, "42", clip(20<<20))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestLimitsAreWhatUploadsTake(t *testing.T) {
	c := newClient(t, nil)
	want := []bridge.Limit{
		{Kind: bridge.PartText, Most: 2000},
		{Kind: bridge.PartImage, Most: 10 << 20, MIME: []string{"image/jpeg", "image/png", "image/webp"}},
		{Kind: bridge.PartVideo, Most: 100 << 20, MIME: []string{"video/mp4", "video/quicktime", "video/webm"}},
	}
	if diff := cmp.Diff(want, c.Limits()); diff != "" {
		t.Error(diff)
	}
}
