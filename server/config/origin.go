package config

import (
	"errors"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// errors of an address, as the rest of a sentence.
var (
	errNotAddress  = errors.New("is not an address like https://chat.example.com")
	errCredentials = errors.New("holds a name or password")
	errNotOrigin   = errors.New("has something after the host")
	errNotHTTPS    = errors.New("is not https")
)

// canonicalOrigin returns the origin as browsers write it: lower case, without a default port or
// a trailing slash. What is no origin is returned as it is.
func canonicalOrigin(text string) string {
	u, err := url.Parse(text)
	if err != nil || originError(u) != nil {
		return text
	}

	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := u.Port(); scheme == "https" && port == "443" || scheme == "http" && port == "80" {
		host = strings.TrimSuffix(host, ":"+port)
	}

	return scheme + "://" + host
}

// originError says why an address is more than an origin, or none at all.
func originError(u *url.URL) error {
	if err := addressError(u); err != nil {
		return err
	}

	if strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return errNotOrigin
	}

	return nil
}

// addressError says why something is no web address that we would call.
func addressError(u *url.URL) error {
	host := strings.ToLower(u.Hostname())
	_, notIP := netip.ParseAddr(host)

	switch {
	case u.Scheme == "" || notIP != nil && !hostName(host) || !validPort(u.Port()):
		return errNotAddress
	case u.User != nil:
		return errCredentials
	default:
		return nil
	}
}

// schemeError refuses plain http, but for loopback hosts in development.
func schemeError(u *url.URL, insecureDev bool) error {
	if u.Scheme == "https" || u.Scheme == "http" && insecureDev && loopback(u.Hostname()) {
		return nil
	}

	return errNotHTTPS
}

// loopback tells whether the host is this machine.
func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}

	address, err := netip.ParseAddr(host)

	return err == nil && address.IsLoopback()
}

// validPort tells whether the port may stand in an address; it may be missing.
func validPort(port string) bool {
	_, err := strconv.ParseUint(port, 10, 16)

	return port == "" || err == nil
}

// hostName tells whether the text is a dotted name in lower case whose last label is no number, so
// that no address passes for a name.
func hostName(text string) bool {
	labels := strings.Split(text, ".")
	for _, label := range labels {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" ||
			strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}

	_, err := strconv.Atoi(labels[len(labels)-1])

	return err != nil
}

// splitPort cuts a host from its port, which may be missing.
func splitPort(text string) (host, port string) {
	if host, port, err := net.SplitHostPort(text); err == nil {
		return host, port
	}

	return text, ""
}
