package config

import (
	"fmt"
	"net"
	"reflect"
	"slices"
	"strings"
)

// Advice returns what an operator should know about these settings although they are no faults.
func (c Config) Advice() []Fault {
	var advice Faults

	for _, origin := range c.FrameAncestors {
		advice.add(varFrameAncestors, "trusts every app that is served from "+origin,
			"Leave it out and let admins copy the setup code, which is the safe way.")
	}

	for _, network := range c.TrustedProxies {
		if network.Bits() == 0 {
			advice.add(varTrustedProxies, fmt.Sprintf("holds %s, so that anybody may choose the address we see", network),
				"List the networks of your proxies only.")
		}
	}

	if host, _, err := net.SplitHostPort(c.OpsListen); err == nil && !loopback(host) {
		advice.add(varOpsListen, "is "+c.OpsListen+", which other machines may reach",
			"Make sure that only your monitoring can.")
	}

	return advice
}

// UnknownVariables returns those of ours in the environment that no setting reads, which are most
// often misspelt. The environment is given as os.Environ returns it.
func UnknownVariables(environ []string) []Fault {
	var (
		unknown Faults
		known   []string
	)

	for field := range reflect.TypeFor[Flags]().Fields() {
		known = append(known, field.Tag.Get("env"))
	}

	for _, entry := range environ {
		variable, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(variable, "SELLERCHAT_") && !slices.Contains(known, variable) {
			unknown.add(variable, "is set, but no setting has that name", "Compare it with the table in the README.")
		}
	}

	return unknown
}
