package dial

import (
	"errors"
	"net/netip"
	"net/url"
	"testing"
)

func TestIsPublic(t *testing.T) {
	for _, tt := range []struct {
		name string
		addr string
		want bool
	}{
		{"a public IPv4 address", "93.184.215.14", true},
		{"a public IPv6 address", "2606:2800:21f:cb07::1", true},
		{"the last address before 10/8", "9.255.255.255", true},
		{"the first address after carrier-grade NAT", "100.128.0.0", true},
		{"the first address after 172.16/12", "172.32.0.0", true},
		{"the first address after Teredo's registry block", "2001:200::1", true},
		{"the last address before multicast", "223.255.255.255", true},

		{"loopback", "127.0.0.1", false},
		{"another loopback", "127.255.255.254", false},
		{"loopback in IPv6", "::1", false},
		{"unspecified", "0.0.0.0", false},
		{"this network", "0.1.2.3", false},
		{"unspecified in IPv6", "::", false},
		{"private ten", "10.0.0.1", false},
		{"private 172.16", "172.16.0.1", false},
		{"private 172.31", "172.31.255.255", false},
		{"private 192.168", "192.168.1.1", false},
		{"unique local", "fd00:ec2::254", false},
		{"link-local, where metadata is served", "169.254.169.254", false},
		{"link-local in IPv6", "fe80::1", false},
		{"link-local with a zone", "fe80::1%eth0", false},
		{"a public address with a zone", "2606:2800:21f:cb07::1%eth0", false},
		{"site-local", "fec0::1", false},
		{"carrier-grade NAT", "100.64.0.1", false},
		{"metadata inside carrier-grade NAT", "100.100.100.200", false},
		{"metadata at a public address", "168.63.129.16", false},
		{"metadata among protocol assignments", "192.0.0.192", false},
		{"multicast", "224.0.0.1", false},
		{"multicast in IPv6", "ff02::1", false},
		{"broadcast", "255.255.255.255", false},
		{"reserved", "240.0.0.1", false},
		{"benchmarks", "198.19.0.1", false},
		{"documentation 1", "192.0.2.1", false},
		{"documentation 2", "198.51.100.1", false},
		{"documentation 3", "203.0.113.1", false},
		{"documentation in IPv6", "2001:db8::1", false},
		{"newer documentation in IPv6", "3fff::1", false},
		{"6to4 relay", "192.88.99.1", false},
		{"6to4 carrying loopback", "2002:7f00:1::", false},
		{"6to4 carrying a public address", "2002:5db8:d70e::", false},
		{"Teredo", "2001:0:53aa:64c::1", false},
		{"NAT64 carrying metadata", "64:ff9b::a9fe:a9fe", false},
		{"NAT64 carrying a public address", "64:ff9b::5db8:d70e", false},
		{"local NAT64", "64:ff9b:1::1", false},
		{"mapped loopback", "::ffff:127.0.0.1", false},
		{"mapped public address", "::ffff:93.184.215.14", false},
		{"compatible form of loopback", "::127.0.0.1", false},
		{"discard", "100::1", false},
		{"segment routing", "5f00::1", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := isPublic(netip.MustParseAddr(tt.addr)); got != tt.want {
				t.Errorf("isPublic(%s) = %v, want %v", tt.addr, got, tt.want)
			}
		})
	}
}

func TestControlRefusesWhatItCannotRead(t *testing.T) {
	for _, address := range []string{"", "93.184.215.14", "name:443", "[fe80::1%eth0]:443"} {
		if err := onlyPublic(t.Context(), "tcp", address, nil); !errors.Is(err, ErrForbidden) {
			t.Errorf("onlyPublic(%q) = %v, want ErrForbidden", address, err)
		}
	}
}

func TestCheckURL(t *testing.T) {
	for _, tt := range []struct {
		name string
		url  string
		prod bool // allowed in production
		dev  bool // allowed in development
	}{
		{"https to a name", "https://acme.freshchat.com/v2/x", true, true},
		{"https with a port", "https://acme.freshchat.com:8443/", true, true},
		{"https to a public address", "https://93.184.215.14/", true, true},
		{"plain http to a name", "http://acme.freshchat.com/", false, false},
		{"plain http to a name with a port", "http://acme.freshchat.com:8080/", false, false},
		{"another scheme", "ftp://acme.freshchat.com/", false, false},
		{"no scheme", "//acme.freshchat.com/", false, false},
		{"no host", "https:///x", false, false},
		{"a user name", "https://user@acme.freshchat.com/", false, false},
		{"a private address", "https://10.0.0.1/", false, false},
		{"a mapped address", "https://[::ffff:93.184.215.14]/", false, false},
		{"a zone", "https://[fe80::1%25eth0]/", false, false},
		{"loopback over http with a port", "http://127.0.0.1:8080/", false, true},
		{"loopback by name", "http://localhost:8080/", false, true},
		{"loopback by a name below it", "http://tiktok.LOCALHOST:8080/", false, true},
		{"loopback in IPv6", "http://[::1]:8080/", false, true},
		{"loopback without a port", "http://localhost/", false, false},
		{"loopback over https", "https://127.0.0.1:8443/", false, false},
		{"a user name at loopback", "http://user@127.0.0.1:8080/", false, false},
		{"a name that only ends like loopback", "http://notlocalhost:8080/", false, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			u, err := url.Parse(tt.url)
			if err != nil {
				t.Fatal(err)
			}
			for _, mode := range []struct {
				dev, want bool
			}{{false, tt.prod}, {true, tt.dev}} {
				err := checkURL(u, mode.dev)
				if (err == nil) != mode.want {
					t.Errorf("development %v: checkURL = %v, want allowed: %v", mode.dev, err, mode.want)
				}
				if err != nil && !errors.Is(err, ErrForbidden) {
					t.Errorf("development %v: %v does not match ErrForbidden", mode.dev, err)
				}
			}
		})
	}
}
