package boltstore

import (
	"encoding/binary"
	"time"

	"sellerchat/server/bridge"
)

// A bucket is one kind of thing in the file. Numbers are big-endian, so that
// they sort; "str" is a length (uvarint) and that many bytes, so that no
// identifier can run into the next.
//
// What every message writes is in the order of arrival, since a commit costs
// the pages that it touches: queue and deliveries by a rising number, seen by
// the hour. What is found by another key than that is derived from deliveries
// later, many at a time (see pending). Only what rarely changes is led by the
// installation.
type bucket uint8

const (
	// bucketMeta: name → value; see the meta… names below.
	bucketMeta bucket = iota
	// bucketQueue: delivery id (8 bytes) → queue record. Present while the
	// delivery is not final, and until a flush of what is derived: lanes end
	// their deliveries all over the bucket, where those of a flush are side by
	// side.
	bucketQueue
	// bucketTexts: delivery id → the parts of the message, when they are too
	// long to move with its record. Present until the text has outlived its
	// time.
	bucketTexts
	// bucketProgress: delivery id → progress record. Present for queued
	// deliveries that were begun or tried.
	bucketProgress
	// bucketDeliveries: rising number (8) → delivery record: the deliveries in
	// the order in which they became final, as long as they have their text.
	bucketDeliveries
	// bucketArchive: the same number → delivery record without its text.
	bucketArchive
	// bucketPlaces: delivery id → its number in bucketDeliveries or
	// bucketArchive.
	bucketPlaces
	// bucketSeen: hour of creation (4), side (1), str message id, str
	// installation → delivery id (8). Without a creation time the hour is zero.
	bucketSeen
	// bucketUntimed: hour of acceptance (4), seen key → nothing: when the
	// keys without a creation time may go.
	bucketUntimed
	// bucketMarks: lane key → the highest order sent (8), when it was last sent
	// in (8).
	bucketMarks
	// bucketRecent: lane key → the ids (8 each) of its latest final deliveries,
	// oldest first.
	bucketRecent
	// bucketPauses: str installation, direction (1), str cause, str shop →
	// nothing.
	bucketPauses
	// bucketCounts: str installation, direction (1), str state, str reason →
	// how many deliveries ended so (8), up to which number in bucketDeliveries
	// they are counted (8).
	bucketCounts
	// bucketFound: delivery id → installation. Present while a delivery that
	// only a comparison found is not final.
	bucketFound
	// bucketReached: link key → up to where it was compared.
	bucketReached
	// bucketRounds: str installation, str shop → round.
	bucketRounds
	// bucketLinks: str installation, str shop, str conversation → link.
	bucketLinks
	// bucketThreads: str installation, str thread → link key.
	bucketThreads
	// bucketInstallations: installation id → installation.
	bucketInstallations
	// bucketAccounts: account id → id of its live installation.
	bucketAccounts
	// bucketWebhooks: webhook hash → id of its live installation.
	bucketWebhooks
	// bucketTombstones: installation id → when it was uninstalled (varint),
	// str account.
	bucketTombstones
	// bucketShops: shop id → shop.
	bucketShops
	// bucketHoldings: str installation, str shop → nothing.
	bucketHoldings
	// bucketAuthorizations: str market, str open id → authorization.
	bucketAuthorizations
	// bucketConsents: str market, str open id, str shop → nothing.
	bucketConsents
	// bucketTickets: str kind, str key → when it expires (varint), value.
	bucketTickets
	// bucketExpiries: second of expiry (8), ticket key → nothing.
	bucketExpiries
	// bucketMedia: media token → media record, or nothing of one whose bytes
	// are gone.
	bucketMedia
	// bucketParts: delivery id (8), part (4) → media token.
	bucketParts
	// bucketBlobs: blob key → media token. Present while the bytes are.
	bucketBlobs
	// bucketSpent: second (8), media token → nothing: when the bytes may go.
	bucketSpent
	// bucketGone: second (8), media token → nothing: when it may be forgotten
	// that there were any.
	bucketGone
	// bucketOwned: str installation, media token → nothing. Present while the
	// bytes are.
	bucketOwned
	// bucketUsages: shop id → usage.
	bucketUsages

	bucketCount
)

// bucketNames are the names in the file; they are part of the format.
var bucketNames = [bucketCount][]byte{
	bucketMeta:           []byte("meta"),
	bucketQueue:          []byte("queue"),
	bucketTexts:          []byte("texts"),
	bucketProgress:       []byte("progress"),
	bucketDeliveries:     []byte("deliveries"),
	bucketArchive:        []byte("archive"),
	bucketPlaces:         []byte("places"),
	bucketSeen:           []byte("seen"),
	bucketUntimed:        []byte("untimed"),
	bucketMarks:          []byte("marks"),
	bucketRecent:         []byte("recent"),
	bucketPauses:         []byte("pauses"),
	bucketCounts:         []byte("counts"),
	bucketFound:          []byte("found"),
	bucketReached:        []byte("reached"),
	bucketRounds:         []byte("rounds"),
	bucketLinks:          []byte("links"),
	bucketThreads:        []byte("threads"),
	bucketInstallations:  []byte("installations"),
	bucketAccounts:       []byte("accounts"),
	bucketWebhooks:       []byte("webhooks"),
	bucketTombstones:     []byte("tombstones"),
	bucketShops:          []byte("shops"),
	bucketHoldings:       []byte("holdings"),
	bucketAuthorizations: []byte("authorizations"),
	bucketConsents:       []byte("consents"),
	bucketTickets:        []byte("tickets"),
	bucketExpiries:       []byte("expiries"),
	bucketMedia:          []byte("media"),
	bucketParts:          []byte("parts"),
	bucketBlobs:          []byte("blobs"),
	bucketSpent:          []byte("spent"),
	bucketGone:           []byte("gone"),
	bucketOwned:          []byte("owned"),
	bucketUsages:         []byte("usages"),
}

// appended reports whether keys of the bucket only ever rise, so that its
// pages can be filled to the brim.
func (b bucket) appended() bool {
	switch b {
	case bucketQueue, bucketTexts, bucketDeliveries, bucketArchive, bucketPlaces, bucketFound:
		return true
	default:
		return false
	}
}

// ofInstallation are the buckets led by an installation that nothing else
// removes: what is in them goes with it.
var ofInstallation = [...]bucket{bucketLinks, bucketThreads, bucketMarks, bucketRecent, bucketCounts, bucketReached, bucketRounds}

// The names in bucketMeta.
var (
	// metaFormat is the version of the format (8 bytes).
	metaFormat = []byte("format")
	// metaOpens counts how often the file was opened (8 bytes): it leads the
	// epochs, so that claims of an earlier run are fenced.
	metaOpens = []byte("opens")
	// metaDerived is the number in bucketDeliveries up to which what is derived
	// from them is complete (8 bytes).
	metaDerived = []byte("derived")
	// metaAlive is when the program last said that it was running (8 bytes).
	metaAlive = []byte("alive")
	// metaCleared names the deliveries whose first call may have been made
	// though nothing else says so: a time (varint), a number, and for each its
	// id and how many milliseconds before that it was cleared (uvarints).
	metaCleared = []byte("cleared")
)

func numberKey(n uint64) []byte { return binary.BigEndian.AppendUint64(nil, n) }

func readNumber(b []byte) uint64 {
	if len(b) < 8 {
		return 0
	}

	return binary.BigEndian.Uint64(b)
}

// hourOf counts the hours since 1970; zero stands for no time.
func hourOf(t time.Time) uint32 {
	if t.IsZero() || t.Unix() < 0 {
		return 0
	}

	return uint32(t.Unix() / 3600)
}

func hourKey(hour uint32) []byte { return binary.BigEndian.AppendUint32(nil, hour) }

func seenKey(k bridge.OriginKey, hour uint32) []byte {
	b := make([]byte, 0, 4+1+2+len(k.ID)+len(k.Installation)+2)
	b = binary.BigEndian.AppendUint32(b, hour)
	b = append(b, byte(k.Side))
	b = appendString(b, string(k.ID))

	return appendString(b, string(k.Installation))
}

// laneKey is also the first part of a queue record. Its first two strings are
// the prefix of everything that one shop of an installation has in marks.
func appendLaneKey(b []byte, k bridge.LaneKey) []byte {
	b = appendString(b, string(k.Link.Installation))
	b = appendString(b, string(k.Link.Shop))
	b = append(b, byte(k.Direction))
	b = appendString(b, string(k.Link.Conversation))

	return appendString(b, string(k.Cause))
}

func laneKey(k bridge.LaneKey) string {
	var room [160]byte // more than any key has, so that only the string is made

	return string(appendLaneKey(room[:0], k))
}

// readLaneKey is the inverse of laneKey; the parts share the key's memory.
func readLaneKey(key string) bridge.LaneKey {
	d := decoder{s: key}

	return d.lane()
}

func linkKey(k bridge.LinkKey) []byte {
	b := linkPrefix(k.Installation, k.Shop)

	return appendString(b, string(k.Conversation))
}

func linkPrefix(id bridge.InstallationID, shop bridge.ShopID) []byte {
	return pairKey(string(id), string(shop))
}

func readLinkKey(key []byte) bridge.LinkKey {
	d := decoder{s: string(key)}

	return bridge.LinkKey{
		Installation: bridge.InstallationID(d.str()),
		Shop:         bridge.ShopID(d.str()),
		Conversation: bridge.ConversationID(d.str()),
	}
}

func threadKey(id bridge.InstallationID, thread bridge.ThreadID) []byte {
	return pairKey(string(id), string(thread))
}

func holdingKey(id bridge.InstallationID, shop bridge.ShopID) []byte {
	return pairKey(string(id), string(shop))
}

func authorizationKey(k bridge.AuthorizationKey) []byte {
	return pairKey(string(k.Market), string(k.OpenID))
}

func consentKey(k bridge.AuthorizationKey, shop bridge.ShopID) []byte {
	return appendString(authorizationKey(k), string(shop))
}

func ticketKey(kind bridge.TicketKind, key string) []byte {
	return pairKey(string(kind), key)
}

// secondKey leads a key with the second at which its time comes.
func secondKey(at time.Time, key []byte) []byte {
	b := binary.BigEndian.AppendUint64(nil, uint64(max(at.Unix(), 0)))

	return append(b, key...)
}

func partKey(id bridge.DeliveryID, part int) []byte {
	return binary.BigEndian.AppendUint32(numberKey(uint64(id)), uint32(part))
}

func ownedKey(id bridge.InstallationID, token []byte) []byte {
	return append(appendString(nil, id), token...)
}

func pauseKey(p bridge.Pause) []byte {
	b := appendString(nil, string(p.Installation))
	b = append(b, byte(p.Direction))
	b = appendString(b, string(p.Cause))

	return appendString(b, string(p.Shop))
}

func readPauseKey(key []byte) bridge.Pause {
	d := decoder{s: string(key)}

	return bridge.Pause{
		Installation: bridge.InstallationID(d.str()),
		Direction:    bridge.Direction(d.octet()),
		Cause:        bridge.PauseCause(d.str()),
		Shop:         bridge.ShopID(d.str()),
	}
}

func pairKey(a, b string) []byte {
	return appendString(appendString(make([]byte, 0, len(a)+len(b)+4), a), b)
}
