package freshchatsim

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"
)

// Part is one piece of a message. Which fields count depends on Kind.
type Part struct {
	Kind        string          // "text", "image", "video", "file", "audio", or any other kind of Freshchat
	Text        string          // content of a text; may be HTML, as agents' editors write it
	URL         string          // where an attachment is; empty when it is known by Hash only
	Name        string          // file name
	ContentType string          // media type
	Size        int64           // bytes
	Hash        string          // of an uploaded file
	Raw         json.RawMessage // the whole body of any other kind
}

// Text returns a text part. HTML is passed on as it is.
func Text(content string) Part { return Part{Kind: "text", Text: content} }

// Image returns an image part.
func Image(url string) Part { return Part{Kind: "image", URL: url} }

// Video returns a video part.
func Video(url, contentType string) Part {
	return Part{Kind: "video", URL: url, ContentType: contentType}
}

// File returns a file part with an address of its own; size is in bytes.
func File(name, url, contentType string, size int64) Part {
	return Part{Kind: "file", Name: name, URL: url, ContentType: contentType, Size: size}
}

// Other returns a part of any other kind, such as quick_reply_button or
// collection; body is its JSON object.
func Other(kind, body string) Part { return Part{Kind: kind, Raw: json.RawMessage(body)} }

// attachmentKinds are the parts that point at bytes.
var attachmentKinds = []string{"image", "video", "file", "audio"}

// otherKinds are the parts that the API takes as they are.
var otherKinds = []string{
	"url_button", "quick_reply_button", "callback", "collection", "template_content", "reference", "email",
	"text_input", "attachment_input", "help_text",
}

func (p Part) attachment() bool { return slices.Contains(attachmentKinds, p.Kind) }

// dialect is how a part is written on one of Freshchat's paths.
type dialect struct {
	product  bool // the spelling of product events: contentType
	siblings bool // absent kinds stand beside the part as null
	urlless  bool // attachments by hash, before their address exists
}

// mediaBody is the body of an attachment in every spelling.
type mediaBody struct {
	Name           string `json:"name,omitempty"`
	URL            string `json:"url,omitempty"`
	FileSize       int64  `json:"file_size_in_bytes,omitempty"`
	ContentType    string `json:"content_type,omitempty"`
	ContentTypeAlt string `json:"contentType,omitempty"`
	Hash           string `json:"fileHash,omitempty"`
	HashAlt        string `json:"file_hash,omitempty"`
	Source         string `json:"fileSource,omitempty"`
	Extension      string `json:"file_extension,omitempty"`
	SecurityStatus string `json:"file_security_status,omitempty"`
}

// encode writes p as a platform object with one kind.
func (p Part) encode(d dialect) json.RawMessage {
	var body any
	switch {
	case p.Kind == "text":
		body = map[string]string{"content": p.Text}
	case p.attachment():
		body = p.media(d)
	default:
		body = p.Raw
	}

	out := map[string]any{}
	if d.siblings {
		out = map[string]any{"text": nil, "image": nil, "file": nil}
	}
	out[p.Kind] = body

	return encodeJSON(out)
}

func (p Part) media(d dialect) mediaBody {
	b := mediaBody{Name: p.Name, URL: p.URL, FileSize: p.Size, ContentType: p.ContentType}
	if d.urlless {
		b.URL, b.Hash, b.Source, b.SecurityStatus = "", p.Hash, "FRESHCHAT", "AV_PENDING"
		b.Extension = extension(p.Name)
	}
	if d.product {
		b.ContentType, b.ContentTypeAlt = "", b.ContentType
	}

	return b
}

// MarshalJSON writes the part as the API shows it; one without an address by
// its hash.
func (p Part) MarshalJSON() ([]byte, error) { return p.encode(dialect{urlless: p.URL == ""}), nil }

// UnmarshalJSON reads a part under the rules of the API for bodies that come
// in: exactly one kind that is not null, and a body of this kind's shape.
func (p *Part) UnmarshalJSON(b []byte) error {
	var kinds map[string]json.RawMessage
	if err := json.Unmarshal(b, &kinds); err != nil {
		return badRequest("message_parts is not valid")
	}
	maps.DeleteFunc(kinds, func(_ string, v json.RawMessage) bool { return bytes.Equal(bytes.TrimSpace(v), []byte("null")) })
	if len(kinds) != 1 {
		return badRequest("a message part must have exactly one type")
	}

	for kind, body := range kinds {
		*p = Part{Kind: kind}
		return p.decode(body)
	}

	return nil
}

func (p *Part) decode(body json.RawMessage) error {
	switch {
	case p.Kind == "text":
		var text struct {
			Content string `json:"content"`
		}
		if json.Unmarshal(body, &text) != nil {
			return badRequest("message part text is not valid")
		}
		p.Text = text.Content
		return nil
	case p.attachment():
		return p.decodeMedia(body)
	default:
		p.Raw = body
		return nil
	}
}

func (p *Part) decodeMedia(body json.RawMessage) error {
	var b mediaBody
	if err := json.Unmarshal(body, &b); err != nil {
		return badRequest("message part " + p.Kind + " is not valid")
	}
	p.URL, p.Name, p.ContentType, p.Size = b.URL, b.Name, b.ContentType+b.ContentTypeAlt, b.FileSize
	p.Hash = b.Hash
	if p.Hash == "" {
		p.Hash = b.HashAlt
	}

	if p.Hash != "" && p.URL == "" && b.Source != "FRESHCHAT" {
		return badRequest("fileSource is not valid")
	}

	return nil
}

// check refuses what could not be written as a part. fromAPI also refuses
// what only Freshchat's own pages write: other kinds, and images and videos
// by hash.
func (p Part) check(fromAPI bool) error {
	switch {
	case p.Kind == "text" && p.Text == "":
		return badRequest("TEXT_EMPTY_CONTENT")
	case p.Kind == "text":
		return nil
	case p.attachment():
		return p.checkMedia(fromAPI)
	case fromAPI && !slices.Contains(otherKinds, p.Kind):
		return badRequest("unknown message part " + p.Kind)
	}
	var body map[string]json.RawMessage
	if p.Kind == "" || json.Unmarshal(p.Raw, &body) != nil || body == nil {
		return badRequest("message part " + p.Kind + " is not valid")
	}

	return nil
}

func (p Part) checkMedia(fromAPI bool) error {
	byHash := p.Hash != "" && p.URL == ""
	switch {
	case p.Kind == "image" && fromAPI && p.Hash != "":
		return badRequest("IMAGE_EMPTY_CONTENT")
	case byHash && fromAPI && p.Kind != "file":
		return badRequest(strings.ToUpper(p.Kind) + "_EMPTY_CONTENT")
	case !byHash && !usableURL(p.URL):
		return badRequest(strings.ToUpper(p.Kind) + "_EMPTY_CONTENT")
	case p.Kind == "file" && p.Name == "":
		return badRequest("file name is missing")
	case p.Kind == "video" && p.ContentType == "":
		return badRequest("content_type of a video is missing")
	case fromAPI && p.Kind == "video" && !strings.HasPrefix(p.ContentType, "video/"):
		return badRequest("content_type of a video is not valid")
	case fromAPI && byHash && p.ContentType == "":
		return badRequest("contentType of a file is missing")
	}

	return nil
}

// usableURL tells whether Freshchat could show what is at raw.
func usableURL(raw string) bool {
	u, err := url.Parse(raw)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func extension(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return ""
	}

	return strings.ToLower(name[i+1:])
}

// plainText joins the texts of parts, for the ledger and for pages.
func plainText(parts []Part) string {
	var texts []string
	for _, p := range parts {
		if p.Kind == "text" {
			texts = append(texts, p.Text)
		}
	}

	return strings.Join(texts, "\n")
}

// textRunes is the length of the longest text among parts.
func textRunes(parts []Part) int {
	n := 0
	for _, p := range parts {
		n = max(n, utf8.RuneCountInString(p.Text))
	}

	return n
}
