package tiktok

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"sellerchat/server/bridge"
	"sellerchat/server/dial"
)

// chunkSize is the smallest chunk of a video that is cut into several; the
// largest is just below twice of it. The platform wants between 5 and 30 MB;
// small ones are over sooner when a line is slow.
const chunkSize = 8 << 20 // bytes

// How a chunk tells what it is part of is written down nowhere in public. Two
// spellings are in use, and each chunk carries both.
const (
	headerUpload = "upload-token"
	headerChunk  = "chunk-num"
	queryUpload  = "upload_token"
	queryChunk   = "chunk_num"
)

// UploadVideo hands a video over for one conversation, chunk by chunk, and
// returns the piece that Send takes. The file is streamed, never held in memory.
// An upload may be repeated; its failures are certain.
// https://partner.tiktokshop.com/docv2/page/wfi3nz36
func (c *Client) UploadVideo(
	ctx context.Context, access bridge.Access, id bridge.ConversationID, u bridge.Upload,
) (bridge.Piece, error) {
	const op = "tiktok upload video"

	size, name, err := measured(op, bridge.PartVideo, videoLimit, u)
	if err != nil {
		return bridge.Piece{}, err
	}
	target, err := c.messages(id)
	if err != nil {
		return bridge.Piece{}, notAsked(op, err)
	}

	chunks := max(1, size/chunkSize)
	to, err := c.announce(ctx, access, announcement{
		FileName: name, FileType: "video", FileSize: size, TotalChunkCount: chunks,
		TargetPath: "[" + http.MethodPost + "]" + target,
	})
	if err != nil {
		return bridge.Piece{}, uploaded(err)
	}

	vid, err := c.putChunks(ctx, to, u, size, chunks)
	if err != nil {
		return bridge.Piece{}, uploaded(err)
	}

	return bridge.Piece{Kind: bridge.PartVideo, Ref: vid, Name: u.Name, MIME: u.MIME, Size: size}, nil
}

// announcement says what is going to be uploaded, and what for.
type announcement struct {
	FileName        string `json:"file_name"`
	FileType        string `json:"file_type"`
	FileSize        int64  `json:"file_size"`
	TotalChunkCount int64  `json:"total_chunk_count"`
	TargetPath      string `json:"target_path"`
}

// destination is where the chunks go.
type destination struct {
	address *url.URL
	// own is true when the address is that of the platform's other calls.
	own   bool
	token string
	// header is set on each chunk.
	header  http.Header
	secrets []string
	// method begins as PUT. Where that is not allowed it becomes POST, which
	// some say is right.
	method string
}

// announce tells the platform of a video and learns where to put it.
func (c *Client) announce(ctx context.Context, access bridge.Access, what announcement) (*destination, error) {
	const op = "tiktok announce video"

	var data struct {
		URL   string `json:"upload_url"`
		Token string `json:"upload_token"`
	}
	err := c.call(ctx, call{
		op:     op,
		method: http.MethodPost,
		path:   "/open/" + c.versions.File + "/file/init",
		body:   what,
		access: access,
		// No address goes into the log, this one included.
		private: what.TargetPath,
	}, &data)
	if err != nil {
		return nil, err
	}
	if data.Token == "" {
		return nil, incomplete(op, "upload token")
	}
	address, err := absolute(data.URL)
	if err != nil {
		return nil, incomplete(op, "usable upload address")
	}

	return c.destination(access, address, data.Token), nil
}

// destination prepares what each chunk carries. The address is the platform's
// word alone: whatever else may be behind it gets the upload's own token and
// nothing of ours.
func (c *Client) destination(access bridge.Access, address *url.URL, token string) *destination {
	a := c.apps[access.Market]
	to := &destination{
		address: address, token: token, method: http.MethodPut, header: http.Header{headerUploadKey: {token}},
		own:     address.Scheme == c.api.Scheme && address.Host == c.api.Host,
		secrets: append(proofs(address), token, a.AppSecret, access.Token, access.Cipher),
	}

	q := address.Query()
	q.Set(queryUpload, token)
	if to.own {
		q.Set("app_key", a.AppKey)
		q.Set("shop_cipher", access.Cipher)
		to.header.Set(headerAccess, access.Token)
	}
	address.RawQuery = q.Encode()

	return to
}

// proofs are what in an address may be a proof of its own, as signatures are:
// refusals that repeat it must not bring it into the log.
func proofs(address *url.URL) []string {
	const shortest = 8 // what is shorter proves nothing, and may be part of any text

	var all []string
	for _, values := range address.Query() {
		all = append(all, values...)
	}
	all = append(all, address.RawQuery, address.EscapedPath())

	return slices.DeleteFunc(all, func(s string) bool { return len(s) < shortest })
}

// headerUploadKey is headerUpload as http.Header keeps it.
var headerUploadKey = http.CanonicalHeaderKey(headerUpload)

// putChunks puts one chunk after the other and returns the id that the platform
// gives the video with the last of them.
func (c *Client) putChunks(ctx context.Context, to *destination, u bridge.Upload, size, chunks int64) (string, error) {
	const op = "tiktok upload chunk"

	vid := ""
	for n := range chunks {
		from, until := size*n/chunks, size*(n+1)/chunks
		id, err := c.putChunk(ctx, op, to, u, chunk{number: n + 1, offset: from, length: until - from})
		if err != nil {
			return "", err
		}
		if id != "" {
			vid = id
		}
	}
	if vid == "" {
		return "", incomplete(op, "resource id")
	}

	return vid, nil
}

// chunk is a piece of a video. Chunks are counted from 1.
type chunk struct {
	number, offset, length int64
}

// putChunk puts one chunk, with the other method once the first is refused.
func (c *Client) putChunk(ctx context.Context, op string, to *destination, u bridge.Upload, k chunk) (string, error) {
	a, ans, err := c.tryChunk(ctx, op, to, u, k)
	if err != nil {
		return "", err
	}
	if ans.status == http.StatusMethodNotAllowed && to.method == http.MethodPut {
		to.method = http.MethodPost
		if a, ans, err = c.tryChunk(ctx, op, to, u, k); err != nil {
			return "", err
		}
	}

	id, f := c.chunkTaken(a, ans)
	if f != nil {
		return "", to.believed(f)
	}

	return id, nil
}

// believed is what counts of a failure. What stands behind an address elsewhere
// may refuse the file, but knows nothing about our authorization, the shop or
// its quota: at its word nothing stops but this upload.
func (to *destination) believed(f *bridge.Failure) *bridge.Failure {
	if to.own || f.Class == bridge.Unsupported || f.Class == bridge.Permanent {
		return f
	}

	f.Class, f.Cause, f.Words = bridge.Temporary, "", ""
	f.Wait = min(f.Wait, dial.MaxRetryAfter)

	return f
}

// tryChunk makes one request. The error is that it could not be made.
func (c *Client) tryChunk(
	ctx context.Context, op string, to *destination, u bridge.Upload, k chunk,
) (attempt, answer, error) {
	body, err := sectionOf(u.Body, k.offset, k.length)
	if err != nil {
		return attempt{}, answer{}, unread(op, err)
	}
	defer func() { _ = body.Close() }()

	number := strconv.FormatInt(k.number, 10)
	address := *to.address
	address.RawQuery += "&" + queryChunk + "=" + number

	req, err := http.NewRequestWithContext(ctx, to.method, address.String(), body)
	if err != nil {
		return attempt{}, answer{}, notAsked(op, dial.Reason(err))
	}
	req.ContentLength = k.length
	req.Header = to.header.Clone()
	req.Header.Set(headerChunk, number)
	req.Header.Set("Content-Type", u.MIME)

	a := attempt{op: op, request: req, secrets: to.secrets, brings: true}

	return a, c.ask(a), nil
}

// chunkTaken judges the answer to a chunk. Unlike all others it may come without
// a code, and with the id beside the data.
func (c *Client) chunkTaken(a attempt, ans answer) (string, *bridge.Failure) {
	if errors.Is(ans.err, errNoEnvelope) && ans.status/100 == 2 {
		ans.Code, ans.err = new(int64), nil
	}
	if f := c.judge(a, ans); f != nil {
		// The address was the platform's, not ours: nobody here can mend it.
		if errors.Is(f.Err, dial.ErrForbidden) {
			f.Cause = ""
		}

		return "", f
	}

	var data struct {
		ResourceID loose `json:"resource_id"`
	}
	if len(ans.Data) > 0 {
		if err := json.Unmarshal(ans.Data, &data); err != nil {
			return "", unreadable(a, ans, errors.New("data of the answer has an unknown shape"))
		}
	}
	if data.ResourceID != "" {
		return string(data.ResourceID), nil
	}

	return string(ans.ResourceID), nil
}
