package relay

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sellerchat/server/bridge"
)

// chatCallsPerDay is TikTok's documented allowance. For what it is counted,
// an app or a shop, is not said; it is counted for each shop here.
// https://partner.tiktokshop.com/docv2/page/customer-service-api-overview
const chatCallsPerDay = 10_000

// forReplies is the part of the day's calls that is kept for agents' replies:
// what can be done without, such as reading names, stops before.
const forReplies = 1.0 / 5

// anotherDay is after how long a shop is tried again when it was refused on the
// day on which its allowance should have begun anew: TikTok does not say at
// what hour of which place a day begins.
const anotherDay = time.Hour

// quotas count the chat calls of the day for each shop, and know which shops
// TikTok has sent away until the next one. Replies go on until it does: the
// count is ours, and a refused call does no harm.
type quotas struct {
	mu    sync.Mutex
	shops map[bridge.ShopID]*usage
}

// usage is what a shop has used of a day, counted in days since 1970 in UTC.
type usage struct {
	day, used int32
	// before are the calls of the day before: TikTok's may not be over yet.
	before int32
	// stopped is until when the shop may not call.
	stopped time.Time
	// dirty is true until it is stored.
	dirty bool
}

func newQuotas() *quotas { return &quotas{shops: map[bridge.ShopID]*usage{}} }

func dayOf(t time.Time) int32 { return int32(t.Unix() / (24 * 60 * 60)) }

// usage returns what is known of a shop today; the caller holds the lock.
func (q *quotas) usage(shop bridge.ShopID, now time.Time) *usage {
	u := q.shops[shop]
	if u == nil {
		u = &usage{}
		q.shops[shop] = u
	}

	if day := dayOf(now); u.day != day {
		if u.before = 0; u.day == day-1 {
			u.before = u.used
		}

		u.day, u.used = day, 0
	}

	return u
}

// spend counts a call.
func (q *quotas) spend(shop bridge.ShopID, now time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()

	u := q.usage(shop, now)
	u.used++
	u.dirty = true
}

// wait is how long TikTok wants to hear nothing of a shop.
func (q *quotas) wait(shop bridge.ShopID, now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()

	u := q.shops[shop]
	if u == nil {
		return 0
	}

	return max(u.stopped.Sub(now), 0)
}

// spare is how many calls may be made today for what is no reply.
func (q *quotas) spare(shop bridge.ShopID, now time.Time) int {
	q.mu.Lock()
	defer q.mu.Unlock()

	u := q.usage(shop, now)
	if now.Before(u.stopped) {
		return 0
	}

	return max(chatCallsPerDay-int(chatCallsPerDay*forReplies)-int(u.used), 0)
}

// early reports whether a shop has not used half of its calls of the day. When
// TikTok says that none are left, it counts others' as well.
func (q *quotas) early(shop bridge.ShopID, now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()

	u := q.usage(shop, now)

	return u.used+u.before < chatCallsPerDay/2
}

// refused stops a shop for the wait that TikTok's answer comes to, and returns
// until when.
func (q *quotas) refused(shop bridge.ShopID, now time.Time, wait time.Duration) time.Time {
	q.mu.Lock()
	defer q.mu.Unlock()

	u := q.usage(shop, now)
	until := now.Add(wait)

	switch {
	case now.Before(u.stopped):
		return u.stopped // of a call that was under way
	case !u.stopped.IsZero() && dayOf(u.stopped) == dayOf(now):
		until = now.Add(anotherDay)
	}

	u.stopped, u.dirty = until, true

	return until
}

// load takes over what was counted before a restart.
func (q *quotas) load(ctx context.Context, store bridge.Usages) error {
	err := store.EachUsage(ctx, func(u bridge.Usage) error {
		q.mu.Lock()
		defer q.mu.Unlock()

		q.shops[u.Shop] = &usage{day: dayOf(u.Day), used: int32(u.Calls), stopped: u.Stopped}

		return nil
	})
	if err != nil {
		return fmt.Errorf("read quotas: %w", err)
	}

	return nil
}

// save stores what has changed since the last time, all in one commit: a crash
// forgets the calls of a few seconds, which no count on this side is exact
// enough to miss.
func (q *quotas) save(ctx context.Context, store bridge.Usages, now time.Time) error {
	changed := q.changed(now)
	if len(changed) == 0 {
		return nil
	}

	if err := store.PutUsages(ctx, changed...); err != nil {
		q.mu.Lock()
		defer q.mu.Unlock()

		for _, c := range changed {
			q.usage(c.Shop, now).dirty = true
		}

		return fmt.Errorf("store quotas: %w", err)
	}

	return nil
}

// changed returns what is to be stored, and forgets what is of no use any
// more.
func (q *quotas) changed(now time.Time) []bridge.Usage {
	q.mu.Lock()
	defer q.mu.Unlock()

	var changed []bridge.Usage

	for shop, u := range q.shops {
		if u.dirty {
			u.dirty = false
			changed = append(changed, bridge.Usage{
				Shop: shop, Day: time.Unix(int64(u.day)*24*60*60, 0).UTC(), Calls: int(u.used), Stopped: u.stopped,
			})
		}

		if u.day < dayOf(now)-1 && u.stopped.Before(now) {
			delete(q.shops, shop)
		}
	}

	return changed
}

// saveQuotas stores what was counted; that it fails is told and does no harm.
func (r *Relay) saveQuotas(ctx context.Context) {
	if err := r.quotas.save(ctx, r.store, r.clock()); err != nil {
		r.log.WarnContext(ctx, "quotas not stored", slog.Any("error", err))
	}
}
