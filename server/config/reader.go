package config

import (
	"errors"
	"io/fs"
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// reader turns texts into values and gathers what it cannot read.
type reader struct {
	faults Faults
}

// secret returns the text of a setting that may also stand in a file.
func (r *reader) secret(variable string, text Secret, path string) Secret {
	if path == "" {
		return text
	}

	if text != "" {
		r.faults.add(variable, "and "+variable+fileSuffix+" are both set", "Keep one of them.")

		return ""
	}

	content, err := readFile(path)

	switch {
	case err != nil:
		r.faults.add(variable+fileSuffix, "names "+strconv.Quote(path)+", which cannot be read: "+reason(err),
			"Give the path of a file that this program's user may read.")
	case content == "":
		r.faults.add(variable+fileSuffix, "names "+strconv.Quote(path)+", which is empty", "Put the value into that file.")
	}

	return Secret(content)
}

// reason is why a file could not be read, without repeating its path.
func reason(err error) string {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return failed.Err.Error()
	}

	return err.Error()
}

// store reads "engine:path". What follows an unknown engine is not shown, since it may hold a
// password.
func (r *reader) store(variable, text string) Store {
	engine, path, _ := strings.Cut(text, ":")
	if engine != "bolt" {
		r.faults.add(variable, "does not begin with a known engine", "Write it like bolt:data/sellerchat.db.")
	}

	return Store{Engine: engine, Path: path}
}

// number reads a decimal number.
func (r *reader) number(variable, text string) float64 {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.faults.add(variable, "is "+strconv.Quote(text)+", which is no number", "Write calls a second, for example 5 or 0.5.")
	}

	return n
}

// count reads a whole number.
func (r *reader) count(variable, text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		r.faults.add(variable, "is "+strconv.Quote(text)+", which is no whole number", "Write posts a minute, for example 60.")
	}

	return n
}

// duration reads a time span with its unit; zero needs none.
func (r *reader) duration(variable, text string) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil {
		r.faults.add(variable, "is "+strconv.Quote(text)+", which is no time span", "Write it with its unit, for example 250ms or 1s, or 0.")
	}

	return d
}

// networks reads CIDRs separated by commas.
func (r *reader) networks(variable, text string) []netip.Prefix {
	var networks []netip.Prefix

	for _, entry := range list(text) {
		network, err := netip.ParsePrefix(entry)
		if err != nil {
			r.faults.add(variable, "holds "+strconv.Quote(entry)+", which is no network", networkMend(entry))

			continue
		}

		networks = append(networks, network.Masked())
	}

	return networks
}

// networkMend completes a lone address, which is what people write most.
func networkMend(entry string) string {
	example := "10.0.0.0/8"
	if address, err := netip.ParseAddr(entry); err == nil {
		example = netip.PrefixFrom(address, address.BitLen()).String()
	}

	return "Write it as an address and a prefix length, for example " + example + "."
}

// onOff reads a switch.
func (r *reader) onOff(variable, text string) bool {
	switch strings.ToLower(text) {
	case "1", "true", "yes", "on":
		return true
	case "", "0", "false", "no", "off":
		return false
	default:
		r.faults.add(variable, "is "+strconv.Quote(text)+", which is neither on nor off", "Write 1 or 0.")

		return false
	}
}

// list splits entries separated by commas, without blanks and empty ones.
func list(text string) []string {
	var entries []string

	for entry := range strings.SplitSeq(text, ",") {
		if entry = strings.TrimSpace(entry); entry != "" {
			entries = append(entries, entry)
		}
	}

	return entries
}
