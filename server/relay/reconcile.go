package relay

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"slices"
	"sync"
	"time"

	"sellerchat/server/bridge"
)

const (
	// lookEvery is how often it is looked which comparisons are due, and
	// surveyEvery how often which there are. A sign of life goes with that.
	lookEvery   = time.Second
	surveyEvery = 30 * time.Second
	// comparisons is how many are under way at once. They wait most of the
	// time.
	comparisons = 64
	// partFor is for how long one goes on before others get their turn.
	partFor = 5 * time.Minute
	// grace is how old a message is before a comparison takes it: until then
	// its webhook is on its way.
	grace = 30 * time.Second
	// brief is a time in which the platforms lose nothing for good: TikTok
	// delivers again after two minutes what was not acknowledged.
	brief = time.Minute
)

// The outcomes by which comparisons are counted.
const (
	comparedFound  = "found"
	comparedTooOld = "too_old"
	comparedWell   = "compared"
	comparedFailed = "failed"
)

// sideKey names one side of an installation: a shop's, or Freshchat's where
// the shop is empty.
type sideKey struct {
	installation bridge.InstallationID
	shop         bridge.ShopID
}

func (k sideKey) side() bridge.Side {
	if k.shop == "" {
		return bridge.Freshchat
	}

	return bridge.TikTok
}

// spread is a part of a time that is each side's own, so that they do not all
// come at once.
func (k sideKey) spread(d time.Duration) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.installation + "/" + bridge.InstallationID(k.shop)))

	return d / 1024 * time.Duration(h.Sum32()%1024)
}

// comparison is one side of an installation, which is compared with the lanes
// again and again. Only the goroutine that runs it touches it, or the one that
// starts those while none does.
type comparison struct {
	*Relay

	key sideKey
	// due is when it begins or goes on.
	due time.Time
	// well is false while calls cannot succeed: it is left out then. deaf is
	// true while no webhook tells of it.
	well, deaf bool
	// urgent is true when something may have got lost that would be missed.
	urgent bool
	// gap is for how long nothing was heard, where that is the reason.
	gap      time.Duration
	running  bool
	failures int
	budget   *budget

	// at are when the last ones of each reach began, the widest last.
	at [reaches]time.Time
	// round is what is under way, over several parts; nil between two.
	round *round
}

// round is one comparison from its beginning to its end.
type round struct {
	began time.Time
	// reach is how much of the side it covers.
	reach  int
	urgent bool
	back   time.Duration
	// page and last are where the next part goes on.
	page string
	last bridge.Recent
	// active is true once the links that are most in use were looked at.
	active bool

	calls, compared, found, tooOld int
}

// errPart ends a part of a round: it goes on at a later time.
type errPart struct{ at time.Time }

func (e errPart) Error() string { return "goes on later" }

// reconciler decides what is compared when.
type reconciler struct {
	*Relay

	all     map[sideKey]*comparison
	gap     time.Duration // before the program started
	surveys time.Time
	markets map[bridge.Market]*appBudget
	ended   chan *comparison
	under   int
	wg      sync.WaitGroup
}

// Reconcile compares both sides with what was taken in, until the context
// ends: after something may have got lost, and slowly always. What it finds
// goes the way of everything else.
func (r *Relay) Reconcile(ctx context.Context) error {
	c := &reconciler{
		Relay: r, all: map[sideKey]*comparison{}, markets: map[bridge.Market]*appBudget{},
		ended: make(chan *comparison, comparisons),
	}
	defer c.wg.Wait()

	alive, err := r.store.AliveAt(ctx)
	if err != nil {
		return stopped(ctx, fmt.Errorf("read the last sign of life: %w", err))
	}

	if !alive.IsZero() {
		c.gap = r.clock().Sub(alive)
	}

	for ctx.Err() == nil {
		c.look(ctx)
		c.rest(ctx)
	}

	// What is heard after this is for the next run to find.
	return stopped(ctx, c.store.StayAlive(context.WithoutCancel(ctx), c.clock()))
}

// look does whatever is due.
func (c *reconciler) look(ctx context.Context) {
	now := c.clock()

	if !now.Before(c.surveys) {
		if err := errors.Join(c.survey(ctx), c.store.StayAlive(ctx, now)); err != nil && ctx.Err() == nil {
			c.log.ErrorContext(ctx, "comparisons not surveyed", slog.Any("error", err))
		}

		c.surveys = now.Add(surveyEvery)
	}

	for key, ask := range c.ears.asked(now) {
		if k := c.all[key]; k != nil {
			k.hasten(ask, now)
		}
	}

	c.start(ctx, now)
}

// rest waits for the next look.
func (c *reconciler) rest(ctx context.Context) {
	timer := time.NewTimer(lookEvery)
	defer timer.Stop()

	select {
	case <-ctx.Done():
	case k := <-c.ended:
		k.running = false
		c.under--
	case <-c.ears.wake:
	case <-timer.C:
	}
}

// start runs what is due, the urgent ones first.
func (c *reconciler) start(ctx context.Context, now time.Time) {
	var due []*comparison

	for _, k := range c.all {
		if !k.running && k.well && !k.due.After(now) {
			due = append(due, k)
		}
	}

	slices.SortFunc(due, func(a, b *comparison) int {
		if a.urgent != b.urgent {
			return cmp.Compare(b.rank(), a.rank())
		}

		return a.due.Compare(b.due)
	})

	for _, k := range due[:min(len(due), comparisons-c.under)] {
		k.running = true
		c.under++
		c.wg.Go(func() {
			k.run(ctx)
			c.ended <- k
		})
	}
}

func (k *comparison) rank() int {
	if k.urgent {
		return 1
	}

	return 0
}

// hasten lets a comparison begin soon, since something may have got lost: what
// was written a moment ago is old enough by then.
func (k *comparison) hasten(ask lack, now time.Time) {
	if k.running {
		// What it has not come to yet it will still see, the rest not.
		k.ears.ask(k.key, ask)

		return
	}

	k.urgent, k.gap, k.due = true, max(k.gap, ask.gap), now.Add(grace)
	k.round = nil

	if ask.mended {
		k.failures = 0
	}
}

// survey finds out which sides there are and whether calls to them can
// succeed.
func (c *reconciler) survey(ctx context.Context) error {
	there := map[sideKey]bool{}

	err := c.store.EachInstallation(ctx, func(i bridge.Installation) error {
		if i.State != bridge.Active {
			return nil
		}

		key := sideKey{installation: i.ID}
		there[key] = true

		if err := c.note(ctx, key, state{well: !i.Health.Credentials.Broken}); err != nil {
			return err
		}

		return c.surveyShops(ctx, i.ID, there)
	})
	if err != nil {
		return fmt.Errorf("read installations: %w", err)
	}

	for key, k := range c.all {
		if !there[key] && !k.running {
			delete(c.all, key)
			c.ears.forget(key)
		}
	}

	return nil
}

func (c *reconciler) surveyShops(ctx context.Context, id bridge.InstallationID, there map[sideKey]bool) error {
	shops, err := c.store.Shops(ctx, id)
	if err != nil {
		return fmt.Errorf("read shops: %w", err)
	}

	for _, shop := range shops {
		a, err := c.store.Authorization(ctx, shop.Authorization)
		if err != nil && !errors.Is(err, bridge.ErrNotFound) {
			return fmt.Errorf("read authorization: %w", err)
		}

		key := sideKey{id, shop.ID}
		there[key] = true

		is := state{
			market: shop.Authorization.Market,
			well:   err == nil && !a.Health.Broken && !shop.Standing.Broken,
			deaf:   shop.Subscription.Broken,
		}
		if err := c.note(ctx, key, is); err != nil {
			return err
		}
	}

	return nil
}

// state is what a survey sees of a side.
type state struct {
	market     bridge.Market
	well, deaf bool
}

// note remembers a side. What is well again, or was never looked at by this
// program, may have missed something.
func (c *reconciler) note(ctx context.Context, key sideKey, is state) error {
	now := c.clock()

	if k := c.all[key]; k != nil {
		if k.running {
			return nil
		}

		if is.well && !k.well || is.deaf != k.deaf {
			k.hasten(lack{gap: day, mended: true}, now)
		}

		k.well, k.deaf = is.well, is.deaf

		return nil
	}

	r, err := c.store.Round(ctx, key.installation, key.shop)
	if err != nil {
		return fmt.Errorf("read round: %w", err)
	}

	k := &comparison{Relay: c.Relay, key: key, well: is.well, deaf: is.deaf, budget: c.newBudget(key.side(), is.market)}
	for reach := range k.at {
		k.at[reach] = r.CheckedAt
	}

	k.at[reaches-1] = r.WholeAt
	k.due = k.next(now)

	if c.gap > 0 {
		k.hasten(lack{gap: c.gap}, now)
		k.urgent = c.gap >= brief || key.side() == bridge.Freshchat
	}

	c.all[key] = k

	return nil
}

// run does a part of a round and decides when to go on.
func (k *comparison) run(ctx context.Context) {
	if k.round == nil {
		k.begin()
	}

	partEnds := k.clock().Add(partFor)

	var err error
	if k.key.side() == bridge.TikTok {
		err = k.compareTikTok(ctx, partEnds)
	} else {
		err = k.compareFreshchat(ctx, partEnds)
	}

	if ctx.Err() != nil {
		return
	}

	var part errPart

	switch {
	case err == nil:
		err = k.complete(ctx)
	case errors.As(err, &part):
		k.due = part.at

		return
	}

	if err != nil {
		k.failed(ctx, err)
	}
}

// begin decides how far the round reaches.
func (k *comparison) begin() {
	now := k.clock()
	k.round = &round{began: now, urgent: k.urgent}

	for reach, every := range intervals[k.key.side()] {
		if now.Sub(k.at[reach]) >= every {
			k.round.reach = reach
		}
	}

	k.round.back = backs[k.round.reach]

	if k.urgent && k.key.side() == bridge.TikTok {
		k.round.reach = reaches - 1
	}

	if k.urgent {
		k.round.back = max(k.round.back, urgentBack(k.gap))
	}
}

// complete stores that the round ended well.
func (k *comparison) complete(ctx context.Context) error {
	r := k.round
	whole := r.reach == reaches-1

	err := k.store.UpdateRound(ctx, k.key.installation, k.key.shop, func(was *bridge.Round) error {
		was.CheckedAt = r.began
		was.Found += r.found
		was.TooOld += r.tooOld

		if whole {
			was.WholeAt = r.began
		}

		return nil
	})
	if err != nil {
		return fmt.Errorf("store round: %w", err)
	}

	for reach := range r.reach + 1 {
		k.at[reach] = r.began
	}

	k.observer.Reconciled(k.key.side(), comparedWell, r.compared)
	k.logRound(ctx, r)

	k.round, k.failures, k.urgent, k.gap = nil, 0, k.deaf, 0
	k.due = k.next(k.clock())

	if again := r.began.Add(deafEvery); k.deaf && again.Before(k.due) {
		k.due = again
	}

	return nil
}

func (k *comparison) logRound(ctx context.Context, r *round) {
	level := slog.LevelDebug
	if r.found > 0 || r.urgent {
		level = slog.LevelInfo
	}

	k.log.Log(ctx, level, "sides compared", slog.String("side", k.key.side().String()),
		slog.String("installation", string(k.key.installation)), slog.String("shop", string(k.key.shop)),
		slog.Int("conversations", r.compared), slog.Int("found", r.found), slog.Int("too_old", r.tooOld),
		slog.Int("calls", r.calls), slog.Duration("took", k.clock().Sub(r.began)))
}

// failed postpones what is left of the round. While a side does not answer,
// something may get lost: what comes after looks at everything.
func (k *comparison) failed(ctx context.Context, err error) {
	f := bridge.AsFailure(err)
	now := k.clock()
	wait := comparing.wait(k.failures, f.Wait)
	k.failures++

	switch {
	case f.Cause == bridge.CauseQuota:
		shared := k.quotas.early(k.key.shop, now)
		wait = k.quotas.refused(k.key.shop, now, wait).Sub(now)

		if shared {
			k.budget.app.refused(now, now.Add(wait))
		}
	case f.Class == bridge.Reauthorize:
		wait = max(wait, time.Hour)
	case f.Class == bridge.RateLimited:
		// Messages wait for what was asked for, not for what a comparison can.
		k.limits.refused(k.key.installation, k.key.side(), now, now.Add(retries.wait(0, f.Wait)))
		k.budget.refused()
	case f.Class == bridge.Temporary:
		k.urgent = true
	}

	if k.failures > 1 {
		k.round = nil // what it has seen by now is old
	}

	k.due = now.Add(wait)
	k.observer.Reconciled(k.key.side(), comparedFailed, 1)
	k.log.WarnContext(ctx, "comparison postponed", slog.String("side", k.key.side().String()),
		slog.String("installation", string(k.key.installation)), slog.String("shop", string(k.key.shop)),
		slog.Time("next", k.due), slog.Any("error", err))
}

// comparing is how a comparison that failed is repeated.
var comparing = backoff{first: 30 * time.Second, most: 30 * time.Minute, jitter: 10 * time.Second}
