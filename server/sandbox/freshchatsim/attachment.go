package freshchatsim

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// Attachment is one part of a message that is not text, and what is known of
// its bytes.
type Attachment struct {
	MessageID   string `json:"message_id"`
	ActorType   string `json:"actor_type"` // who wrote the message
	Kind        string `json:"kind"`
	Name        string `json:"name"`
	ContentType string `json:"content_type"`
	URL         string `json:"url"`    // good now
	Size        int64  `json:"size"`   // bytes; of kept ones those that are there, not those that were told
	SHA256      string `json:"sha256"` // in hex; empty when the bytes are elsewhere and were not fetched
	Status      int    `json:"status"` // what the address answered; 0 when it was not asked
}

// Attachments lists what the messages of a conversation carry beside text,
// oldest first. Nothing is fetched: only what was uploaded here has a digest.
func (s *Sim) Attachments(conversationID string) ([]Attachment, error) {
	var out []Attachment
	err := s.within(conversationID, func(a *account, c *conversation) error {
		for _, m := range c.messages {
			out = append(out, a.attachments(a.shown(m))...)
		}
		return nil
	})

	return out, err
}

// attachments lists those of one message.
func (a *account) attachments(m Message) []Attachment {
	var out []Attachment
	for _, p := range m.Parts {
		if p.Kind == "text" {
			continue
		}
		at := Attachment{
			MessageID: m.ID, ActorType: m.ActorType, Kind: p.Kind, Name: p.Name, ContentType: p.ContentType, URL: p.URL, Size: p.Size,
		}
		if f, kept := a.sim.media.behind(a.spec.AppID, p); kept {
			at.Size, at.SHA256 = int64(len(f.data)), f.sum
		}
		out = append(out, at)
	}

	return out
}

// ledgerParts says in one line what is not text: kind, name in brackets, and
// the SHA-256 of the bytes, or the address where they are kept elsewhere.
func (a *account) ledgerParts(parts []Part) string {
	var names []string
	for _, p := range parts {
		if p.Kind == "text" {
			continue
		}
		name := p.Kind
		if p.Name != "" {
			name += "(" + p.Name + ")"
		}
		if f, kept := a.sim.media.behind(a.spec.AppID, p); kept {
			name += "#" + f.sum
		} else if p.URL != "" {
			name += "@" + p.URL
		}
		names = append(names, name)
	}

	return strings.Join(names, ",")
}

// OpenAttachments fetches the attachments of a message as the browser of an
// agent who looks at it does, and tells what came.
func (s *Sim) OpenAttachments(ctx context.Context, conversationID, messageID string) ([]Attachment, error) {
	var list []Attachment
	err := s.within(conversationID, func(a *account, c *conversation) error {
		i := slices.IndexFunc(c.messages, func(m *message) bool { return m.ID == messageID })
		if i < 0 {
			return notFound("message")
		}
		list = a.attachments(a.shown(c.messages[i]))
		return nil
	})
	if err != nil {
		return nil, err
	}

	for i := range list {
		if list[i].URL == "" {
			continue
		}
		if err := list[i].open(ctx); err != nil {
			return nil, err
		}
	}

	return list, nil
}

// open replaces what is known of the bytes by what the address answers.
func (at *Attachment) open(ctx context.Context) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at.URL, nil)
	if err != nil {
		return fmt.Errorf("open attachment: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("open attachment: %w", err)
	}
	defer resp.Body.Close()

	digest := sha256.New()
	n, err := io.Copy(digest, resp.Body)
	if err != nil {
		return fmt.Errorf("open attachment: %w", err)
	}
	at.Status, at.ContentType, at.Size = resp.StatusCode, resp.Header.Get("Content-Type"), n
	at.SHA256 = hex.EncodeToString(digest.Sum(nil))

	return nil
}

// Store keeps bytes as an agent's attachment of a kind (image, video, file or
// audio) and returns the part to send.
func (s *Sim) Store(appID, kind, name, contentType string, data []byte) (Part, error) {
	switch kind {
	case "image":
		return s.StoreImage(appID, name, contentType, data)
	case "video":
		return s.StoreVideo(appID, name, contentType, data)
	case "file":
		return s.StoreFile(appID, name, contentType, data)
	case "audio":
		p, err := s.StoreFile(appID, name, contentType, data)
		p.Kind = kind
		return p, err
	default:
		return Part{}, badRequest(`kind must be "image", "video", "file" or "audio"`)
	}
}

func sendMedia(s *Sim, w http.ResponseWriter, r *http.Request) (any, error) {
	name, contentType, data, err := readAttachment(w, r)
	if err != nil {
		return nil, err
	}
	a, err := s.owner(r.PathValue("conv"))
	if err != nil {
		return nil, err
	}
	q := r.URL.Query()
	p, err := s.Store(a.spec.AppID, q.Get("kind"), name, contentType, data)
	if err != nil {
		return nil, err
	}
	parts := []Part{p}
	if text := q.Get("text"); text != "" {
		parts = []Part{Text(text), p}
	}

	return s.AgentReplies(r.PathValue("conv"), q.Get("agent_id"), parts...)
}

// readAttachment reads the bytes of an attachment, with its name from the
// query and its type from the header or the bytes.
func readAttachment(w http.ResponseWriter, r *http.Request) (name, contentType string, data []byte, err error) {
	data, err = io.ReadAll(http.MaxBytesReader(w, r.Body, fileLimit))
	if err != nil || len(data) == 0 {
		return "", "", nil, badRequest("the body must be the bytes of the attachment, at most 25 MB")
	}
	name, contentType = r.URL.Query().Get("name"), http.DetectContentType(data)
	if name == "" || strings.Contains(name, "/") {
		return "", "", nil, badRequest("the query must give a file name")
	}
	if declared := r.Header.Get("Content-Type"); strings.Contains(declared, "/") {
		contentType = declared
	}

	return name, contentType, data, nil
}

func listAttachments(s *Sim, _ http.ResponseWriter, r *http.Request) (any, error) {
	list, err := s.Attachments(r.PathValue("conv"))
	return map[string]any{"attachments": orEmpty(list)}, err
}

func openAttachments(s *Sim, _ http.ResponseWriter, r *http.Request) (any, error) {
	list, err := s.OpenAttachments(r.Context(), r.PathValue("conv"), r.PathValue("message"))
	return map[string]any{"attachments": orEmpty(list)}, err
}

func orEmpty(list []Attachment) []Attachment {
	if list == nil {
		return []Attachment{}
	}

	return list
}
