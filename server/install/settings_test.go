package install

import (
	"errors"
	"strings"
	"testing"

	"sellerchat/server/bridge"
)

const pem = "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----"

func TestSaveWebhookKey(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)
	id := bridge.InstallationID(h.InstallID)

	if err := s.SaveWebhookKey(t.Context(), id, " Bearer "+acmeKey, pem); err != nil {
		t.Fatal(err)
	}

	tests := map[string]struct{ key, pasted, field, says string }{
		"a key that is none": {acmeKey, "hello", FieldWebhook, "not a public key"},
		"a text without end": {acmeKey, strings.Repeat("-", maxTyped+1), FieldWebhook, "longer than anything"},
		"another API key":    {"agent's guess at a key", pem, FieldKey, "not the API key that this app uses"},
		"no API key":         {"", pem, FieldKey, "is missing"},
	}

	for name, test := range tests {
		t.Run(name+" leaves the old one in force", func(t *testing.T) {
			refused(t, s.SaveWebhookKey(t.Context(), id, test.key, test.pasted), test.field, test.says)

			if s.installation(h).WebhookKey != pem {
				t.Error("the key in force has changed")
			}
		})
	}
}

func TestShowingTextAsksForTheAPIKey(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)
	id := bridge.InstallationID(h.InstallID)
	shown := bridge.Settings{AfterResolve: bridge.Reopen, ShowText: true}

	refused(t, s.SaveSettings(t.Context(), id, "", shown), FieldKey, "is missing")
	refused(t, s.SaveSettings(t.Context(), id, "another key", shown), FieldKey, "not the API key")

	if s.installation(h).Settings.ShowText {
		t.Error("texts are shown all the same")
	}

	if err := s.SaveSettings(t.Context(), id, acmeKey, shown); err != nil {
		t.Fatal(err)
	}

	// Once they are shown, other settings need no key.
	shown.MarkRead = true
	if err := s.SaveSettings(t.Context(), id, "", shown); err != nil {
		t.Error(err)
	}
}

func TestOverview(t *testing.T) {
	s := newStage(t)
	h := s.active("page", beauty.Code)
	id := bridge.InstallationID(h.InstallID)

	o, err := s.Overview(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}

	token, ok := strings.CutPrefix(o.WebhookAddress, origin+"/webhooks/freshchat/")
	if !ok || len(token) < 22 {
		t.Errorf("webhook address %q", o.WebhookAddress)
	}

	found, err := s.store.InstallationByWebhook(t.Context(), secretsPort{}.HashToken(token))
	if err != nil || found.ID != id {
		t.Errorf("the address leads to %q, %v", found.ID, err)
	}

	if len(o.Shops) != 1 || o.Shops[0].Consent.SellerName != "Glow" {
		t.Errorf("shops %+v", o.Shops)
	}

	s.uninstall(h, 2000)

	for name, err := range map[string]error{
		"overview": second(s.Overview(t.Context(), id)),
		"settings": s.SaveSettings(t.Context(), id, acmeKey, bridge.Settings{}),
		"key":      s.SaveWebhookKey(t.Context(), id, acmeKey, pem),
	} {
		if !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("%s after the uninstall: %v", name, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }

func TestASessionAddressOpensOnce(t *testing.T) {
	s := newStage(t)
	id := bridge.InstallationID(s.active("page", beauty.Code).InstallID)

	start := func() string {
		session, err := s.StartSession(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}

		return session
	}

	once := start()
	if err := s.OpenSession(t.Context(), once, id); err != nil {
		t.Fatal(err)
	}

	late := start()
	s.pass(bridge.SessionAddressFor)

	for name, err := range map[string]error{
		"again":                     s.OpenSession(t.Context(), once, id),
		"late":                      s.OpenSession(t.Context(), late, id),
		"for another installation":  s.OpenSession(t.Context(), start(), "ins_9"),
		"with an id that never was": s.OpenSession(t.Context(), "x", id),
	} {
		if !errors.Is(err, bridge.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}

}
