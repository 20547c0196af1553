package pack

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// Where things are in a package.
const (
	manifestFile = "manifest.json"
	requestsFile = "config/requests.json"
	pageFile     = "config/iparams.html"
	formFile     = "config/iparams.json"
	scriptFile   = "config/assets/iparams.js"
	serverFile   = "server/server.js"
)

// manifest is the manifest as far as rules are about it.
type manifest struct {
	Platform     string            `json:"platform-version"`
	Modules      map[string]module `json:"modules"`
	Engines      map[string]string `json:"engines"`
	Dependencies map[string]string `json:"dependencies"`

	Product json.RawMessage `json:"product"`
	Domains json.RawMessage `json:"whitelisted-domains"`
}

type module struct {
	Location  map[string]placement       `json:"location"`
	Events    map[string]handler         `json:"events"`
	Requests  map[string]json.RawMessage `json:"requests"`
	Functions map[string]json.RawMessage `json:"functions"`
}

type placement struct {
	URL  string `json:"url"`
	Icon string `json:"icon"`
}

type handler struct {
	Handler string `json:"handler"`
}

// template is a request template.
type template struct {
	Schema struct {
		Protocol string            `json:"protocol"`
		Method   string            `json:"method"`
		Host     string            `json:"host"`
		Path     string            `json:"path"`
		Headers  map[string]string `json:"headers"`
		Query    map[string]string `json:"query"`
	} `json:"schema"`
	Options struct {
		Attempts *int `json:"maxAttempts"`
		Delay    *int `json:"retryDelay"`
	} `json:"options"`
}

// contents is a package as it was read.
type contents struct {
	*Package

	manifest  manifest
	templates map[string]template
	// unreadable are the JSON files that are none.
	unreadable []string
	// exported are the functions of server.js.
	exported []string
}

// exportsBlock is what server.js hands to the platform.
var exportsBlock = regexp.MustCompile(`(?ms)^exports = \{\n(.*?)^\};`)

// exportedName is a function in it.
var exportedName = regexp.MustCompile(`(?m)^  (?:async )?(\w+)(?:\(|: )`)

func (p *Package) read() *contents {
	c := &contents{Package: p}
	c.json(manifestFile, &c.manifest)
	c.json(requestsFile, &c.templates)

	for _, name := range p.names() {
		if strings.HasPrefix(name, "server/test_data/") {
			c.json(name, new(any))
		}
	}

	if block := exportsBlock.FindSubmatch(p.Files[serverFile]); block != nil {
		for _, m := range exportedName.FindAllSubmatch(block[1], -1) {
			c.exported = append(c.exported, string(m[1]))
		}
	}

	return c
}

func (c *contents) json(name string, into any) {
	data, found := c.Files[name]
	if found && json.Unmarshal(data, into) != nil {
		c.unreadable = append(c.unreadable, name)
	}
}

// exports reports whether server.js has a function of this name.
func (c *contents) exports(name string) bool { return slices.Contains(c.exported, name) }

// scripts are the names of the script files below a folder.
func (c *contents) scripts(folder string) []string {
	return slices.DeleteFunc(c.names(), func(name string) bool {
		return !strings.HasPrefix(name, folder) || !strings.HasSuffix(name, ".js")
	})
}
