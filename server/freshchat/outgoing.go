package freshchat

import (
	"cmp"
	"mime"
	"net/url"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"

	"sellerchat/server/bridge"
)

// outgoing is a message as it is sent.
type outgoing struct {
	Parts     []outgoingPart `json:"message_parts"`
	Type      string         `json:"message_type"`
	ActorType string         `json:"actor_type"`
	ActorID   string         `json:"actor_id,omitempty"`
	User      bridge.UserID  `json:"user_id,omitempty"`
	Channel   bridge.TopicID `json:"channel_id,omitempty"`
}

// outgoingPart is one part of it: one of these is set.
type outgoingPart struct {
	Text  *outgoingText  `json:"text,omitempty"`
	Image *outgoingImage `json:"image,omitempty"`
	Video *outgoingVideo `json:"video,omitempty"`
	File  *outgoingFile  `json:"file,omitempty"`
}

type outgoingText struct {
	Content string `json:"content"`
}

// outgoingImage holds an address and nothing else: a hash beside it is
// refused, although it is what the upload gave.
type outgoingImage struct {
	URL string `json:"url"`
}

type outgoingVideo struct {
	URL  string `json:"url"`
	MIME string `json:"content_type"`
}

// outgoingFile is an uploaded file, known by its hash, or one at an address;
// they are spelled in two ways.
type outgoingFile struct {
	Name string `json:"name"`
	Size int64  `json:"file_size_in_bytes,omitempty"`

	URL  string `json:"url,omitempty"`
	MIME string `json:"content_type,omitempty"`

	Hash       string `json:"fileHash,omitempty"`
	Source     string `json:"fileSource,omitempty"`
	HashedMIME string `json:"contentType,omitempty"`
	Extension  string `json:"file_extension,omitempty"`
}

// write puts a post into the platform's form.
func write(op operation, p bridge.Post) (outgoing, *bridge.Failure) {
	part, failure := writePart(op, p.Piece)
	if failure != nil {
		return outgoing{}, failure
	}

	out := outgoing{Parts: []outgoingPart{part}, Type: typeNormal, ActorType: actorBot}
	if carries(p.Piece) && p.Text != "" {
		// Words about a file stand above it, in the same message.
		out.Parts = []outgoingPart{{Text: &outgoingText{Content: p.Text}}, part}
	}

	switch {
	case p.User != "":
		out.ActorType, out.ActorID, out.User = actorUser, string(p.User), p.User
	case p.Agent != "":
		out.ActorType, out.ActorID = actorAgent, string(p.Agent)
	}

	if p.Private {
		out.Type = typePrivate
	}

	return out, nil
}

// writePart puts a piece into the platform's form. What cannot be written is
// refused before the platform would refuse it.
func writePart(op operation, p bridge.Piece) (outgoingPart, *bridge.Failure) {
	addressed := webAddress(p.Ref)

	switch {
	case p.Kind == bridge.PartText || p.Kind == "":
		return outgoingPart{Text: &outgoingText{Content: p.Text}}, nil
	case p.Kind == bridge.PartImage && addressed:
		return outgoingPart{Image: &outgoingImage{URL: p.Ref}}, nil
	case p.Kind == bridge.PartVideo && addressed:
		return outgoingPart{Video: &outgoingVideo{URL: p.Ref, MIME: cmp.Or(p.MIME, "video/mp4")}}, nil
	case p.Kind == bridge.PartFile && addressed:
		return outgoingPart{File: &outgoingFile{Name: fileName(p.Name, p.MIME), Size: p.Size, URL: p.Ref, MIME: fileType(p.MIME)}}, nil
	case p.Kind == bridge.PartFile && p.Ref != "":
		name := fileName(p.Name, p.MIME)

		return outgoingPart{File: &outgoingFile{
			Name: name, Size: p.Size, Hash: p.Ref, Source: "FRESHCHAT", HashedMIME: fileType(p.MIME), Extension: extension(name),
		}}, nil
	default:
		return outgoingPart{}, unsent(op, bridge.Unsupported, bridge.CauseMedia, wordsMedia, errIdentifier)
	}
}

// webAddress reports whether a browser could open it.
func webAddress(ref string) bool {
	u, err := url.Parse(ref)

	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != ""
}

func fileType(mime string) string { return cmp.Or(mime, "application/octet-stream") }

// longestName bounds a file's name, in bytes.
const longestName = 120

// fileName is a name under which a file may be sent, whatever its author
// called it: no folders, no control characters, nothing that turns the order of
// letters around, never empty.
func fileName(name, mimeType string) string {
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == utf8.RuneError {
			return -1
		}

		return r
	}, name)
	name = trimName(name[strings.LastIndexAny(name, `/\`)+1:])

	if len(name) > longestName {
		// The end tells the kind, so what goes is in front of it.
		end := path.Ext(name)
		if len(end) > longestName/2 {
			end = ""
		}

		name = trimName(strings.ToValidUTF8(name[:longestName-len(end)], "") + end)
	}

	if name == "" {
		name = "file" + extensionFor(mimeType)
	}

	return name
}

// trimName drops blanks around a name, and the dots that hide a file.
func trimName(name string) string {
	name = strings.TrimLeftFunc(name, func(r rune) bool { return r == '.' || unicode.IsSpace(r) })

	return strings.TrimRightFunc(name, unicode.IsSpace)
}

// extensions are those of the types that pass through here most; what a
// machine's own table knows differs from one to the next.
var extensions = map[string]string{
	"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp", "image/gif": ".gif", "video/mp4": ".mp4",
	"video/quicktime": ".mov", "video/webm": ".webm", "application/pdf": ".pdf", "text/plain": ".txt",
}

// extensionFor is the extension of a type, with its dot; empty for one that is
// not known.
func extensionFor(mimeType string) string {
	media, _, err := mime.ParseMediaType(mimeType)
	if err != nil {
		return ""
	}

	return extensions[media]
}

// extension is what the platform calls a file's extension: without the dot.
func extension(name string) string { return strings.ToLower(strings.TrimPrefix(path.Ext(name), ".")) }
