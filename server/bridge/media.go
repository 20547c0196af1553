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

// Blobs keep the bytes of media. All their errors but ErrNotFound hold a
// Failure.
type Blobs interface {
	// Put stores what r yields, under a key of its own. More than most bytes,
	// or a picture of more than PixelsMost, are a Failure of class Unsupported;
	// after any error nothing is kept.
	Put(ctx context.Context, r io.Reader, most int64) (Blob, error)
	// Open reads stored bytes; ErrNotFound.
	Open(ctx context.Context, key BlobKey) (io.ReadSeekCloser, error)
	// Delete removes stored bytes; what is not there is no error.
	Delete(ctx context.Context, key BlobKey) error
	// EachBlob calls visit for everything that was stored before a time, in no
	// order, until it returns an error, which is returned. Visit may delete.
	EachBlob(ctx context.Context, before time.Time, visit func(BlobKey) error) error
}

// PixelsMost is how large a picture may be, whatever it takes to store it:
// whoever shows it needs memory for every pixel.
const PixelsMost = 100_000_000

// MediaIndex finds our copies of files.
type MediaIndex interface {
	// AddMedia stores what is known of a copy; one without an end gets
	// MediaFor. Of several for one part the last belongs to its delivery, while
	// the addresses of all work until their own time: the first may have been
	// sent already. Storing the same again is no error; ErrConflict when the
	// token, or the blob, belongs to another copy, ErrNotFound when its
	// installation is not live.
	AddMedia(ctx context.Context, m Media) error
	// Media returns a copy; ErrGone when it has outlived its time or its
	// installation, ErrNotFound when there is none or that was long ago.
	Media(ctx context.Context, token MediaToken) (Media, error)
	// MediaOf returns the living copies that belong to a delivery, by part.
	MediaOf(ctx context.Context, id DeliveryID) ([]Media, error)
}

// MediaSweeper tells which bytes nobody needs any more. They are deleted
// between its two methods, so that a crash anywhere is mended by doing it
// again: neither are bytes left behind, nor does a copy live without them.
type MediaSweeper interface {
	// SpentMedia returns the blobs of up to limit copies that have outlived
	// their time or their installation, until DropMedia is told.
	SpentMedia(ctx context.Context, limit int) ([]BlobKey, error)
	// DropMedia removes what is known of spent copies, whose bytes are gone:
	// of each stays that it was there. Other keys change nothing.
	DropMedia(ctx context.Context, keys ...BlobKey) error
	// NeedsBlob reports whether a copy names the blob.
	NeedsBlob(ctx context.Context, key BlobKey) (bool, error)
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
