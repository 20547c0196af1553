package e2e

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"sellerchat/server/config"
	"sellerchat/server/sandbox/freshchatsim"
	"sellerchat/server/sandbox/tiktoksim"
)

// TestAccountsThatDiffer goes there and back with each of the ways in which
// real accounts are known to differ.
func TestAccountsThatDiffer(t *testing.T) {
	t.Parallel()

	tests := map[string]freshchatsim.Behavior{
		"paths know the numeric ids only":           {PathIDs: "numeric"},
		"paths know both ids":                       {PathIDs: "both"},
		"messages lack the numeric ids":             {OldPayloads: true},
		"parts of product events have null beside":  {NullSiblings: true},
		"a new conversation begins with a greeting": {SendWelcome: true},
		"a reference may belong to several users":   {DuplicateReferences: true},
		"a resolved conversation is never reopened": {RefuseResolved: true},
		"texts may have five thousand characters":   {MaxTextRunes: 5000},
		"the API may not post as a bot":             {RefuseBots: true},
		"there are 60 calls a minute, and no more":  {CallsPerMinute: 60},
	}

	for name, behavior := range tests {
		for path, prepare := range map[string]func(*tenant){
			"events": func(*tenant) {}, "webhooks": func(tn *tenant) { tn.useWebhooks(); tn.events.Store(false) },
		} {
			t.Run(name+", by "+path, func(t *testing.T) {
				t.Parallel()

				tn := newWorld(t, options{}).addInstalled(tenantSpec{behavior: behavior})
				prepare(tn)

				emma := tn.opened("Emma Clarke")
				emma.agentReplies("one")
				emma.buyerSees("one")
				emma.buyerWrites("two")
				emma.agentSees("two")

				strike(t, tn.w.tiktok.Faults(), tiktoksim.FaultSensitive, onceOf(1))
				emma.agentReplies("three", "four")
				emma.buyerSees("four")
				emma.agentIsTold("“three” was not sent")
				tn.w.quiet()
				emma.wantShown("Hello, I am Emma Clarke", "two")
				emma.wantReceived("one", "four")
			})
		}
	}
}

// TestFormsAreLimited posts more often than one address may; programs that
// prove themselves are outside the limit.
func TestFormsAreLimited(t *testing.T) {
	t.Parallel()

	w := newWorld(t, options{flags: func(f *config.Flags) { f.FormRate = "3" }})
	flow := newBrowser(t).open(w.origin+"/install").doc.Find("input[name=flow]").AttrOr("value", "")
	form := url.Values{"flow": {flow}, "freshchat_domain": {"example.com"}, "freshchat_api_key": {"x"}}

	var last *page
	for range 4 {
		last = newBrowser(t).post(w.origin+"/install/verify", form)
	}

	if last.status != http.StatusTooManyRequests || !strings.Contains(last.text(), "Wait a minute") {
		t.Errorf("the fourth post is answered %d: %s", last.status, last.text())
	}

	for range 5 {
		if got := w.send(t, "/install/exchange", `{"code":"AAAA"}`); got.status != http.StatusNotFound {
			t.Errorf("an exchange is answered %d", got.status)
		}
	}
}
