package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"sellerchat/server/bridge"
)

// appsMend shows the form of the list.
const appsMend = `Write a JSON list like [{"market":"uk","app_key":"…","app_secret":"…","service_id":"…"}].`

// markets are those that TikTok registers apps for.
var markets = []bridge.Market{"uk", "asia", "us"}

// apps reads the list of apps.
func (r *reader) apps(variable string, text Secret) []App {
	if text == "" {
		return nil
	}

	var apps []App

	decoder := json.NewDecoder(strings.NewReader(text.Reveal()))
	decoder.DisallowUnknownFields()

	if err := decoder.Decode(&apps); err != nil {
		r.faults.add(variable, jsonProblem(err), appsMend)

		return nil
	}

	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		r.faults.add(variable, "goes on after the end of the list", appsMend)
	}

	return apps
}

// jsonProblem says what is wrong with the JSON without quoting it, since it holds secrets.
func jsonProblem(err error) string {
	var (
		syntax  *json.SyntaxError
		kind    *json.UnmarshalTypeError
		unknown = "json: unknown field "
	)

	switch {
	case errors.As(err, &syntax):
		return fmt.Sprintf("is not JSON: there is a mistake near character %d", syntax.Offset)
	case errors.As(err, &kind) && kind.Field == "":
		return "is JSON, but no list of apps"
	case errors.As(err, &kind):
		return "has a value of the wrong kind in " + kind.Field
	case strings.HasPrefix(err.Error(), unknown):
		return "has an unknown field " + strings.TrimPrefix(err.Error(), unknown)
	default:
		return "is not JSON: it ends too early"
	}
}

// apps reports apps that are incomplete or contradict each other.
func (k *checker) apps(c Config) {
	if len(c.TikTokApps) == 0 {
		k.fault(varTikTokApps, "is not set", appsMend)
	}

	seen := map[bridge.Market]bool{}

	for i, app := range c.TikTokApps {
		where := fmt.Sprintf("entry %d", i+1)

		switch {
		case app.Market == "":
			k.fault(varTikTokApps, "lacks market in "+where, "Write uk, asia or us.")
		case !slices.Contains(markets, app.Market):
			k.fault(varTikTokApps, fmt.Sprintf("has the unknown market %q in %s", app.Market, where), "Write uk, asia or us.")
		case seen[app.Market]:
			k.fault(varTikTokApps, fmt.Sprintf("has the market %q twice", app.Market), "Keep one app for each market.")
		}

		seen[app.Market] = true

		for _, field := range []struct{ name, value string }{
			{"app_key", app.Key}, {"app_secret", app.Secret.Reveal()}, {"service_id", app.ServiceID},
		} {
			if field.value == "" {
				k.fault(varTikTokApps, "lacks "+field.name+" in "+where, "Copy it from the app's page in TikTok Shop Partner Center.")
			}
		}

		if app.AuthorizeURL != "" {
			k.address(varTikTokApps, "authorize_url in "+where, app.AuthorizeURL, c.InsecureDev)
		}
	}
}
