package pack

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The bounds of a template's options.
// https://developers.freshworks.com/docs/app-sdk/v3.0/chat_conversation/front-end-apps/request-method/
const (
	mostAttempts  = 5
	mostDelay     = 1500
	delayStep     = 100
	mostTemplates = 100
)

var (
	// fullName is a host as the platform takes it.
	fullName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$`)
	// localHost is where a package for sandboxes may go.
	localHost = regexp.MustCompile(`^(127\.0\.0\.1|localhost):\d+$`)
	// secretParameter is a parameter that is stored as secure.
	secretParameter = regexp.MustCompile(`iparam\.link_secret`)
	// invoked is a template that code calls by name.
	invoked = regexp.MustCompile(`(?:invokeTemplate\(|template: |setUp\(|pass\()'(\w+)'`)
)

var requestRules = []Rule{
	{"every template is declared in the manifest, and every declared one is there", undeclared},
	{"every template that code calls is there", uncalled},
	{"templates go to a full host name over https, without port or path in it", wrongHosts},
	{"templates try again within the platform's bounds", wrongRetries},
	{"secure parameters stand in headers only", leakingTemplates},
}

func (c *contents) templateNames() []string { return slices.Sorted(maps.Keys(c.templates)) }

func undeclared(c *contents) []string {
	var out []string

	declared := c.manifest.Modules[common].Requests

	for _, name := range c.templateNames() {
		if _, found := declared[name]; !found {
			out = append(out, fmt.Sprintf("template %s is not declared", name))
		}
	}

	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if _, found := c.templates[name]; !found {
			out = append(out, fmt.Sprintf("template %s is declared and missing", name))
		}
	}

	if len(c.templates) > mostTemplates {
		out = append(out, fmt.Sprintf("there are %d templates", len(c.templates)))
	}

	return out
}

func uncalled(c *contents) []string {
	var out []string

	for _, folder := range []string{"server/", "config/", "app/"} {
		for _, file := range c.scripts(folder) {
			for _, m := range invoked.FindAllSubmatch(c.Files[file], -1) {
				if _, found := c.templates[string(m[1])]; !found {
					out = append(out, fmt.Sprintf("%s calls template %s, which is missing", file, m[1]))
				}
			}
		}
	}

	return out
}

func wrongHosts(c *contents) []string {
	var out []string

	for _, name := range c.templateNames() {
		s := c.templates[name].Schema
		local := c.local && s.Protocol == "http" && localHost.MatchString(s.Host)

		switch {
		case !local && (s.Protocol != "https" || !fullName.MatchString(s.Host)):
			out = append(out, fmt.Sprintf("template %s goes to %s://%s", name, s.Protocol, s.Host))
		case s.Host == placeholder:
			out = append(out, fmt.Sprintf("template %s has no backend's host in it", name))
		case !strings.HasPrefix(s.Path, "/"):
			out = append(out, fmt.Sprintf("template %s has the path %q", name, s.Path))
		}
	}

	return out
}

func wrongRetries(c *contents) []string {
	var out []string

	for _, name := range c.templateNames() {
		o := c.templates[name].Options
		if o.Attempts != nil && (*o.Attempts < 1 || *o.Attempts > mostAttempts) {
			out = append(out, fmt.Sprintf("template %s is tried %d times", name, *o.Attempts))
		}

		if o.Delay != nil && (*o.Delay < 0 || *o.Delay > mostDelay || *o.Delay%delayStep != 0) {
			out = append(out, fmt.Sprintf("template %s waits %d ms", name, *o.Delay))
		}
	}

	return out
}

func leakingTemplates(c *contents) []string {
	var out []string

	for _, name := range c.templateNames() {
		s := c.templates[name].Schema

		values := slices.Concat([]string{s.Host, s.Path}, slices.Collect(maps.Values(s.Query)))
		if slices.ContainsFunc(values, secretParameter.MatchString) {
			out = append(out, fmt.Sprintf("template %s holds the link secret outside its headers", name))
		}
	}

	return out
}
