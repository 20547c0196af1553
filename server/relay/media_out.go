package relay

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sellerchat/server/bridge"
)

// file makes the call for a file, by what is in it: a picture or a video goes
// as such, anything else as words that say where it is. What cannot go is left
// out, and the agent is told at the end.
func (out *outbound) file(ctx context.Context, part int) error {
	m, err := out.copyOf(ctx, part, out.partsOnFreshchat)

	switch {
	case errors.Is(err, errTooLarge):
		return out.leave(part, fmt.Sprintf("Files of more than %d MB cannot be sent.", out.largest>>20))
	case errors.Is(err, errLost):
		return out.leave(part, wordsNotFetched)
	case err != nil:
		return err
	}

	kind, words := wayOut(m.Blob, out.toTikTok)
	if words != "" {
		return out.leave(part, words)
	}

	if kind == bridge.PartText {
		return out.call(ctx, bridge.Words(addressOf(m, out.mediaURL(m.Token))))
	}

	piece, err := out.upload(ctx, m, bridge.TikTok, func(ctx context.Context, u bridge.Upload) (bridge.Piece, error) {
		if kind == bridge.PartVideo {
			return out.tiktok.UploadVideo(ctx, out.access, out.link.Key.Conversation, u)
		}

		return out.tiktok.UploadImage(ctx, out.access, u)
	})
	if err == nil {
		err = out.call(ctx, piece)
	}

	if f := bridge.AsFailure(err); err != nil && f.Certain && (f.Class == bridge.Unsupported || f.Cause == bridge.CauseMedia) {
		return out.leave(part, f.Words)
	}

	return err
}

// wayOut is the form in which TikTok takes a file, or the words for the agent
// when it takes it in none.
func wayOut(b bridge.Blob, limits []bridge.Limit) (kind bridge.PartKind, words string) {
	switch {
	case b.MIME == "image/gif":
		return "", wordsNoGIF
	case strings.HasPrefix(b.MIME, "audio/"):
		return "", wordsNoAudio
	case strings.HasPrefix(b.MIME, "image/"):
		kind = bridge.PartImage
	case strings.HasPrefix(b.MIME, "video/"):
		kind = bridge.PartVideo
	default:
		return bridge.PartText, ""
	}

	for _, l := range limits {
		if l.Kind != kind {
			continue
		}

		// What TikTok does not show it may still open as a link.
		if len(l.MIME) > 0 && !slices.Contains(l.MIME, b.MIME) {
			return bridge.PartText, ""
		}

		if b.Size > l.Most {
			return "", limitWords(kind, l.Most)
		}
	}

	return kind, ""
}

// leave leaves a part out for good.
func (out *outbound) leave(part int, words string) error {
	out.why[part] = words
	out.done = append(slices.Clip(out.done), "")

	return nil
}

// leftOut are the parts that were left out, each with words that say what would
// work: those of their platform, where an earlier attempt knew better.
func (out *outbound) leftOut() []bridge.Part {
	var left []bridge.Part

	for i, id := range out.done {
		if id != "" || i >= len(out.plan.calls) {
			continue
		}

		part := out.plan.calls[i].part

		p := out.claim.Delivery.Message.Parts[part]
		if words := out.why[part]; words != "" {
			p.Text = words
		}

		left = append(left, p)
	}

	return left
}

// partsOnFreshchat reads the message again, by either id of the conversation.
func (out *outbound) partsOnFreshchat(ctx context.Context) ([]bridge.Part, error) {
	access, err := out.freshchatAccess()
	if err != nil {
		return nil, err
	}

	d := out.claim.Delivery

	var m bridge.Message

	for _, thread := range []bridge.ThreadID{out.link.Thread, out.link.Numeric} {
		if thread == "" {
			continue
		}

		out.spend(bridge.Freshchat)

		m, err = out.freshchat.Message(ctx, access, thread, d.Message.ID, d.Message.CreatedAt)
		if err == nil {
			return m.Parts, nil
		}

		if bridge.AsFailure(err).Class != bridge.Permanent {
			break // it is not about the id
		}
	}

	if err == nil {
		err = errLost
	}

	return nil, fmt.Errorf("read message: %w", err)
}
