package pack

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// The sizes of older tools, in bytes: nothing newer is published.
const (
	mostInApp = 2 << 20
	mostInAll = 5 << 20
)

// configNames are all that the platform takes in config/.
var configNames = []string{
	"iparams.json", "iparams.html", "requests.json", "oauth_config.json", "app_settings.json", "entities.json",
}

// topFiles and topFolders are all that it takes at the top.
var (
	topFiles   = []string{manifestFile, "README.md"}
	topFolders = []string{"config", "server", "app", "coverage"}
)

var layoutRules = []Rule{
	{"every JSON file can be read", func(c *contents) []string {
		return each(c.unreadable, func(name string) string { return name + " is not JSON" })
	}},
	{"manifest, README, installation page, templates and event handlers are there", missingFiles},
	{"only the platform's own names are at the top and in config/", strangers},
	{"there is one installation page", func(c *contents) []string {
		_, page := c.Files[pageFile]
		if _, form := c.Files[formFile]; page && form {
			return []string{"config/ has both iparams.html and iparams.json"}
		}

		return nil
	}},
	{"no Go file, test or link to a neighbour is in it", outsiders},
	{"files are at most 2 MB in app/, and 5 MB altogether", tooLarge},
	{"every file that a page loads is there", missingAssets},
}

func each[T any](list []T, words func(T) string) []string {
	out := make([]string, len(list))
	for i, v := range list {
		out[i] = words(v)
	}

	return out
}

func missingFiles(c *contents) []string {
	var out []string

	for _, name := range []string{manifestFile, "README.md", pageFile, scriptFile, requestsFile, serverFile} {
		if _, found := c.Files[name]; !found {
			out = append(out, notFound(name))
		}
	}

	return out
}

func strangers(c *contents) []string {
	var out []string

	for _, name := range c.names() {
		top, rest, nested := strings.Cut(name, "/")

		switch {
		case !nested && !slices.Contains(topFiles, name), nested && !slices.Contains(topFolders, top):
			out = append(out, name+" is not known at the top")
		case top == "config" && !strings.HasPrefix(rest, "assets/") && !slices.Contains(configNames, rest):
			out = append(out, name+" is not known in config/")
		}
	}

	return out
}

func outsiders(c *contents) []string {
	var out []string

	for _, name := range c.names() {
		if path.Ext(name) == ".go" || strings.Contains(name, ".test.") || strings.Contains(name, "..") {
			out = append(out, name+" does not belong into a package")
		}
	}

	return out
}

func tooLarge(c *contents) []string {
	var out []string

	for _, name := range c.names() {
		if strings.HasPrefix(name, "app/") && len(c.Files[name]) > mostInApp {
			out = append(out, fmt.Sprintf("%s has %d bytes", name, len(c.Files[name])))
		}
	}

	if size := c.Size(); size > mostInAll {
		out = append(out, fmt.Sprintf("all files together have %d bytes", size))
	}

	return out
}

// loaded is a file that a page loads from the package.
var loaded = regexp.MustCompile(`(?:src|href)="([^"{#:]+)"`)

func missingAssets(c *contents) []string {
	var out []string

	for _, name := range c.names() {
		if path.Ext(name) != ".html" {
			continue
		}

		for _, m := range loaded.FindAllSubmatch(c.Files[name], -1) {
			file := path.Join(path.Dir(name), string(m[1]))
			if _, found := c.Files[file]; !found {
				out = append(out, fmt.Sprintf("%s loads %s, which is missing", name, m[1]))
			}
		}

		if !bytes.Contains(c.Files[name], []byte("{{{appclient}}}")) {
			out = append(out, name+" does not load the platform's client")
		}
	}

	return out
}
