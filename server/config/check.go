package config

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Bounds of the numbers: beyond them a value is a slip, not a wish.
const (
	maxRate        = 10_000
	maxOrderWindow = time.Minute
)

// Check returns nil when the program can run with these settings, else Faults: everything that is
// wrong, each with the variable's name and what to do.
func (c Config) Check() error {
	k := checker{malformed: c.malformed}

	k.listeners(c)
	k.publicURL(c)
	k.state(c)
	k.apps(c)
	k.address(varTikTokAPIURL, "", c.TikTokAPIURL, c.InsecureDev)
	k.address(varTikTokAuthURL, "", c.TikTokAuthURL, c.InsecureDev)
	k.hosts(c)
	k.ancestors(c)
	k.numbers(c)

	if len(c.malformed)+len(k.found) == 0 {
		return nil
	}

	return append(slices.Clone(c.malformed), k.found...)
}

// checker gathers faults. A variable that could not even be read gets no second one.
type checker struct {
	malformed, found Faults
}

func (k *checker) fault(variable, problem, mend string) {
	if k.malformed.about(variable) || k.malformed.about(variable+fileSuffix) {
		return
	}

	k.found.add(variable, problem, mend)
}

func (k *checker) listeners(c Config) {
	for _, l := range []struct{ variable, address, example string }{
		{varListen, c.Listen, ":8080"}, {varOpsListen, c.OpsListen, "127.0.0.1:9090"},
	} {
		_, port, err := net.SplitHostPort(l.address)
		if err != nil || port == "" || !validPort(port) {
			k.fault(l.variable, "is "+strconv.Quote(l.address)+", which is no host and port", "Write it like "+l.example+".")
		}
	}

	if _, port, err := net.SplitHostPort(c.Listen); err == nil && port != "0" && c.Listen == c.OpsListen {
		k.fault(varOpsListen, "is the address of the public listener", "Give it a port of its own that the public cannot reach.")
	}
}

func (k *checker) publicURL(c Config) {
	const mend = "Write the https address of this server without a path, for example https://chat.example.com."

	if c.PublicURL == "" {
		k.fault(varPublicURL, "is not set", mend)

		return
	}

	u, err := url.Parse(c.PublicURL)
	if err != nil {
		k.fault(varPublicURL, errNotAddress.Error(), mend)

		return
	}

	if err := originError(u); err != nil {
		k.fault(varPublicURL, err.Error(), mend)

		return
	}

	if err := schemeError(u, c.InsecureDev); err != nil {
		k.fault(varPublicURL, err.Error(), mend)
	}

	if c.PublicURL != canonicalOrigin(c.PublicURL) {
		k.fault(varPublicURL, "is not written as browsers write it", "Write "+canonicalOrigin(c.PublicURL)+".")
	}

	if c.InsecureDev && u.Scheme == "https" {
		k.fault(varInsecureDev, "is on while "+varPublicURL+" is https", "Remove it: it is for development on one machine only.")
	}
}

// state checks what is kept, where, and under which keys.
func (k *checker) state(c Config) {
	if c.Store.Engine != "bolt" || c.Store.Path == "" {
		k.fault(varStore, "names no file", "Write it like bolt:data/sellerchat.db.")
	}

	if c.DataDir == "" {
		k.fault(varDataDir, "is empty", "Give a folder that this program's user may write to.")
	}

	if c.Keyset == "" {
		k.fault(varKeyset, "is not set",
			"Make a keyset with sellerchat keys new, keep a copy in a safe place, and give it here or as the file "+varKeyset+fileSuffix+".")
	}
}

// address checks an address that we call or send people to; what names a part of the variable.
func (k *checker) address(variable, what, text string, insecureDev bool) {
	problem := func(err error) string {
		if what == "" {
			return err.Error()
		}

		return "has an " + what + " that " + err.Error()
	}

	const mend = "Write an https address. Plain http is for loopback hosts in development only."

	u, err := url.Parse(text)
	if err != nil {
		k.fault(variable, problem(errNotAddress), mend)

		return
	}

	if err := addressError(u); err != nil {
		k.fault(variable, problem(err), mend)

		return
	}

	if err := schemeError(u, insecureDev); err != nil {
		k.fault(variable, problem(err), mend)
	}
}

func (k *checker) hosts(c Config) {
	if len(c.FreshchatHosts) == 0 {
		k.fault(varFreshchatHosts, "lists no host", "Write .freshchat.com, or the hosts of your accounts.")
	}

	for _, entry := range c.FreshchatHosts {
		if problem := hostProblem(entry, c.InsecureDev); problem != "" {
			k.fault(varFreshchatHosts, "holds "+strconv.Quote(entry)+", which "+problem,
				"Write hosts like acme.freshchat.com, or a suffix like .freshchat.com.")
		}
	}
}

// hostProblem says what is wrong with an entry of the allow-list, or nothing.
func hostProblem(entry string, insecureDev bool) string {
	host, port := splitPort(entry)
	name, isSuffix := strings.CutPrefix(host, ".")

	switch {
	case insecureDev && !isSuffix && loopback(host) && validPort(port):
		return ""
	case loopback(host) && !insecureDev:
		return "is this machine, and that needs " + varInsecureDev
	case !hostName(name) || !validPort(port):
		return "is no host name"
	case port != "":
		return "has a port"
	case !strings.Contains(name, "."):
		return "is too wide"
	default:
		return ""
	}
}

func (k *checker) ancestors(c Config) {
	for _, entry := range c.FrameAncestors {
		const mend = "Write exact origins like https://acme.freshchat.com, without wildcards and paths."

		quoted := "holds " + strconv.Quote(entry) + ", which "

		u, err := url.Parse(entry)
		if err != nil {
			k.fault(varFrameAncestors, quoted+errNotAddress.Error(), mend)

			continue
		}

		if err := originError(u); err != nil {
			k.fault(varFrameAncestors, quoted+err.Error(), mend)

			continue
		}

		if err := schemeError(u, c.InsecureDev); err != nil {
			k.fault(varFrameAncestors, quoted+err.Error(), mend)

			continue
		}

		if canonical := canonicalOrigin(entry); canonical != entry {
			k.fault(varFrameAncestors, quoted+"is not written as browsers write it", "Write "+canonical+".")
		}
	}
}

func (k *checker) numbers(c Config) {
	for _, rate := range []struct {
		variable string
		value    float64
	}{{varFreshchatRate, c.FreshchatRate}, {varTikTokRate, c.TikTokRate}} {
		if !(rate.value > 0 && rate.value <= maxRate) {
			k.fault(rate.variable, fmt.Sprintf("is %v, which is not above 0 and at most %d", rate.value, maxRate), "Write calls a second, for example 5.")
		}
	}

	if c.OrderWindow < 0 || c.OrderWindow > maxOrderWindow {
		k.fault(varOrderWindow, fmt.Sprintf("is %s, which is not between 0 and %s", c.OrderWindow, maxOrderWindow), "Write a short time, for example 250ms.")
	}

	if c.FormRate < 1 {
		k.fault(varFormRate, fmt.Sprintf("is %d, which lets nobody in", c.FormRate), "Write posts a minute, for example 60.")
	}
}
