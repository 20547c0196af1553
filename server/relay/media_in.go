package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sellerchat/server/bridge"
)

// way is one of the forms in which Freshchat can show a file.
type way uint8

const (
	asImage way = iota
	asVideo
	asFile
	// asLink is words with the address of our copy.
	asLink
)

// file makes the call for a file: in the best form that Freshchat takes, else
// as words that say where it is.
func (in *inbound) file(ctx context.Context, part int) error {
	p := in.claim.Delivery.Message.Parts[part]

	m, err := in.copyOf(ctx, part, in.partsOnTikTok)

	switch {
	case errors.Is(err, errTooLarge):
		in.hopeless[part] = true

		return in.call(ctx, bridge.Words(in.prefix()+tooLargeWords(p, in.largest)))
	case errors.Is(err, errLost) && in.claim.Delivery.Lane.Direction != bridge.Follow:
		return in.call(ctx, bridge.Words(in.prefix()+lostWords(p)))
	case err != nil:
		return err
	}

	for _, w := range waysIn(p, m.Blob, in.toFreshchat) {
		err = in.show(ctx, w, p, m)
		if err == nil || !declined(err) {
			return err
		}

		if bridge.HasCause(err, bridge.CauseUnsafe) {
			return in.call(ctx, bridge.Words(in.prefix()+unsafeWords(p)))
		}
	}

	return err
}

// waysIn are the forms to try, best first, by what is in the file. What
// Freshchat would show as something that it is not, such as a GIF that does not
// move, is words with a link.
func waysIn(p bridge.Part, b bridge.Blob, limits []bridge.Limit) []way {
	if p.Kind == bridge.PartNotice || b.MIME == "image/gif" || strings.HasPrefix(b.MIME, "audio/") {
		return []way{asLink}
	}

	var ways []way

	switch {
	case strings.HasPrefix(b.MIME, "image/") && fits(b, bridge.PartImage, limits):
		ways = append(ways, asImage)
	case strings.HasPrefix(b.MIME, "video/") && fits(b, bridge.PartVideo, limits):
		ways = append(ways, asVideo)
	}

	if fits(b, bridge.PartFile, limits) {
		ways = append(ways, asFile)
	}

	return append(ways, asLink)
}

// fits reports whether a platform takes a file as one of a kind; a kind without
// a limit has none.
func fits(b bridge.Blob, kind bridge.PartKind, limits []bridge.Limit) bool {
	for _, l := range limits {
		if l.Kind == kind {
			return b.Size <= l.Most && (len(l.MIME) == 0 || slices.Contains(l.MIME, b.MIME))
		}
	}

	return true
}

// declined reports whether a file was refused in one form, and may go in
// another: nothing is wrong with the account or the conversation.
func declined(err error) bool {
	f := bridge.AsFailure(err)

	return f.Certain && (f.Class == bridge.Unsupported || f.Cause == bridge.CauseMedia ||
		f.Cause == bridge.CauseScopeMissing || f.Cause == bridge.CauseUnsafe)
}

// show makes the call in one form, uploading the file before where that is
// needed.
func (in *inbound) show(ctx context.Context, w way, p bridge.Part, m bridge.Media) error {
	url := in.mediaURL(m.Token)

	var (
		piece bridge.Piece
		err   error
	)

	switch w {
	case asImage:
		piece, err = in.upload(ctx, m, bridge.Freshchat, func(ctx context.Context, u bridge.Upload) (bridge.Piece, error) {
			return in.freshchat.UploadImage(ctx, in.access, u)
		})
	case asFile:
		piece, err = in.upload(ctx, m, bridge.Freshchat, func(ctx context.Context, u bridge.Upload) (bridge.Piece, error) {
			return in.freshchat.UploadFile(ctx, in.access, u)
		})
	case asVideo:
		piece = bridge.Piece{Kind: bridge.PartVideo, Ref: url, Name: m.Name, MIME: m.Blob.MIME, Size: m.Blob.Size}
	default:
		return in.call(ctx, bridge.Words(in.prefix()+linkWords(p, m, url)))
	}

	if err != nil {
		return err
	}

	piece.Text = strings.TrimSpace(in.prefix())

	return in.call(ctx, piece)
}

// partsOnTikTok reads the message again.
func (a *attempt) partsOnTikTok(ctx context.Context) ([]bridge.Part, error) {
	shop, err := a.store.Shop(ctx, a.link.Key.Shop)
	if err != nil {
		return nil, fmt.Errorf("read shop: %w", err)
	}

	access, err := a.tokens.access(ctx, shop)
	if err != nil {
		return nil, err
	}

	m, err := a.messageOnTikTok(ctx, access)
	if bridge.HasCause(err, bridge.CauseTokenExpired) {
		if access.Token, err = a.tokens.renew(ctx, shop.Authorization, access.Token); err == nil {
			m, err = a.messageOnTikTok(ctx, access)
		}
	}

	return m.Parts, err
}

func (a *attempt) messageOnTikTok(ctx context.Context, access bridge.Access) (bridge.RemoteMessage, error) {
	d := a.claim.Delivery
	since := d.Message.CreatedAt.Add(-skew)

	next := ""
	for range pagesRead {
		a.spend(bridge.TikTok)

		page, err := a.tiktok.Messages(ctx, access, d.Lane.Link.Conversation, next)
		if err != nil {
			return bridge.RemoteMessage{}, fmt.Errorf("read messages: %w", err)
		}

		for _, m := range page.Messages {
			if m.ID == d.Message.ID {
				return m, nil
			}
		}

		if next = page.Next; next == "" || len(page.Messages) > 0 && page.Messages[len(page.Messages)-1].CreatedAt.Before(since) {
			break
		}
	}

	return bridge.RemoteMessage{}, errLost
}

// mirrorFiles makes copies of what the seller sent in Seller Center, for the
// words about it to have an address. Without one they stand alone.
func (a *attempt) mirrorFiles(ctx context.Context) error {
	if a.blobs == nil {
		return nil
	}

	a.mirrored = slices.Clone(a.claim.Delivery.Message.Parts)

	for i, p := range a.claim.Delivery.Message.Parts {
		if !holdsFile(p) {
			continue
		}

		m, err := a.copyOf(ctx, i, a.partsOnTikTok)
		if errors.Is(err, errLost) || errors.Is(err, errTooLarge) {
			continue
		}

		if err != nil {
			return err
		}

		words := mirrorWords(p, m, a.mediaURL(m.Token))
		a.mirrored[i] = bridge.Part{Kind: bridge.PartText, Text: words}
	}

	return nil
}
