package web

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sellerchat/server/bridge"
	"sellerchat/server/relay"
	"sellerchat/server/telemetry"
)

func TestReadiness(t *testing.T) {
	var (
		ready  telemetry.Readiness
		broken error
	)

	ready.Add("store", func(context.Context) error { return broken })

	s := newStage(t, func(o *Options) { o.Ready = &ready })
	private := Operations(http.NotFoundHandler(), &ready, accounts{})

	for _, err := range []error{nil, errDisk} {
		broken = err

		status, word := http.StatusOK, "ready\n"
		if err != nil {
			status, word = http.StatusServiceUnavailable, "not ready\n"
		}

		if a := s.get("/readyz").is(status); a.body != word {
			t.Errorf("the public is told %q", a.body)
		}

		s.get("/healthz").is(http.StatusOK)

		w := httptest.NewRecorder()
		private.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/health", nil))

		if w.Code != status || err != nil && !strings.Contains(w.Body.String(), errDisk.Error()) {
			t.Errorf("the operator is told %d: %s", w.Code, w.Body)
		}
	}
}

// accounts are two, the second of which cannot be read.
type accounts struct{}

func (accounts) Completeness(_ context.Context, only bridge.InstallationID, visit func(relay.Account) error) error {
	if only != "ins_1" {
		return nil
	}

	return errors.Join(visit(relay.Account{Installation: only, In: 3, Delivered: 2, Missing: 1}), errDisk)
}

func TestTheOperatorSeesWhatBecameOfEveryAccountsMessages(t *testing.T) {
	w := httptest.NewRecorder()
	Operations(http.NotFoundHandler(), &telemetry.Readiness{}, accounts{}).
		ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/completeness?installation=ins_1", nil))

	for _, want := range []string{`"installation":"ins_1"`, `"in":3`, `"delivered":2`, `"missing":1`, `"error":"` + errDisk.Error()} {
		if !strings.Contains(w.Body.String(), want) {
			t.Errorf("the operator is told %s, without %s", w.Body, want)
		}
	}
}

func TestShopWords(t *testing.T) {
	tests := map[string]struct {
		shop bridge.ShopInfo
		want string
	}{
		"with its country":         {beauty, "Glow Beauty, United Kingdom"},
		"with a country not known": {bridge.ShopInfo{ID: "1", Name: "Glow", Region: "XX"}, "Glow, XX"},
		"without a country":        {bridge.ShopInfo{ID: "1", Name: "Glow"}, "Glow"},
		"no shop":                  {bridge.ShopInfo{}, ""},
	}

	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := shopWords(test.shop); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
