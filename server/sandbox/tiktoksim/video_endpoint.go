package tiktoksim

import (
	"cmp"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"

	"sellerchat/server/sandbox/simkit"
)

// Bounds of a chat video, in bytes.
const (
	videoMax = 100 << 20
	chunkMin = 5 << 20 // of all chunks when there are several
	chunkMax = 30 << 20
)

// endpointChunk is the name of the upload for faults with Only.
const endpointChunk = "upload_chunk"

var (
	targetPath = regexp.MustCompile(`^\[POST\]/customer_service/\d{6}/conversations/(\d+|\{[a-z_]+\})/messages$`)
	videoTypes = []string{"video/mp4", "video/quicktime", "video/webm"}
)

// upload is a video under way, chunk by chunk.
type upload struct {
	shop   *shop
	size   int
	kind   string   // content type, by the first chunk
	chunks [][]byte // by number, from 1; nil is missing
	next   int      // the number that is missing
	done   *medium
}

// initFile announces a video, the first of its three steps.
func (s *Sim) initFile(c *call) (any, *refusal) {
	var in struct {
		FileName        string `json:"file_name"`
		FileType        string `json:"file_type"`
		FileSize        int    `json:"file_size"`
		TotalChunkCount int    `json:"total_chunk_count"`
		TargetPath      string `json:"target_path"`
	}
	if no := c.decode(&in); no != nil {
		return nil, no
	}
	switch {
	case in.FileName == "":
		return nil, errParameter("Invalid 'file_name'.")
	case in.FileType != "video":
		return nil, errFileFormat
	case in.FileSize > videoMax:
		return nil, errTooLarge
	case in.FileSize < 1:
		return nil, errParameter("Invalid 'file_size'.")
	case !goodChunks(in.FileSize, in.TotalChunkCount):
		return nil, errParameter("Invalid 'total_chunk_count': chunks have 5 to 30 MB, smaller files go in one.")
	case !targetPath.MatchString(in.TargetPath):
		return nil, errParameter("Invalid 'target_path'.")
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	token := s.newToken("", 40)
	s.uploads[token] = &upload{shop: c.shop, size: in.FileSize, chunks: make([][]byte, in.TotalChunkCount), next: 1}

	return map[string]string{"upload_url": s.publicURL + "/file/202512/upload", "upload_token": token}, nil
}

// goodChunks tells whether a file of that size can be cut into n chunks
// within the bounds.
func goodChunks(size, n int) bool {
	if n == 1 {
		return size <= chunkMax
	}

	return n > 1 && n <= videoMax/chunkMin && size >= n*chunkMin && size <= n*chunkMax
}

// uploadChunk takes one chunk, the second step. How token and number travel
// is not settled in public, so both spellings in use are understood: headers
// "upload-token" and "chunk-num", or query "upload_token" and "chunk_num". The
// answer to the chunk that completes the file carries resource_id.
func (s *Sim) uploadChunk(w http.ResponseWriter, r *http.Request) {
	method := http.MethodPut
	if _, post := s.faults.Should(FaultChunkByPost, endpointChunk); post {
		method = http.MethodPost
	}
	if r.Method != method {
		s.refuse(w, errMethod, nil)
		return
	}
	q := r.URL.Query()
	token := cmp.Or(r.Header.Get("upload-token"), q.Get("upload_token"))
	number, err := strconv.Atoi(cmp.Or(r.Header.Get("chunk-num"), q.Get("chunk_num"), "1"))
	s.mu.Lock()
	up := s.uploads[token]
	s.mu.Unlock()
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case up == nil:
		s.refuse(w, errParameter("Invalid upload token."), nil)
		return
	case err != nil || number < 1 || number > len(up.chunks):
		s.refuse(w, errParameter("Invalid chunk number."), nil)
		return
	case !slices.Contains(videoTypes, kind):
		s.refuse(w, errContentType, nil)
		return
	}

	subjects := []string{endpointChunk, up.shop.ID}
	if no, here := s.disturb(r, subjects); no != nil || !here {
		if no != nil {
			s.refuse(w, no, subjects)
		}
		return
	}
	data, err := io.ReadAll(io.LimitReader(r.Body, chunkMax+1))
	if err != nil {
		simkit.LoseAnswer() // the caller broke off
	}
	m, no := s.putChunk(up, number, kind, data)
	if no != nil {
		s.refuse(w, no, subjects)
		return
	}
	if m == nil {
		s.answer(w, r, nil, subjects)
		return
	}
	s.answer(w, r, map[string]string{"resource_id": m.vid}, subjects)
}

// putChunk files a chunk and, once all are there, the video. Chunks come in
// order; one that came may come again, after a lost answer.
func (s *Sim) putChunk(up *upload, number int, kind string, data []byte) (*medium, *refusal) {
	if len(data) > chunkMax {
		return nil, errTooLarge
	}
	if len(up.chunks) > 1 && len(data) < chunkMin {
		return nil, errParameter("Invalid chunk: it is smaller than 5 MB.")
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	if up.done != nil {
		return up.done, nil
	}
	if number == 1 {
		is, video := videoKind(data)
		if !video {
			return nil, errFileFormat
		}
		up.kind = is
	}
	switch {
	case number > up.next:
		return nil, errParameter("Invalid chunk number: the one before is missing.")
	case kind != up.kind:
		return nil, errContentType
	}
	up.chunks[number-1] = data
	up.next = max(up.next, number+1)
	if up.next <= len(up.chunks) {
		return nil, nil
	}

	whole := slices.Concat(up.chunks...)
	if len(whole) != up.size {
		return nil, errParameter("Invalid 'file_size': it is not the size of what was sent.")
	}
	up.done = s.keepVideo(whole)
	up.done.shop = up.shop
	clear(up.chunks)
	s.ledger.Add(simkit.Entry{Kind: KindVideo, Account: up.shop.ID, Parts: describe(TypeVideo, up.done)})

	return up.done, nil
}
