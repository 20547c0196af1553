package marketplace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// Exchange hands in a one-time setup code and saves what it is good for. A
// code that is wrong, used or too old is a *Refusal.
func (m *Market) Exchange(ctx context.Context, code string) error {
	body, err := json.Marshal(map[string]string{"code": strings.TrimSpace(code)})
	if err != nil {
		return fmt.Errorf("exchange setup code: %w", err)
	}

	status, answer, err := m.try(ctx, "/install/exchange", "", body)
	if err != nil {
		return fmt.Errorf("exchange setup code: %w", err)
	}
	if status != 200 {
		return fmt.Errorf("exchange setup code: %w", refusal(status, answer))
	}

	var h Handover
	if err := json.Unmarshal(answer, &h); err != nil {
		return fmt.Errorf("exchange setup code: read answer: %w", err)
	}

	return m.Accept(h)
}

// Confirm presses the Marketplace's own Install button: onAppInstall runs, and
// a refusal, which is a *Refusal, leaves the app as it was. Pressed again after
// a further handover, it puts that one into force.
func (m *Market) Confirm(ctx context.Context) error {
	if m.app != nil {
		return m.runInstall(ctx)
	}

	if _, err := m.lifecycle(ctx, "/lifecycle/install", "onAppInstall"); err != nil {
		return fmt.Errorf("install: %w", err)
	}

	m.confirmed()

	return nil
}

func (m *Market) confirmed() {
	m.mu.Lock()
	defer m.mu.Unlock()

	if !m.installed {
		m.installed, m.since = true, m.opt.Clock.Now()
	}
	m.fresh, m.again, m.problem = false, false, ""
}

// Uninstall removes the app. onAppUninstall runs, but its outcome changes
// nothing: it is returned for the curious.
func (m *Market) Uninstall(ctx context.Context) error {
	err := m.tellUninstall(ctx)

	m.mu.Lock()
	defer m.mu.Unlock()
	m.installed, m.saved, m.fresh, m.again, m.problem = false, nil, false, false, ""

	if err != nil {
		return fmt.Errorf("uninstall: %w", err)
	}

	return nil
}

func (m *Market) tellUninstall(ctx context.Context) error {
	if m.app != nil {
		_, err := m.setUp(ctx, "onAppUninstall")

		return err
	}

	_, err := m.lifecycle(ctx, "/lifecycle/uninstall", "onAppUninstall")

	return err
}

// Session asks for the one-time address of the app's settings page.
func (m *Market) Session(ctx context.Context) (string, error) {
	answer, err := m.openSession(ctx)
	if err != nil {
		return "", fmt.Errorf("open settings: %w", err)
	}

	var said struct {
		URL string `json:"url"`
	}
	if err := json.Unmarshal(answer, &said); err != nil {
		return "", fmt.Errorf("open settings: read answer: %w", err)
	}
	if u, err := url.Parse(said.URL); err != nil || u.Host == "" {
		return "", errors.New("open settings: the answer has no complete address")
	}

	return said.URL, nil
}

func (m *Market) openSession(ctx context.Context) ([]byte, error) {
	if m.app != nil {
		return m.Function(ctx, "openSettings", nil)
	}

	return m.lifecycle(ctx, "/lifecycle/session", "session")
}

func (m *Market) lifecycle(ctx context.Context, path, event string) ([]byte, error) {
	if _, err := m.handover(); err != nil {
		return nil, err
	}

	body, err := json.Marshal(map[string]any{
		"event": event, "timestamp": m.opt.Clock.Now().UnixMilli(), "host": m.opt.Host, "region": m.opt.Region,
	})
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", event, err)
	}

	return m.post(ctx, request{path: path, event: event, body: body})
}
