package simkit

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// FaultDoc names one thing that can be made to go wrong.
type FaultDoc struct {
	Name string `json:"name"` // snake_case, unique within one Faults
	Help string `json:"help"` // one sentence: what happens
}

// Fault is the setting of one switch.
type Fault struct {
	Rate      float64       // share of the occasions on which it strikes, above 0 up to 1
	Remaining int           // how often it still strikes before it switches itself off; 0 is without limit
	Delay     time.Duration // meaning by fault: how long to wait, how late to come
	Value     string        // meaning by fault: a code, a word, a status
	Only      string        // strikes only for this shop, account or conversation; empty is all
}

// Faults is a set of switches. It is safe for concurrent use, and its dice
// are seeded: the same seed and the same order of questions give the same
// answers.
type Faults struct {
	docs []FaultDoc
	on   atomic.Int32 // switches that are on, so that the usual answer costs nothing

	mu   sync.Mutex
	dice *rand.Rand
	set  map[string]*Fault
	hits map[string]int
}

// NewFaults returns switches for docs, all off.
func NewFaults(seed uint64, docs ...FaultDoc) *Faults {
	return &Faults{
		docs: slices.SortedFunc(slices.Values(docs), func(a, b FaultDoc) int { return cmp.Compare(a.Name, b.Name) }),
		dice: rand.New(rand.NewPCG(seed, seed)),
		set:  map[string]*Fault{},
		hits: map[string]int{},
	}
}

// Set switches a fault on, replacing its earlier setting. It refuses names
// without a FaultDoc, a rate outside (0, 1], and negative numbers.
func (f *Faults) Set(name string, v Fault) error {
	if !slices.ContainsFunc(f.docs, func(d FaultDoc) bool { return d.Name == name }) {
		return fmt.Errorf("set fault: %q is not known", name)
	}
	if !(v.Rate > 0 && v.Rate <= 1) || v.Remaining < 0 || v.Delay < 0 {
		return fmt.Errorf("set fault %s: the rate must be above 0 and at most 1, remaining and delay not negative", name)
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	f.set[name] = &v
	f.on.Store(int32(len(f.set)))

	return nil
}

// Clear switches a fault off; one that is off stays off.
func (f *Faults) Clear(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()

	f.clear(name)
}

func (f *Faults) clear(name string) {
	delete(f.set, name)
	f.on.Store(int32(len(f.set)))
}

// ClearAll switches every fault off.
func (f *Faults) ClearAll() {
	f.mu.Lock()
	defer f.mu.Unlock()

	clear(f.set)
	f.on.Store(0)
}

// Should tells whether the fault strikes on this occasion and with which
// setting. The subjects say whom the occasion concerns (shop, account,
// conversation); a switch with Only strikes when it equals one of them.
func (f *Faults) Should(name string, subjects ...string) (Fault, bool) {
	if f.on.Load() == 0 {
		return Fault{}, false
	}

	f.mu.Lock()
	defer f.mu.Unlock()

	v, ok := f.set[name]
	if !ok || v.Only != "" && !slices.Contains(subjects, v.Only) {
		return Fault{}, false
	}
	if v.Rate < 1 && f.dice.Float64() >= v.Rate {
		return Fault{}, false
	}

	f.hits[name]++
	got := *v
	if v.Remaining == 1 {
		f.clear(name)
	}
	if v.Remaining > 0 {
		v.Remaining--
	}

	return got, true
}

// FaultState is one switch as its control shows it.
type FaultState struct {
	FaultDoc
	On        bool    `json:"on"`
	Rate      float64 `json:"rate,omitempty"`
	Remaining int     `json:"remaining,omitempty"`
	DelayMS   int64   `json:"delay_ms,omitempty"`
	Value     string  `json:"value,omitempty"`
	Only      string  `json:"only,omitempty"`
	Hits      int     `json:"hits"` // how often it struck since the start
}

// States lists every switch by name.
func (f *Faults) States() []FaultState {
	f.mu.Lock()
	defer f.mu.Unlock()

	out := make([]FaultState, 0, len(f.docs))
	for _, d := range f.docs {
		s := FaultState{FaultDoc: d, Hits: f.hits[d.Name]}
		if v, ok := f.set[d.Name]; ok {
			s.On, s.Rate, s.Remaining = true, v.Rate, v.Remaining
			s.DelayMS, s.Value, s.Only = v.Delay.Milliseconds(), v.Value, v.Only
		}
		out = append(out, s)
	}

	return out
}

// Mount adds the control of the switches to mux:
//
//	GET    /_sandbox/faults         every switch: name, help, setting, hits
//	PUT    /_sandbox/faults/{name}  {"rate":1,"remaining":0,"delay_ms":0,"value":"","only":""}; rate left out is 1
//	DELETE /_sandbox/faults/{name}  switches it off
//	DELETE /_sandbox/faults         switches all off
func (f *Faults) Mount(mux *http.ServeMux) {
	list := func(w http.ResponseWriter) {
		WriteJSON(w, http.StatusOK, map[string][]FaultState{"faults": f.States()})
	}

	mux.HandleFunc("GET /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) { list(w) })
	mux.HandleFunc("DELETE /_sandbox/faults", func(w http.ResponseWriter, _ *http.Request) {
		f.ClearAll()
		list(w)
	})
	mux.HandleFunc("DELETE /_sandbox/faults/{name}", func(w http.ResponseWriter, r *http.Request) {
		f.Clear(r.PathValue("name"))
		list(w)
	})
	mux.HandleFunc("PUT /_sandbox/faults/{name}", func(w http.ResponseWriter, r *http.Request) {
		in := struct {
			Rate      float64 `json:"rate"`
			Remaining int     `json:"remaining"`
			DelayMS   int64   `json:"delay_ms"`
			Value     string  `json:"value"`
			Only      string  `json:"only"`
		}{Rate: 1}
		if !ReadControl(w, r, &in) {
			return
		}

		v := Fault{Rate: in.Rate, Remaining: in.Remaining, Delay: time.Duration(in.DelayMS) * time.Millisecond, Value: in.Value, Only: in.Only}
		if err := f.Set(r.PathValue("name"), v); err != nil {
			WriteError(w, http.StatusBadRequest, err.Error())
			return
		}
		list(w)
	})
}
