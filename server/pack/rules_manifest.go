package pack

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What the platform knows of an app for chats.
// https://developers.freshworks.com/docs/app-sdk/v3.0/chat_conversation/app-configuration/manifest/
const (
	platform   = "3.0"
	common     = "common"
	leastFDK   = 9.6
	iconSquare = `viewBox="0 0 64 64"`
)

var (
	productModules = []string{"chat_conversation", "chat_user"}

	events = map[string][]string{
		common:              {"onAppInstall", "onAppUninstall", "afterAppUpdate", "onExternalEvent", "onScheduledEvent"},
		"chat_conversation": {"onConversationCreate", "onConversationUpdate", "onMessageCreate", "onAgentActivityCreate"},
	}

	placements = map[string][]string{
		"chat_conversation": {"conversation_message_editor", "conversation_user_info", "conversation_background"},
	}

	exactVersion = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
)

var manifestRules = []Rule{
	{"the manifest is for platform 3.0, without anything of platform 2", func(c *contents) []string {
		var out []string
		if c.manifest.Platform != platform {
			out = append(out, fmt.Sprintf("platform-version is %q", c.manifest.Platform))
		}

		if c.manifest.Product != nil || c.manifest.Domains != nil {
			out = append(out, "product and whitelisted-domains belong to platform 2")
		}

		return out
	}},
	{"there are the module common and one of a chat product, and no others", wrongModules},
	{"every event is one of its module's", wrongEvents},
	{"every handler and function is in server.js", missingHandlers},
	{"an installation can be taken and removed", func(c *contents) []string {
		var out []string
		for _, event := range []string{"onAppInstall", "onAppUninstall"} {
			if _, found := c.manifest.Modules[common].Events[event]; !found {
				out = append(out, event+" has no handler")
			}
		}

		return out
	}},
	{"every placement is one of its module's, with its page and a square icon in app/", wrongPlacements},
	{"dependencies and engines have exact versions, and the fdk is 9.6 or newer", looseVersions},
}

func (c *contents) modules() []string { return slices.Sorted(maps.Keys(c.manifest.Modules)) }

func wrongModules(c *contents) []string {
	var out []string

	products := 0

	for _, name := range c.modules() {
		switch {
		case slices.Contains(productModules, name):
			products++
		case name != common:
			out = append(out, fmt.Sprintf("module %s is not known", name))
		}
	}

	if _, found := c.manifest.Modules[common]; !found {
		out = append(out, "module common is missing")
	}

	if products == 0 {
		out = append(out, "there is no module of a chat product")
	}

	return out
}

func wrongEvents(c *contents) []string {
	var out []string

	for _, name := range c.modules() {
		for event := range c.manifest.Modules[name].Events {
			if !slices.Contains(events[name], event) {
				out = append(out, fmt.Sprintf("module %s has no event %s", name, event))
			}
		}
	}

	return out
}

func missingHandlers(c *contents) []string {
	var out []string

	for _, name := range c.modules() {
		m := c.manifest.Modules[name]

		for _, event := range slices.Sorted(maps.Keys(m.Events)) {
			if h := m.Events[event].Handler; !c.exports(h) {
				out = append(out, fmt.Sprintf("%s is handled by %q, which server.js does not have", event, h))
			}
		}

		for _, function := range slices.Sorted(maps.Keys(m.Functions)) {
			if !c.exports(function) {
				out = append(out, fmt.Sprintf("function %s is not in server.js", function))
			}
		}
	}

	return out
}

func wrongPlacements(c *contents) []string {
	var out []string

	for _, name := range c.modules() {
		for place, p := range c.manifest.Modules[name].Location {
			if !slices.Contains(placements[name], place) {
				out = append(out, fmt.Sprintf("module %s has no place %s", name, place))
			}

			out = append(out, wrongPlacement(c, place, p)...)
		}
	}

	return out
}

func wrongPlacement(c *contents, place string, p placement) []string {
	var out []string

	if _, found := c.Files["app/"+p.URL]; !found {
		out = append(out, fmt.Sprintf("%s shows %q, which is not in app/", place, p.URL))
	}

	if place == "conversation_background" {
		return out
	}

	icon, found := c.Files["app/"+p.Icon]

	switch {
	case !found:
		out = append(out, fmt.Sprintf("%s has the icon %q, which is not in app/", place, p.Icon))
	case !strings.HasSuffix(p.Icon, ".svg") || !bytes.Contains(icon, []byte(iconSquare)):
		out = append(out, fmt.Sprintf("icon %s is not an SVG of 64 by 64", p.Icon))
	}

	return out
}

func looseVersions(c *contents) []string {
	var out []string

	for _, list := range []map[string]string{c.manifest.Dependencies, c.manifest.Engines} {
		for _, name := range slices.Sorted(maps.Keys(list)) {
			if !exactVersion.MatchString(list[name]) {
				out = append(out, fmt.Sprintf("%s has the version %q, which is not exact", name, list[name]))
			}
		}
	}

	for _, name := range []string{"node", "fdk"} {
		if _, found := c.manifest.Engines[name]; !found {
			out = append(out, "engines does not name "+name)
		}
	}

	if fdk, found := c.manifest.Engines["fdk"]; found && majorMinor(fdk) < leastFDK {
		out = append(out, fmt.Sprintf("fdk %s is too old", fdk))
	}

	return out
}

// majorMinor reads the first two numbers of a version as one.
func majorMinor(version string) float64 {
	parts := strings.SplitN(version, ".", 3)
	n, err := strconv.ParseFloat(strings.Join(parts[:min(2, len(parts))], "."), 64)

	if err != nil {
		return 0
	}

	return n
}
