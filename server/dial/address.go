package dial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// ErrForbidden means that the address may not be called, now or later: it is not on the
// public internet, or not reached in the required way.
var ErrForbidden = errors.New("address not allowed")

// global is where public IPv6 addresses are handed out; all else is refused.
var global = netip.MustParsePrefix("2000::/3")

// special lists what is not public, after the IANA registries of special-purpose addresses,
// and one metadata service at a public address.
var special = prefixes(
	"0.0.0.0/8",        // this network, unspecified
	"10.0.0.0/8",       // private
	"100.64.0.0/10",    // carrier-grade NAT; some clouds' metadata
	"127.0.0.0/8",      // loopback
	"168.63.129.16/32", // a cloud's metadata
	"169.254.0.0/16",   // link-local, most clouds' metadata
	"172.16.0.0/12",    // private
	"192.0.0.0/24",     // protocol assignments
	"192.0.2.0/24",     // documentation
	"192.88.99.0/24",   // 6to4 relays
	"192.168.0.0/16",   // private
	"198.18.0.0/15",    // benchmarks
	"198.51.100.0/24",  // documentation
	"203.0.113.0/24",   // documentation
	"224.0.0.0/4",      // multicast
	"240.0.0.0/4",      // reserved, broadcast
	"2001::/23",        // protocol assignments: Teredo, ORCHID, benchmarks
	"2001:db8::/32",    // documentation
	"2002::/16",        // 6to4: carries any IPv4 address
	"3fff::/20",        // documentation
)

func prefixes(list ...string) []netip.Prefix {
	out := make([]netip.Prefix, len(list))
	for i, s := range list {
		out[i] = netip.MustParsePrefix(s)
	}

	return out
}

// isPublic reports whether addr is an ordinary address of the public internet. Forms that
// carry an IPv4 address inside IPv6 (mapped, NAT64, 6to4, Teredo) are not, whatever they carry.
func isPublic(addr netip.Addr) bool {
	if !addr.IsValid() || addr.Zone() != "" {
		return false
	}
	if addr.Is6() && !global.Contains(addr) {
		return false
	}
	for _, p := range special {
		if p.Contains(addr) {
			return false
		}
	}

	return true
}

// onlyPublic is called with the address that a name resolved to, just before connecting:
// checking a name earlier would leave its owner time to change what it resolves to.
func onlyPublic(_ context.Context, _, address string, _ syscall.RawConn) error {
	return control(address, isPublic)
}

func onlyLoopback(_ context.Context, _, address string, _ syscall.RawConn) error {
	return control(address, netip.Addr.IsLoopback)
}

func control(address string, allowed func(netip.Addr) bool) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil || !allowed(ap.Addr()) {
		return fmt.Errorf("%w: resolves to %s", ErrForbidden, address)
	}

	return nil
}

// isLoopbackHost reports whether host names this machine without asking anybody.
func isLoopbackHost(host string) bool {
	host = strings.ToLower(host)
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)

	return err == nil && addr.IsLoopback()
}

// checkURL applies what can be said before a name is resolved.
func checkURL(u *url.URL, allowLoopback bool) error {
	host := u.Hostname()
	switch {
	case host == "":
		return fmt.Errorf("%w: no host", ErrForbidden)
	case u.User != nil:
		return fmt.Errorf("%w: user name in the address", ErrForbidden)
	case allowLoopback && isLoopbackHost(host):
		if u.Scheme != "http" || u.Port() == "" {
			return fmt.Errorf("%w: this machine is called over plain http and with a port", ErrForbidden)
		}

		return nil
	case u.Scheme != "https":
		return fmt.Errorf("%w: not https", ErrForbidden)
	}

	if addr, err := netip.ParseAddr(host); err == nil && !isPublic(addr) {
		return fmt.Errorf("%w: %s", ErrForbidden, net.JoinHostPort(host, u.Port()))
	}

	return nil
}
