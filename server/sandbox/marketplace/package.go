package marketplace

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
)

// Load makes a package run from now on, in place of the stand-in that behaves
// as its server.js should. It must come before anything else is done with the
// Market.
func (m *Market) Load(app *App, node Node) error {
	r, err := startRunner(app, node)
	if err != nil {
		return err
	}

	m.app, m.runner = app, r

	return nil
}

// iparams are the installation parameters as the platform keeps them. The
// secure one is for server.js and for headers only.
func (m *Market) iparams() map[string]string {
	h, err := m.handover()
	if err != nil {
		return map[string]string{}
	}

	return map[string]string{
		"install_id": h.InstallID, "freshchat_domain": h.FreshchatDomain, "topic_id": h.TopicID, "link_secret": h.LinkSecret,
	}
}

// payload is what every event and function gets.
func (m *Market) payload(event string) map[string]any {
	return map[string]any{
		"currentHost": map[string]any{
			"endpoint_urls":      map[string]string{"freshchat": "https://" + m.opt.Host},
			"subscribed_modules": []string{"chat_conversation"},
		},
		"event": event, "iparams": m.iparams(), "region": m.opt.Region,
		"timestamp": m.opt.Clock.Now().UnixMilli(), "app_settings": map[string]any{},
	}
}

// call runs a function of server.js and counts what its calls came to.
func (m *Market) call(ctx context.Context, function string, payload any, a about) (outcome, calls, error) {
	var made calls

	o, err := m.runner.run(ctx, function, payload, func(ctx context.Context, in invocation) (reply, bool) {
		got, fine := m.invoke(ctx, in, a)
		made.add(got.Status, fine)

		return got, fine
	})
	for _, line := range o.Logged {
		m.opt.Logger.Info("server.js said", slog.String("line", line))
	}
	if err == nil && o.Error != "" {
		err = fmt.Errorf("%s: %s", function, o.Error)
	}

	return o, made, err
}

// errNoAnswer says that a function ended without an answer.
var errNoAnswer = errors.New("the app gave no answer")

// setUp runs the handler of a set-up event, whose answer stands: none means
// that the app could not be asked.
func (m *Market) setUp(ctx context.Context, event string) (outcome, error) {
	if _, err := m.handover(); err != nil {
		return outcome{}, err
	}

	o, _, err := m.call(ctx, m.app.events[event], m.payload(event), about{event: event})
	if err == nil && len(o.Rendered) == 0 {
		err = errNoAnswer
	}

	return o, err
}

// runInstall lets onAppInstall decide: renderData without words takes the
// installation, with words it is refused.
func (m *Market) runInstall(ctx context.Context) error {
	o, err := m.setUp(ctx, "onAppInstall")
	if err != nil {
		return fmt.Errorf("install: %w", err)
	}

	var refused struct {
		Message string `json:"message"`
	}
	if args := o.Rendered[0]; len(args) > 0 {
		if json.Unmarshal(args[0], &refused) == nil && refused.Message != "" {
			return fmt.Errorf("install: %w", &Refusal{Status: 400, Message: refused.Message})
		}
	}

	m.confirmed()

	return nil
}

// runEvent hands a product event to the package; an event that it does not
// listen to is none of its business.
func (m *Market) runEvent(ctx context.Context, event string, payload []byte) error {
	handler, listens := m.app.events[event]
	if !listens {
		return nil
	}

	var data map[string]any
	if err := json.Unmarshal(payload, &data); err != nil {
		return fmt.Errorf("read %s: %w", event, err)
	}
	all := m.payload(event)
	maps.Copy(all, data)
	all["iparams"] = m.iparams()

	var in envelope
	_ = json.Unmarshal(payload, &in) // it could be read just now
	_, a, err := read(event, in.Data)
	if err != nil {
		return fmt.Errorf("read %s: %w", event, err)
	}
	a.event = event

	_, made, err := m.call(ctx, handler, all, a)

	m.mu.Lock()
	defer m.mu.Unlock()

	switch {
	case err != nil || made.failed > 0:
		m.stats.Failed++
	case made.dropped > 0:
		m.stats.Dropped++
	case made.taken > 0:
		m.stats.Forwarded++
	default:
		m.stats.Filtered++
	}

	return err
}

// calls counts the template calls of one function.
type calls struct{ taken, dropped, failed int }

func (c *calls) add(status int, fine bool) {
	switch {
	case fine:
		c.taken++
	case status == 429:
		c.dropped++
	default:
		c.failed++
	}
}

// Function runs a function of server.js as a page of the app does and returns
// what it answers. Words for the page come as a *Refusal.
func (m *Market) Function(ctx context.Context, name string, data map[string]any) ([]byte, error) {
	if !m.app.functions[name] {
		return nil, fmt.Errorf("the app has no function %q", name)
	}

	payload := m.payload("")
	maps.Copy(payload, data)
	payload["iparams"] = m.iparams()

	o, _, err := m.call(ctx, name, payload, about{event: name})
	if err != nil {
		return nil, err
	}
	if len(o.Rendered) == 0 {
		return nil, errNoAnswer
	}

	args := o.Rendered[0]
	if len(args) > 1 && string(args[0]) == "null" {
		return args[1], nil
	}

	no := &Refusal{Status: 500}
	if len(args) > 0 {
		_ = json.Unmarshal(args[0], no) // a refusal without words is one all the same
	}

	return nil, no
}

// Save takes what the settings page's postConfigs returned, and runs
// onAppInstall unless the app is installed already: the platform has no event
// for an edit.
func (m *Market) Save(ctx context.Context, posted map[string]string) error {
	h := Handover{posted["install_id"], posted["link_secret"], posted["freshchat_domain"], posted["topic_id"]}
	if was, err := m.handover(); err == nil && (h.LinkSecret == "" || h.LinkSecret == masked) {
		h.LinkSecret = was.LinkSecret // not shown to the page, so not changed by it
	}

	if err := m.Accept(h); err != nil {
		return err
	}
	if _, installed := m.Installed(); installed {
		m.confirmed()

		return nil
	}

	return m.Confirm(ctx)
}

// masked is how a secure value comes back to the settings page.
var masked = strings.Repeat("•", 12)
