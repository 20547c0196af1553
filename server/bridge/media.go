package bridge

import (
	"context"
	"io"
	"time"
)

// MediaFor is how long our copy of a file is kept.
const MediaFor = 30 * 24 * time.Hour

type (
	// MediaToken names our copy of a file in its public address; it cannot be
	// guessed.
	MediaToken string
	// BlobKey names bytes among the Blobs; only they know how.
	BlobKey string
)

// Blob is what is known of stored bytes: their type is told by what is in
// them, never by a name.
type Blob struct {
	Key BlobKey
	// Size is in bytes.
	Size int64
	MIME string
	// Width and Height are those of an image, in pixels; zero of all else.
	Width, Height int
}

// Media is our copy of a file that is a part of a message.
type Media struct {
	Token        MediaToken
	Installation InstallationID
	// Delivery and Part say which part of which message it is, counted from
	// zero.
	Delivery DeliveryID
	Part     int
	// Name is what the author called it; it says nothing about the type.
	Name string
	Blob Blob

	StoredAt  time.Time
	ExpiresAt time.Time
}

// Blobs keep the bytes of media.
type Blobs interface {
	// Put stores what r yields. More than most bytes are a Failure of class
	// Unsupported; after any error nothing is kept.
	Put(ctx context.Context, r io.Reader, most int64) (Blob, error)
	// Open reads stored bytes; ErrNotFound.
	Open(ctx context.Context, key BlobKey) (io.ReadSeekCloser, error)
	// Delete removes stored bytes; what is not there is no error.
	Delete(ctx context.Context, key BlobKey) error
}

// MediaIndex finds our copies of files.
type MediaIndex interface {
	// AddMedia stores what is known of a copy, replacing one of the same
	// delivery and part; ErrNotFound when its installation is not live.
	AddMedia(ctx context.Context, m Media) error
	// Media returns a copy; ErrGone when it has outlived its time or its
	// installation, ErrNotFound when there is none or that was long ago.
	Media(ctx context.Context, token MediaToken) (Media, error)
	// MediaOf returns the living copies that belong to a delivery, by part.
	MediaOf(ctx context.Context, id DeliveryID) ([]Media, error)
}

// Upload is a file on its way to a platform. Body is read from its beginning.
type Upload struct {
	Name string
	MIME string
	Size int64
	Body io.ReadSeeker
}

// Piece is what one call puts into a conversation: text, or one file that the
// platform can reach by then.
type Piece struct {
	// Kind is PartText, PartImage, PartVideo or PartFile; empty means text.
	Kind PartKind `json:"k,omitempty"`
	// Text is the text; beside a file it is shown above it, where the platform
	// can do that: Freshchat can.
	Text string `json:"t,omitempty"`
	// Ref is how the platform knows the file: the address or the id that its
	// upload gave, or the address of our own copy.
	Ref string `json:"r,omitempty"`
	// The rest describes the file.
	Name   string `json:"n,omitempty"`
	MIME   string `json:"m,omitempty"`
	Size   int64  `json:"s,omitempty"`
	Width  int    `json:"w,omitempty"`
	Height int    `json:"h,omitempty"`
}

// Words is a piece of text.
func Words(text string) Piece { return Piece{Kind: PartText, Text: text} }
