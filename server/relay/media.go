package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sellerchat/server/bridge"
)

// transferTimeout bounds a download, and an upload.
const transferTimeout = 5 * time.Minute

var (
	// errLost says that a file could not be had for now.
	errLost = errors.New("file cannot be fetched")
	// errBusy says that its platform takes no calls for now.
	errBusy = errors.New("no call may be made")
	// errTooLarge says that it is larger than anybody would take.
	errTooLarge = errors.New("file is too large")
)

// waits is an error that says when to go on: nothing is wrong so far.
type waits struct{ verdict verdict }

func (w *waits) Error() string { return w.verdict.reason }

// fetchTries are the reasons for which a delivery waits for a file, one for each
// try that failed, with the pause before the next: a try is counted by the
// reason that the one before left. All of it takes less than a minute.
var fetchTries = []struct {
	reason string
	pause  time.Duration
}{
	{"The file could not be fetched; it is tried a second time.", 10 * time.Second},
	{"The file could not be fetched; it is tried a third time.", 30 * time.Second},
}

// bareTries are as fetchTries for a file that has no address yet: Freshchat
// announces some before they have one.
var bareTries = []struct {
	reason string
	pause  time.Duration
}{
	{"The file has no address yet; the message is read again.", 700 * time.Millisecond},
	{"The file has no address yet; the message is read once more.", 700 * time.Millisecond},
}

// waitFile is why a reply waits for its file, where that is nobody's refusal.
const waitFile = "Freshchat does not hand out its file at the moment; it is tried again."

// copyOf returns our copy of the file in a part of the message, downloading it
// unless that was done before. errLost and errTooLarge say that there will be
// none in time, an error that waits when to try again.
func (a *attempt) copyOf(ctx context.Context, part int, again func(context.Context) ([]bridge.Part, error)) (bridge.Media, error) {
	m, err := a.kept(ctx, part)
	if !errors.Is(err, bridge.ErrNotFound) {
		return m, err
	}

	d := a.claim.Delivery
	p := d.Message.Parts[part]
	err = nil
	bare, tries := a.triesSoFar()

	if p.URL == "" || bare+tries > 0 || d.Reason == waitFile || d.Lane.Direction == bridge.Follow {
		p, err = a.readAgain(ctx, part, again)
	}

	if err == nil && p.URL == "" {
		return bridge.Media{}, a.waitForAddress(bare, tries)
	}

	if err == nil {
		m, err = a.download(ctx, part, p)
	}

	if err == nil || errors.Is(err, errTooLarge) || ctx.Err() != nil {
		return m, err
	}

	return bridge.Media{}, a.waitForFile(tries, err)
}

// kept is a copy that was made before; bridge.ErrNotFound when there is none,
// or its bytes are gone.
func (a *attempt) kept(ctx context.Context, part int) (bridge.Media, error) {
	copies, err := a.store.MediaOf(ctx, a.claim.Delivery.ID)
	if err != nil {
		return bridge.Media{}, fmt.Errorf("look up copy: %w", err)
	}

	for _, m := range copies {
		if m.Part != part {
			continue
		}

		body, err := a.blobs.Open(ctx, m.Blob.Key)
		if err != nil {
			return bridge.Media{}, fmt.Errorf("open copy: %w", err)
		}

		return m, body.Close()
	}

	return bridge.Media{}, bridge.ErrNotFound
}

// triesSoFar counts what the reasons of the delivery tell.
func (a *attempt) triesSoFar() (bare, tries int) {
	for i := range fetchTries {
		if a.claim.Delivery.Reason == fetchTries[i].reason {
			return 0, i + 1
		}
	}

	for i := range bareTries {
		if a.claim.Delivery.Reason == bareTries[i].reason {
			return i + 1, 0
		}
	}

	return 0, 0
}

func (a *attempt) waitForAddress(bare, tries int) error {
	if tries == 0 && bare < len(bareTries) {
		next := bareTries[bare]

		return &waits{verdict{reason: next.reason, at: a.later(next.pause), patient: true}}
	}

	return a.waitForFile(tries, errLost)
}

// waitForFile is what comes of a try that failed: another one, unless that was
// the last. Of the side that the message goes to, the failure says nothing.
//
// A buyer's message has words that stand in for the file. A reply has none: what
// passes by itself is waited for as for anything else.
func (a *attempt) waitForFile(tries int, cause error) error {
	err := fmt.Errorf("%w: %s", errLost, cause.Error())

	if a.claim.Delivery.Lane.Direction == bridge.Out && passes(cause) {
		return a.waitLonger(cause, err)
	}

	if tries < len(fetchTries) && a.claim.Delivery.Lane.Direction != bridge.Follow {
		next := fetchTries[tries]

		return &waits{verdict{reason: next.reason, at: a.later(next.pause), patient: true, err: err}}
	}

	return err
}

// passes reports whether a file that could not be had is no fault of the file's:
// it may be had later, without anything being done about it.
func passes(cause error) bool {
	if errors.Is(cause, errLost) {
		return false
	}

	switch bridge.AsFailure(cause).Class {
	case bridge.Permanent, bridge.Unsupported:
		return false
	default:
		return true
	}
}

// waitLonger backs off, until others of the shop have arrived for so long that
// the file is what is wrong.
func (a *attempt) waitLonger(cause, err error) error {
	d := a.claim.Delivery

	// That Freshchat does not answer at all says nothing of the file.
	if !errors.Is(cause, errBusy) {
		a.trials.fail(d.ID, a.passage(), a.clock())
	}

	if a.trials.hopeless(d.ID, a.clock()) {
		a.trials.end(d.ID)

		return err
	}

	wait := retries.wait(d.Attempts, bridge.AsFailure(cause).Wait)

	return &waits{verdict{reason: waitFile, at: a.later(wait), err: err}}
}

// readAgain is a part of the message as its platform tells it now, with a link
// that is fresh.
func (a *attempt) readAgain(ctx context.Context, part int, again func(context.Context) ([]bridge.Part, error)) (bridge.Part, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()

	old := a.claim.Delivery.Message.Parts[part]

	from := bridge.TikTok
	if a.claim.Delivery.Lane.Direction == bridge.Out {
		from = bridge.Freshchat
	}

	if !a.limits.join(a.inst.ID, from, a.clock()) {
		return bridge.Part{}, errBusy
	}

	defer a.leave(a.inst.ID, from)

	parts, err := again(ctx)
	a.hear(ctx, a.inst.ID, from, err)

	if err != nil {
		return bridge.Part{}, err
	}

	if part >= len(parts) || parts[part].Kind != old.Kind {
		return bridge.Part{}, errLost
	}

	return parts[part], nil
}

// download makes our copy.
func (a *attempt) download(ctx context.Context, part int, p bridge.Part) (bridge.Media, error) {
	ctx, cancel := context.WithTimeout(ctx, transferTimeout)
	defer cancel()

	body, err := a.fetcher.Fetch(ctx, p.URL, a.largest)
	if err != nil {
		return bridge.Media{}, tooLargeOr(err)
	}

	blob, err := a.blobs.Put(ctx, body, a.largest)
	err = errors.Join(err, body.Close())

	if err != nil {
		return bridge.Media{}, tooLargeOr(err)
	}

	now := a.clock()
	m := bridge.Media{
		Token: a.newMediaToken(), Installation: a.inst.ID, Delivery: a.claim.Delivery.ID, Part: part,
		Name: p.Name, Blob: blob, StoredAt: now, ExpiresAt: now.Add(bridge.MediaFor),
	}

	if err := a.store.AddMedia(ctx, m); err != nil {
		return bridge.Media{}, fmt.Errorf("store copy: %w", err)
	}

	a.trials.end(m.Delivery) // what follows is another matter

	return m, nil
}

func tooLargeOr(err error) error {
	if bridge.AsFailure(err).Class == bridge.Unsupported {
		return fmt.Errorf("%w: %s", errTooLarge, err.Error())
	}

	return fmt.Errorf("fetch file: %w", err)
}

// upload gives our copy to a platform.
func (a *attempt) upload(
	ctx context.Context, m bridge.Media, side bridge.Side, give func(context.Context, bridge.Upload) (bridge.Piece, error),
) (bridge.Piece, error) {
	ctx, cancel := context.WithTimeout(ctx, transferTimeout)
	defer cancel()

	body, err := a.blobs.Open(ctx, m.Blob.Key)
	if err != nil {
		return bridge.Piece{}, fmt.Errorf("open copy: %w", err)
	}

	defer func() { _ = body.Close() }() // it was only read

	a.spend(side)

	p, err := give(ctx, bridge.Upload{Name: m.Name, MIME: m.Blob.MIME, Size: m.Blob.Size, Body: body})

	if f := bridge.AsFailure(err); err != nil && f.Class == bridge.Permanent && f.Cause == "" {
		// A refusal of an upload that says nothing else is about this file only:
		// there are other ways.
		return bridge.Piece{}, &bridge.Failure{
			Op: f.Op, Class: bridge.Unsupported, Cause: bridge.CauseMedia, Certain: true, Words: f.Words, Err: err,
		}
	}

	if err != nil {
		return bridge.Piece{}, fmt.Errorf("upload file: %w", err)
	}

	return p, nil
}
