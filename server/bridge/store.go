package bridge

import (
	"context"
	"time"
)

// Lanes are the durable queues. Nothing that a method acknowledged is lost by
// a crash; nothing is half there. Every method returns the context's error
// when it ends first, in which case the operation may have happened.
type Lanes interface {
	// Enqueue accepts entries in one transaction: message, origin key and
	// place in the lane. The answer has one Accepted an entry, in order; a
	// known origin key is a duplicate and no error.
	Enqueue(ctx context.Context, entries ...Entry) ([]Accepted, error)
	// Claim leases lanes whose head is due, fairly across installations, and
	// returns their heads. Messages of a lane come in the order of
	// Message.Order; a head that is Started, has an intent or calls done stays
	// the head. No due lane is an empty answer and no error.
	Claim(ctx context.Context, ask Ask) ([]Claim, error)
	// Ready receives a value whenever a lane toward the side may have become
	// due. It may signal too often, never too seldom.
	Ready(side Side) <-chan struct{}
	// Extend prolongs the lease; ErrFenced when the lane was claimed since.
	Extend(ctx context.Context, c Claim, lease time.Duration) error
	// Begin stores the intent, and the ids of the calls done so far, before a
	// call that cannot be repeated; ErrFenced when the lane was claimed since.
	Begin(ctx context.Context, c Claim, intent Intent, done []MessageID) error
	// Start is Begin without waiting for the disk, for the first call of a claim
	// that is Cleared. After a crash the delivery is Started, and stays the
	// head; the intent itself is lost, so that it must be possible to work it
	// out again. It prolongs the lease. ErrConflict when the claim is not
	// cleared, or begun since; ErrFenced when the lane was claimed since.
	Start(ctx context.Context, c Claim, intent Intent, lease time.Duration) error
	// Ack settles as Delivered or Skipped and frees the lane; ErrFenced when
	// the lane was claimed since: then nothing changes.
	Ack(ctx context.Context, c Claim, s Settlement) error
	// Bury settles as Failed or Uncertain and frees the lane; ErrFenced as
	// for Ack.
	Bury(ctx context.Context, c Claim, s Settlement) error
	// Retry frees the lane, due again later, its head unchanged; ErrFenced as
	// for Ack.
	Retry(ctx context.Context, c Claim, p Postponement) error
	// Release frees the lane as if it had not been claimed, due at the given
	// time. It is not durable and forgets nothing; ErrFenced as for Ack.
	Release(ctx context.Context, c Claim, at time.Time) error
	// Requeue puts a failed or uncertain delivery back into its lane with its
	// calls done kept, the intent of an uncertain one as Asked, and its attempts
	// counted anew; ErrNotFound when there is
	// none, ErrConflict when it is not failed or uncertain, when its text is
	// gone, or its installation.
	Requeue(ctx context.Context, id DeliveryID) error
	// Correct changes what a delivery ended as, when the truth turns out to be
	// another: from Uncertain or Failed to Delivered, or from Uncertain to
	// Failed, with everything else that a settlement changes. ErrNotFound when
	// there is none, ErrConflict when it did not end so, or its text is gone.
	Correct(ctx context.Context, id DeliveryID, s Settlement) error
	// Overdue returns up to limit lanes in the direction in which something
	// waits that was accepted before the time and of which nothing was told,
	// paused lanes included, in no order.
	Overdue(ctx context.Context, d Direction, before time.Time, limit int) ([]LaneKey, error)
	// Tell marks deliveries as told of and accepts the notes about them in one
	// transaction. What is not queued any more is left as it is, and the notes
	// about it are dropped.
	Tell(ctx context.Context, told []DeliveryID, notes ...Entry) error
	// Throttle holds back every lane of the installation whose target is the
	// side until the time, whatever Ask.Admit said of them before. It is not
	// durable.
	Throttle(id InstallationID, side Side, until time.Time)
	// Pause adds a pause, Resume removes it; both are durable and repeatable.
	Pause(ctx context.Context, p Pause) error
	Resume(ctx context.Context, p Pause) error
	// Known returns the delivery that the origin key was last accepted with
	// or, through Settlement.Origins, settled with, within the time that such
	// keys are kept; ErrNotFound when there is none. The ids of calls done,
	// given to Begin or Retry, are known from then on, as of the lane's target.
	// Creation times of one key may differ by half an hour.
	Known(ctx context.Context, key OriginKey) (DeliveryID, error)
	// Sent reports the intent of the lane's head, when it has one: what may
	// come back as an echo before its id is known. Of a head that is Started
	// nothing but that is known: its intent is empty.
	Sent(ctx context.Context, lane LaneKey) (Intent, bool)
	// Opening returns the link for which a conversation with the user is being
	// made, while the outcome is not known: somebody may answer in it before
	// the link names it.
	Opening(ctx context.Context, id InstallationID, user UserID) (LinkKey, bool)
	// Recent returns the deliveries of a lane that came last, the newest first:
	// what waits, and of what is final the few that are kept at hand; at most
	// so many.
	Recent(ctx context.Context, lane LaneKey, most int) ([]Delivery, error)
	// Delivery returns one delivery, final or not; ErrNotFound.
	Delivery(ctx context.Context, id DeliveryID) (Delivery, error)
	// Waiting returns up to limit queued deliveries of a lane, as Delivery does,
	// in the order in which they go.
	Waiting(ctx context.Context, lane LaneKey, limit int) ([]Delivery, error)
	// Stats counts what is queued.
	Stats(ctx context.Context) (Stats, error)
}

// Links find the pairs of conversations.
type Links interface {
	// Link returns a link; ErrNotFound.
	Link(ctx context.Context, key LinkKey) (Link, error)
	// LinkByThread returns the link that a Freshchat conversation, by either
	// of its ids, belongs or belonged to; ErrNotFound, also when it is
	// another installation's.
	LinkByThread(ctx context.Context, id InstallationID, thread ThreadID) (Link, error)
	// UpdateLink changes a link in one transaction; ErrNotFound. An error of
	// the function is returned and changes nothing.
	UpdateLink(ctx context.Context, key LinkKey, change func(*Link) error) error
}

// Installed is everything that an installation stores at once.
type Installed struct {
	Installation  Installation
	Shop          Shop
	Authorization Authorization
	// Setup are the tickets that come with it, such as the setup code.
	Setup []Ticket
}

// Installations hold accounts, shops and authorizations.
type Installations interface {
	// Installation returns an installation, a tombstone included; ErrNotFound.
	Installation(ctx context.Context, id InstallationID) (Installation, error)
	// InstallationByAccount returns the live installation of an account;
	// ErrNotFound.
	InstallationByAccount(ctx context.Context, id AccountID) (Installation, error)
	// InstallationByWebhook returns the live installation whose webhook token
	// has this hash; ErrNotFound.
	InstallationByWebhook(ctx context.Context, hash string) (Installation, error)
	// UpdateInstallation changes an installation in one transaction;
	// ErrNotFound. An error of the function is returned and changes nothing.
	UpdateInstallation(ctx context.Context, id InstallationID, change func(*Installation) error) (Installation, error)
	// Install stores an installation, its shop and the authorization in one
	// transaction. A pending installation gets a PausePending in every
	// direction with it. ErrShopTaken when a live installation of another
	// account holds the shop; ErrConflict when another live installation of
	// the same account appeared meanwhile. Links of an earlier installation of
	// the same account and shop move to the new one. It ends the pauses that it
	// mends: the installation's for its credentials, the shop's for its topic,
	// and for its authorization that of every shop of the consent.
	Install(ctx context.Context, in Installed) error
	// Activate turns a pending installation active and resumes its lanes; its
	// shops are active from at. ErrNotFound when there is none. The function
	// may change the installation further or refuse.
	Activate(ctx context.Context, id InstallationID, at time.Time, change func(*Installation) error) error
	// Uninstall turns an installation into a tombstone in one transaction:
	// key and tokens that nothing else needs are gone, its queued deliveries
	// are skipped, its shops are free. ErrNotFound. The function may change
	// the tombstone further or refuse. Uninstalling again changes nothing but
	// what the function does.
	Uninstall(ctx context.Context, id InstallationID, at time.Time, change func(*Installation) error) error
	// Remove deletes a pending installation and everything of it.
	// ErrNotFound; ErrConflict when it is not pending any more.
	Remove(ctx context.Context, id InstallationID) error
	// EachInstallation calls visit for every installation, tombstones
	// included, in no order, until it returns an error, which is returned.
	EachInstallation(ctx context.Context, visit func(Installation) error) error

	// Shop returns the connected shop; ErrNotFound while no live
	// installation holds it.
	Shop(ctx context.Context, id ShopID) (Shop, error)
	// Shops returns the shops of an installation, by name.
	Shops(ctx context.Context, id InstallationID) ([]Shop, error)
	// UpdateShop changes a shop in one transaction; ErrNotFound.
	UpdateShop(ctx context.Context, id ShopID, change func(*Shop) error) (Shop, error)
	// Authorization returns a consent; ErrNotFound.
	Authorization(ctx context.Context, key AuthorizationKey) (Authorization, error)
	// UpdateAuthorization changes a consent in one transaction; ErrNotFound.
	UpdateAuthorization(ctx context.Context, key AuthorizationKey, change func(*Authorization) error) (Authorization, error)
	// ShopsOf returns the shops that were authorized by the consent.
	ShopsOf(ctx context.Context, key AuthorizationKey) ([]Shop, error)
	// EachAuthorization calls visit for every consent, in no order, until it
	// returns an error, which is returned.
	EachAuthorization(ctx context.Context, visit func(Authorization) error) error
}

// TicketKind is what a ticket is for.
type TicketKind string

// The kinds of tickets.
const (
	// TicketFlow is an open install page.
	TicketFlow TicketKind = "flow"
	// TicketState is a redeemed OAuth state.
	TicketState TicketKind = "state"
	// TicketSetup is a setup code.
	TicketSetup TicketKind = "setup"
	// TicketHandover is what a framed install page may fetch once.
	TicketHandover TicketKind = "handover"
	// TicketSession is a settings session address, then the session.
	TicketSession TicketKind = "session"
	// TicketAnswer is the stored answer to a link JWT.
	TicketAnswer TicketKind = "answer"
)

// FlowFor is how long an open install page may be used, and so how long what
// was done on it is remembered.
const FlowFor = time.Hour

// SessionAddressFor is how long the address of a settings session may be
// opened.
const SessionAddressFor = 5 * time.Minute

// Ticket is something small that expires. Its value is sealed by its owner
// where it holds a secret.
type Ticket struct {
	Kind      TicketKind
	Key       string
	Value     []byte
	ExpiresAt time.Time
}

// Tickets hold what lives for minutes: flows, codes, sessions, answers.
type Tickets interface {
	// PutTicket stores a ticket, replacing one of the same kind and key.
	PutTicket(ctx context.Context, t Ticket) error
	// AddTicket stores a ticket; ErrConflict while one of the same kind and
	// key lives.
	AddTicket(ctx context.Context, t Ticket) error
	// Ticket returns a living ticket; ErrNotFound.
	Ticket(ctx context.Context, kind TicketKind, key string) (Ticket, error)
	// TakeTicket returns a living ticket and removes it: one caller at most
	// gets it, the others ErrNotFound.
	TakeTicket(ctx context.Context, kind TicketKind, key string) (Ticket, error)
	// SwapTicket replaces the value of a living ticket when it is still old;
	// ErrConflict when it is not, ErrNotFound when there is none.
	SwapTicket(ctx context.Context, t Ticket, old []byte) error
}

// Usage is what a shop has used of TikTok's allowance of a day.
type Usage struct {
	Shop ShopID
	// Day is the beginning of the day, in UTC, and Calls are those made on it.
	Day   time.Time
	Calls int
	// Stopped is until when TikTok wants no more calls for the shop.
	Stopped time.Time
}

// UsageFor is how long a usage is kept after its day began.
const UsageFor = 3 * 24 * time.Hour

// Usages remember over a restart how much of the day's allowance was used.
type Usages interface {
	// PutUsages stores usages in one transaction, each in place of what was
	// known of its shop.
	PutUsages(ctx context.Context, usages ...Usage) error
	// EachUsage calls visit for every usage, in no order, until it returns an
	// error, which is returned.
	EachUsage(ctx context.Context, visit func(Usage) error) error
}

// Sweeper removes what has outlived its time.
type Sweeper interface {
	// Sweep removes up to limit expired things in one short transaction and
	// says how many; fewer than limit means that nothing is left.
	Sweep(ctx context.Context, limit int) (int, error)
}
