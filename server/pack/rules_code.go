package pack

import (
	"fmt"
	"regexp"
	"strings"
)

// pageFunctions are found by name on the installation page.
// https://developers.freshworks.com/docs/app-sdk/v3.0/chat_conversation/app-configuration/installation-page/
var pageFunctions = []string{"getConfigs", "validate", "postConfigs"}

// banned is code that a review turns down.
var banned = []struct {
	where string
	code  *regexp.Regexp
	words string
}{
	{"", regexp.MustCompile(`\beval\s*\(|new Function\(`), "runs code from text"},
	{"", regexp.MustCompile(`\balert\s*\(`), "shows an alert"},
	{"", regexp.MustCompile(`\bdebugger\b`), "holds a breakpoint"},
	{"", regexp.MustCompile(`(?m)^\s*var\s`), "declares with var"},
	{"server/", regexp.MustCompile(`\bset(Timeout|Interval|Immediate)\b`), "uses a timer, of which the platform has none"},
	{"server/", regexp.MustCompile(`\$request\.(get|post|put|delete|patch)\b`), "calls without a template"},
	{"config/", regexp.MustCompile(`\bclient\.(db|interface)\b`), "uses what is not there before the installation"},
	{"config/", regexp.MustCompile(`\bconsole\.`), "writes to the browser's log, where secrets may end up"},
}

// plainAddress is an address over plain http, but a namespace's.
var plainAddress = regexp.MustCompile(`http://[^\s"'` + "`" + `]+`)

var codeRules = []Rule{
	{"the installation page's functions are plain ones, found by name", func(c *contents) []string {
		var out []string

		for _, name := range pageFunctions {
			plain := regexp.MustCompile(`(?m)^function ` + name + `\(`)
			if !plain.Match(c.Files[scriptFile]) {
				out = append(out, fmt.Sprintf("%s has no plain function %s", scriptFile, name))
			}
		}

		return out
	}},
	{"the link secret is stored as secure", func(c *contents) []string {
		if !regexp.MustCompile(`secure: \[[^\]]*'link_secret'`).Match(c.Files[scriptFile]) {
			return []string{scriptFile + " does not store link_secret as secure"}
		}

		return nil
	}},
	{"no code is what a review turns down", bannedCode},
	{"everything goes over https to the backend's own host", plainAddresses},
	{"server.js requires only its own files, Node's and declared packages", undeclaredPackages},
}

func bannedCode(c *contents) []string {
	var out []string

	for _, folder := range []string{"server/", "config/", "app/"} {
		for _, file := range c.scripts(folder) {
			for _, b := range banned {
				if strings.HasPrefix(file, b.where) && b.code.Match(c.Files[file]) {
					out = append(out, file+" "+b.words)
				}
			}
		}
	}

	return out
}

func plainAddresses(c *contents) []string {
	var out []string

	for _, name := range c.names() {
		if strings.HasPrefix(name, "server/test_data/") {
			continue
		}

		for _, address := range plainAddress.FindAllString(string(c.Files[name]), -1) {
			if !strings.HasPrefix(address, "http://www.w3.org/") && !c.local {
				out = append(out, fmt.Sprintf("%s names %s", name, address))
			}
		}

		if strings.Contains(string(c.Files[name]), placeholder) {
			out = append(out, name+" has no backend's host in it")
		}
	}

	return out
}

var (
	required    = regexp.MustCompile(`require\('([^']+)'\)`)
	nodeModules = map[string]bool{"crypto": true, "url": true, "querystring": true, "util": true, "buffer": true}
)

func undeclaredPackages(c *contents) []string {
	var out []string

	for _, file := range c.scripts("server/") {
		for _, m := range required.FindAllSubmatch(c.Files[file], -1) {
			name := string(m[1])
			_, declared := c.manifest.Dependencies[name]

			if !strings.HasPrefix(name, "./") && !nodeModules[name] && !declared {
				out = append(out, fmt.Sprintf("%s requires %s, which the manifest does not declare", file, name))
			}
		}
	}

	return out
}
