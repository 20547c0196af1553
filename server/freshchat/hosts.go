package freshchat

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"sellerchat/server/bridge"
)

// fieldDomain is the form field of everything that is said about a host.
const fieldDomain = "freshchat_domain"

// Hosts are the hosts that may be called: a Freshchat account is reached at
// its own host, which somebody types, so nothing outside this list is ever
// called.
type Hosts struct {
	entries []hostEntry
}

// hostEntry is one host, or all below a suffix that begins with a dot.
type hostEntry struct {
	name string
	port string
}

func (e hostEntry) suffix() bool { return strings.HasPrefix(e.name, ".") }

// ParseHosts reads an allow-list. An entry that begins with a dot stands for
// every host below it, any other for itself. A port may stand only behind a
// loopback host; one without a port is then good for every port. An empty list
// means .freshchat.com.
func ParseHosts(list []string) (Hosts, error) {
	var h Hosts
	for _, entry := range list {
		entry = strings.ToLower(strings.TrimSpace(entry))
		if entry == "" {
			continue
		}

		e, err := parseEntry(entry)
		if err != nil {
			return Hosts{}, fmt.Errorf("allowed host %q: %w", entry, err)
		}

		h.entries = append(h.entries, e)
	}

	if h.entries == nil {
		h.entries = []hostEntry{{name: ".freshchat.com"}}
	}

	return h, nil
}

func parseEntry(entry string) (hostEntry, error) {
	bare, dotted := strings.CutPrefix(entry, ".")

	name, port, err := splitHost(bare)
	if err != nil {
		return hostEntry{}, err
	}

	if port != "" && !loopback(name) {
		return hostEntry{}, errPort
	}

	if dotted {
		name = "." + name
	}

	return hostEntry{name: name, port: port}, nil
}

// Normalise reads the host out of what a person typed or pasted: a bare host,
// or an address with scheme, path, /v2 or a slash at its end. The answer is in
// lower case, and holds a port only for a loopback host. A refusal is a
// *bridge.Error for the field freshchat_domain.
func (h Hosts) Normalise(typed string) (string, error) {
	text := strings.ToLower(strings.Map(visible, typed))
	if text == "" {
		return "", refuseHost("Type the Freshchat domain of your account"+h.example()+".", nil)
	}

	name, port, err := splitHost(authority(text))
	if err != nil || !h.allows(name, port) {
		return "", refuseHost("This is not a Freshchat domain. "+h.describe(), err)
	}

	return joinHost(name, port), nil
}

// authority cuts scheme and path off an address.
func authority(text string) string {
	for _, scheme := range []string{"https://", "http://", "//"} {
		if rest, found := strings.CutPrefix(text, scheme); found {
			text = rest

			break
		}
	}

	if end := strings.IndexAny(text, "/?#"); end >= 0 {
		text = text[:end]
	}

	return text
}

// visible drops blanks and invisible characters, which come with pasting and
// are no part of any host.
func visible(r rune) rune {
	switch r {
	case ' ', '\t', '\r', '\n', '\u00a0', '\u200b', '\u200c', '\u200d', '\u2060', '\ufeff':
		return -1
	}

	return r
}

func (h Hosts) allows(name, port string) bool {
	if port != "" && !loopback(name) {
		return false
	}

	for _, e := range h.entries {
		if e.port != "" && e.port != port {
			continue
		}

		if e.name == name || e.suffix() && strings.HasSuffix(name, e.name) && len(name) > len(e.name) {
			return true
		}
	}

	return false
}

// describe says what a right host looks like.
func (h Hosts) describe() string {
	var ends, exact []string
	for _, e := range h.entries {
		if e.suffix() {
			ends = append(ends, e.name)
		} else {
			exact = append(exact, joinHost(e.name, e.port))
		}
	}

	if len(ends) == 0 {
		return "It is " + strings.Join(exact, " or ") + "."
	}

	return "It ends in " + strings.Join(ends, " or ") + h.example() + "."
}

func (h Hosts) example() string {
	for _, e := range h.entries {
		if e.suffix() {
			return ", for example acme-123" + joinHost(e.name, e.port)
		}
	}

	return ""
}

func refuseHost(words string, cause error) error {
	return &bridge.Error{Code: bridge.Invalid, Field: fieldDomain, Words: words, Err: cause}
}

// The faults of a host's form, for the log.
var (
	errLabel = hostError("is not a host name")
	errPort  = hostError("may not have this port")
)

// hostError is a fault in the form of a host.
type hostError string

// Error says what is wrong, without repeating what was typed.
func (e hostError) Error() string { return string(e) }

// splitHost separates a port and checks the name: letters, digits and hyphens
// in labels, or an address of IPv6 in brackets. What is not ASCII is refused
// rather than converted: no account has such a host, and look-alikes do.
func splitHost(host string) (name, port string, err error) {
	var hasPort bool
	if end := strings.LastIndexByte(host, ']'); strings.HasPrefix(host, "[") && end > 0 {
		name, port, hasPort = host[1:end], strings.TrimPrefix(host[end+1:], ":"), len(host) > end+1

		addr, parseErr := netip.ParseAddr(name)
		if parseErr != nil || !addr.Is6() || addr.Zone() != "" || hasPort && host[end+1] != ':' {
			return "", "", errLabel
		}

		name = addr.String()
	} else {
		name, port, hasPort = strings.Cut(host, ":")
		// A dot at the end means the same host.
		name = strings.TrimSuffix(name, ".")
		if !hostName(name) {
			return "", "", errLabel
		}
	}

	if n, parseErr := strconv.ParseUint(port, 10, 16); hasPort && (parseErr != nil || n == 0 || port[0] == '0') {
		return "", "", errPort
	}

	return name, port, nil
}

func hostName(name string) bool {
	const longestName, longestLabel = 253, 63
	if len(name) > longestName {
		return false
	}

	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > longestLabel || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}

		if strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}

	return true
}

func joinHost(name, port string) string {
	if strings.Contains(name, ":") {
		name = "[" + name + "]"
	}

	if port == "" {
		return name
	}

	return name + ":" + port
}

// loopback reports whether a name or address means this machine.
func loopback(name string) bool {
	if name == "localhost" || strings.HasSuffix(name, ".localhost") {
		return true
	}

	addr, err := netip.ParseAddr(name)

	return err == nil && addr.IsLoopback()
}
