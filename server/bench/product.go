package bench

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"sellerchat/server/bench/load"
	"sellerchat/server/config"
	"sellerchat/server/run"
)

// fastest is the highest rate that the product takes, so that none holds it
// back where throughput or latency is measured.
const fastest = "10000"

// setting is what a measurement changes of the product's defaults.
type setting struct {
	name          string
	installations int
	// kept is how many messages were delivered before.
	kept int
	// rate is that of both sides, and window the order window; empty for the
	// defaults.
	rate, window string
	// hosts are where the accounts are, of as many of the last installations;
	// those before them are at the sink.
	hosts []string
}

// product starts the real program with so many installations of one shop each.
func (b *Bench) product(ctx context.Context, s setting) (*process, error) {
	if s.installations > 0 {
		if err := b.seed(ctx, s); err != nil {
			return nil, err
		}
	}

	return b.serve(ctx, s)
}

// file is the file that keeps the product's state.
func (b *Bench) file(s setting) string { return filepath.Join(b.work, s.name, "store.db") }

// serve starts the real program with what its store holds.
func (b *Bench) serve(ctx context.Context, s setting) (*process, error) {
	dir := filepath.Join(b.work, s.name)
	env := []string{
		"SELLERCHAT_LISTEN=127.0.0.1:0",
		"SELLERCHAT_OPS_LISTEN=127.0.0.1:0",
		"SELLERCHAT_PUBLIC_URL=http://127.0.0.1:1",
		"SELLERCHAT_STORE=bolt:" + b.file(s),
		"SELLERCHAT_DATA_DIR=" + dir,
		"SELLERCHAT_KEYSET=" + b.keyset,
		fmt.Sprintf(`SELLERCHAT_TIKTOK_APPS=[{"market":%q,"app_key":%q,"app_secret":%q,"service_id":"bench"}]`,
			load.Market, load.AppKey, load.Secret),
		"SELLERCHAT_TIKTOK_API_URL=http://" + b.sink.Addr(),
		"SELLERCHAT_TIKTOK_AUTH_URL=http://" + b.sink.Addr(),
		"SELLERCHAT_FRESHCHAT_HOSTS=" + strings.Join(append([]string{b.sink.Addr()}, s.hosts...), ","),
		"SELLERCHAT_FRESHCHAT_RATE=" + s.rate,
		"SELLERCHAT_TIKTOK_RATE=" + s.rate,
		"SELLERCHAT_ORDER_WINDOW=" + s.window,
		"SELLERCHAT_INSECURE_DEV=1",
	}

	return launch(ctx, s.name, dir, env, b.binary, "serve")
}

// host is where an installation's account is.
func (s setting) host(installation int, usual string) string {
	if at := installation - (s.installations - len(s.hosts)); at >= 0 {
		return s.hosts[at]
	}

	return usual
}

// seed installs accounts and delivers what was to be delivered before.
func (b *Bench) seed(ctx context.Context, s setting) error {
	accounts := make([]run.SeedAccount, s.installations)

	for i := range accounts {
		n := strconv.Itoa(i)
		accounts[i] = run.SeedAccount{
			Account: "00000000-0000-4000-9000-" + fmt.Sprintf("%012d", i),
			Host:    s.host(i, b.sink.Addr()), APIKey: "bench.api.key",
			ShopID: load.Shop(i), ShopCode: "BENCH" + n, ShopName: "Bench " + n, Cipher: "ROW_bench" + n,
			Market: load.Market, OpenID: "open" + n, AccessToken: "ROW_access" + n, RefreshToken: "ROW_refresh" + n,
			TopicID: "topic" + n, WebhookToken: "webhook" + n, LinkSecret: "link" + n,
		}
	}

	c := config.Flags{Store: "bolt:" + b.file(s), Keyset: config.Secret(b.keyset)}.Config()
	if err := run.Seed(ctx, c, accounts, s.kept); err != nil {
		return fmt.Errorf("seed: %w", err)
	}

	return nil
}

// newKeyset asks the product for one.
func newKeyset(ctx context.Context, binary string) (string, error) {
	out, err := exec.CommandContext(ctx, binary, "keys", "new").Output()
	if err != nil {
		return "", fmt.Errorf("%s keys new: %w", binary, err)
	}

	return strings.TrimSpace(string(out)), nil
}
