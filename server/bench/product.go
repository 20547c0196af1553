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
	// rate is that of both sides, and window the order window; empty for the
	// defaults.
	rate, window string
}

// product starts the real program with so many installations of one shop each.
func (b *Bench) product(ctx context.Context, s setting) (*process, error) {
	dir := filepath.Join(b.work, s.name)
	store := "bolt:" + filepath.Join(dir, "store.db")

	if s.installations > 0 {
		if err := b.seed(ctx, store, s.installations); err != nil {
			return nil, err
		}
	}

	env := []string{
		"SELLERCHAT_LISTEN=127.0.0.1:0",
		"SELLERCHAT_OPS_LISTEN=127.0.0.1:0",
		"SELLERCHAT_PUBLIC_URL=http://127.0.0.1:1",
		"SELLERCHAT_STORE=" + store,
		"SELLERCHAT_DATA_DIR=" + dir,
		"SELLERCHAT_KEYSET=" + b.keyset,
		fmt.Sprintf(`SELLERCHAT_TIKTOK_APPS=[{"market":%q,"app_key":%q,"app_secret":%q,"service_id":"bench"}]`,
			load.Market, load.AppKey, load.Secret),
		"SELLERCHAT_TIKTOK_API_URL=http://" + b.sink.Addr(),
		"SELLERCHAT_TIKTOK_AUTH_URL=http://" + b.sink.Addr(),
		"SELLERCHAT_FRESHCHAT_HOSTS=" + b.sink.Addr(),
		"SELLERCHAT_FRESHCHAT_RATE=" + s.rate,
		"SELLERCHAT_TIKTOK_RATE=" + s.rate,
		"SELLERCHAT_ORDER_WINDOW=" + s.window,
		"SELLERCHAT_INSECURE_DEV=1",
	}

	return launch(ctx, s.name, dir, env, b.binary, "serve")
}

// seed installs accounts, all at the sink's host.
func (b *Bench) seed(ctx context.Context, store string, installations int) error {
	accounts := make([]run.SeedAccount, installations)

	for i := range accounts {
		n := strconv.Itoa(i)
		accounts[i] = run.SeedAccount{
			Account: "00000000-0000-4000-9000-" + fmt.Sprintf("%012d", i),
			Host:    b.sink.Addr(), APIKey: "bench.api.key",
			ShopID: load.Shop(i), ShopCode: "BENCH" + n, ShopName: "Bench " + n, Cipher: "ROW_bench" + n,
			Market: load.Market, OpenID: "open" + n, AccessToken: "ROW_access" + n, RefreshToken: "ROW_refresh" + n,
			TopicID: "topic" + n, WebhookToken: "webhook" + n, LinkSecret: "link" + n,
		}
	}

	c := config.Flags{Store: store, Keyset: config.Secret(b.keyset)}.Config()
	if err := run.Seed(ctx, c, accounts); err != nil {
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
