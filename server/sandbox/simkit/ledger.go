package simkit

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Entry is one thing that happened on a platform.
type Entry struct {
	Seq          uint64    `json:"seq"` // from 1, without gaps
	Time         time.Time `json:"time"`
	Kind         string    `json:"kind"` // by sandbox: what happened
	Account      string    `json:"account,omitempty"`
	Conversation string    `json:"conversation,omitempty"`
	Author       string    `json:"author,omitempty"`
	MessageID    string    `json:"message_id,omitempty"`
	Text         string    `json:"text,omitempty"`
	Parts        string    `json:"parts,omitempty"` // short summary of what is not text
	Note         bool      `json:"note,omitempty"`  // for agents only
}

// Ledger is the append-only record of what a platform took and sent: tests
// count lost, doubled and reordered messages in it. It is safe for concurrent
// use and keeps the words that repeat (kinds, accounts, conversations,
// authors) once.
type Ledger struct {
	clock *Clock

	mu       sync.Mutex
	chunks   [][]row
	count    uint64
	words    []string
	numbers  map[string]uint32
	watchers map[chan struct{}]struct{}
}

// row is an Entry with numbers in place of the words that repeat.
type row struct {
	unixNano                            int64
	kind, account, conversation, author uint32
	messageID, text, parts              string
	note                                bool
}

const (
	chunkRows     = 4096
	ledgerPageMax = 100_000
)

// NewLedger returns an empty ledger that stamps entries with clock.
func NewLedger(clock *Clock) *Ledger {
	return &Ledger{clock: clock, numbers: map[string]uint32{}, watchers: map[chan struct{}]struct{}{}}
}

// Add appends e and returns it with its Seq and Time.
func (l *Ledger) Add(e Entry) Entry {
	e.Time = l.clock.Now()

	l.mu.Lock()
	defer l.mu.Unlock()

	if l.count%chunkRows == 0 {
		l.chunks = append(l.chunks, make([]row, 0, chunkRows))
	}
	last := len(l.chunks) - 1
	l.chunks[last] = append(l.chunks[last], row{
		unixNano: e.Time.UnixNano(),
		kind:     l.number(e.Kind), account: l.number(e.Account),
		conversation: l.number(e.Conversation), author: l.number(e.Author),
		messageID: e.MessageID, text: e.Text, parts: e.Parts, note: e.Note,
	})
	l.count++
	e.Seq = l.count

	for ch := range l.watchers {
		select {
		case ch <- struct{}{}:
		default: // it has not yet looked since the last signal
		}
	}

	return e
}

func (l *Ledger) number(word string) uint32 {
	n, ok := l.numbers[word]
	if !ok {
		n = uint32(len(l.words))
		l.numbers[word] = n
		l.words = append(l.words, word)
	}

	return n
}

// Len is the number of entries, which is also the Seq of the newest.
func (l *Ledger) Len() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()

	return l.count
}

// After returns at most limit entries with a Seq above seq, oldest first;
// limit 0 means all.
func (l *Ledger) After(seq uint64, limit int) []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()

	if seq >= l.count {
		return nil
	}
	n := l.count - seq
	if limit > 0 {
		n = min(n, uint64(limit))
	}

	out := make([]Entry, 0, n)
	for i := seq; i < seq+n; i++ {
		r := &l.chunks[i/chunkRows][i%chunkRows]
		out = append(out, Entry{
			Seq: i + 1, Time: time.Unix(0, r.unixNano).UTC(), Kind: l.words[r.kind], Account: l.words[r.account],
			Conversation: l.words[r.conversation], Author: l.words[r.author],
			MessageID: r.messageID, Text: r.text, Parts: r.parts, Note: r.note,
		})
	}

	return out
}

// Snapshot returns every entry, oldest first.
func (l *Ledger) Snapshot() []Entry { return l.After(0, 0) }

// Watch returns a channel that receives a signal after something was added.
// Signals are merged: read on with After until it returns nothing. Stop
// releases the channel.
func (l *Ledger) Watch() (added <-chan struct{}, stop func()) {
	ch := make(chan struct{}, 1)

	l.mu.Lock()
	defer l.mu.Unlock()
	l.watchers[ch] = struct{}{}

	return ch, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.watchers, ch)
	}
}

// Mount adds to mux:
//
//	GET /_sandbox/ledger?after=SEQ&limit=N   {"entries":[…],"next":SEQ,"total":N}
//
// "next" is the value of "after" for the next page; a page without entries
// ends the list.
func (l *Ledger) Mount(mux *http.ServeMux) {
	mux.HandleFunc("GET /_sandbox/ledger", func(w http.ResponseWriter, r *http.Request) {
		after, err := strconv.ParseUint(r.FormValue("after"), 10, 64)
		if err != nil && r.FormValue("after") != "" {
			WriteError(w, http.StatusBadRequest, `"after" must be a number`)
			return
		}
		limit, err := strconv.Atoi(r.FormValue("limit"))
		if err != nil || limit < 1 || limit > ledgerPageMax {
			limit = ledgerPageMax
		}

		page := struct {
			Entries []Entry `json:"entries"`
			Next    uint64  `json:"next"`
			Total   uint64  `json:"total"`
		}{Entries: l.After(after, limit), Next: after, Total: l.Len()}
		if n := len(page.Entries); n > 0 {
			page.Next = page.Entries[n-1].Seq
		}
		if page.Entries == nil {
			page.Entries = []Entry{}
		}
		WriteJSON(w, http.StatusOK, page)
	})
}
