package demo

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

const (
	// gather is how long changes are gathered before the page is drawn again.
	gather = 120 * time.Millisecond
	// heartbeat is how often a visitor's page is looked at when nothing was
	// announced: not everything announces itself.
	heartbeat = time.Second
)

// stream answers GET /live: server-sent events, each with a region of the page
// that looks different from what the visitor has.
func (d *Demo) stream(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no")
	out := http.NewResponseController(w)
	_ = out.SetWriteDeadline(time.Time{}) // not every server has deadlines

	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	changed := d.watch(ctx)

	v := d.visitOf(r.URL.Query())
	shown := map[string]string{}
	for {
		var err error
		if v, err = d.send(ctx, w, v, shown); err != nil {
			return // the visitor left, or the next stream will tell
		}
		if err := out.Flush(); err != nil {
			return
		}

		select {
		case <-ctx.Done():
			return
		case <-d.done:
			return
		case <-changed:
		}
	}
}

// send writes the regions that are not what is shown. The conversation that
// was opened at first stays open.
func (d *Demo) send(ctx context.Context, w http.ResponseWriter, v visit, shown map[string]string) (visit, error) {
	regions, v, err := d.regionsOf(v)
	if err != nil {
		return v, err
	}

	quiet := true
	for _, g := range regions {
		drawn, err := draw(ctx, g.view)
		if err != nil {
			return v, err
		}
		if shown[g.id] == string(drawn) {
			continue
		}
		shown[g.id], quiet = string(drawn), false

		data, err := json.Marshal(map[string]string{"id": g.id, "html": string(drawn)})
		if err != nil {
			return v, fmt.Errorf("encode region: %w", err)
		}
		if _, err := fmt.Fprintf(w, "event: region\ndata: %s\n\n", data); err != nil {
			return v, fmt.Errorf("send region: %w", err)
		}
	}
	if quiet {
		if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
			return v, fmt.Errorf("send heartbeat: %w", err)
		}
	}

	return v, nil
}

// watch signals when there may be something new, until the context ends. What
// comes in quick succession is one signal.
func (d *Demo) watch(ctx context.Context) <-chan struct{} {
	tiktok, stopTikTok := d.TikTok.Ledger().Watch()
	freshchat, stopFreshchat := d.Freshchat.Ledger().Watch()
	journal, stopJournal := d.Journal.Watch()
	out := make(chan struct{}, 1)

	go func() {
		defer stopTikTok()
		defer stopFreshchat()
		defer stopJournal()
		beat := time.NewTicker(heartbeat)
		defer beat.Stop()

		for {
			wait := gather
			select {
			case <-ctx.Done():
				return
			case <-tiktok:
			case <-freshchat:
			case <-journal:
			case <-beat.C:
				wait = 0
			}
			if wait > 0 && d.Clock.Wait(ctx, wait) != nil {
				return
			}
			select {
			case out <- struct{}{}:
			default: // one is waiting already
			}
		}
	}()

	return out
}
