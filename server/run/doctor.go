package run

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"sellerchat/server/auth"
	"sellerchat/server/config"
	"sellerchat/server/dial"
	"sellerchat/server/store/boltstore"
)

// reachTimeout bounds asking whether a host can be reached.
const reachTimeout = 5 * time.Second

type doctorCommand struct {
	config.Flags `embed:""`
}

// Run checks everything that can be checked from here, prints one line each,
// and ends with an error when anything must be fixed.
func (d *doctorCommand) Run(ctx context.Context, to Streams) error {
	r := &report{out: to.Out}
	c := d.Config()

	r.configuration(c)
	r.keyset(c)
	r.store(ctx, c)
	r.platforms(ctx, c)

	if r.wrong > 0 {
		r.line("")
		r.line(fmt.Sprintf("%d to fix. Then run sellerchat doctor again.", r.wrong))

		return errSaid
	}

	r.line("")
	r.line("Nothing to fix.")

	return nil
}

// report prints findings as they come.
type report struct {
	out   io.Writer
	wrong int
}

func (r *report) line(text string) { _, _ = fmt.Fprintln(r.out, text) } // nobody reads on

func (r *report) well(what string) { r.line("ok    " + what) }

func (r *report) note(what string) { r.line("note  " + what) }

func (r *report) fix(what string) {
	r.wrong++
	r.line("fix   " + what)
}

func (r *report) configuration(c config.Config) {
	var faults config.Faults

	switch err := c.Check(); {
	case err == nil:
		r.well("configuration")
	case errors.As(err, &faults):
		for _, f := range faults {
			r.fix(f.String())
		}
	default:
		r.fix(err.Error())
	}

	for _, a := range c.Advice() {
		r.note(a.String())
	}

	for _, u := range config.UnknownVariables(os.Environ()) {
		r.note(u.String())
	}
}

func (r *report) keyset(c config.Config) {
	if c.Keyset == "" {
		return // the configuration says so
	}

	if _, err := auth.ParseKeyset(c.Keyset.Reveal()); err != nil {
		r.fix("SELLERCHAT_KEYSET cannot be used: " + err.Error() + ". Restore it from where it is kept; sealed data opens with no other.")

		return
	}

	r.well("keyset")
}

// store opens the file as serve would. A program that runs holds it, which is
// how it should be.
func (r *report) store(ctx context.Context, c config.Config) {
	if c.Store.Path == "" {
		return // the configuration says so
	}

	if _, err := os.Stat(c.Store.Path); errors.Is(err, os.ErrNotExist) {
		r.folder(filepath.Dir(c.Store.Path))

		return
	}

	s, err := boltstore.Open(ctx, boltstore.Options{Path: c.Store.Path})

	switch {
	case errors.Is(err, boltstore.ErrInUse):
		r.note("the store is in use, so it was not opened: sellerchat serve is running")
	case err != nil:
		r.fix("SELLERCHAT_STORE cannot be opened: " + err.Error())
	default:
		r.well("store " + c.Store.Path)

		if err := s.Close(); err != nil {
			r.fix("the store did not close: " + err.Error())
		}
	}
}

// folder checks that the store's file can be made.
func (r *report) folder(dir string) {
	for {
		info, err := os.Stat(dir)
		if errors.Is(err, os.ErrNotExist) && dir != filepath.Dir(dir) {
			dir = filepath.Dir(dir)

			continue
		}

		if err != nil || !info.IsDir() {
			r.fix("SELLERCHAT_STORE is in " + dir + ", which is no folder that can be used.")

			return
		}

		break
	}

	probe, err := os.CreateTemp(dir, ".sellerchat-doctor-*")
	if err != nil {
		r.fix("SELLERCHAT_STORE cannot be made in " + dir + ": the program may not write there.")

		return
	}

	_ = probe.Close()           // nothing was written
	_ = os.Remove(probe.Name()) // an empty file at worst
	r.well("store will be made at the first start")
}

func (r *report) platforms(ctx context.Context, c config.Config) {
	r.reach(ctx, c, "SELLERCHAT_TIKTOK_API_URL", c.TikTokAPIURL)
	r.reach(ctx, c, "SELLERCHAT_TIKTOK_AUTH_URL", c.TikTokAuthURL)

	if c.PublicURL != "" {
		r.resolves(ctx, c.PublicURL)
	}
}

// reach asks whether the vendor's host answers at all; what it answers without
// credentials does not matter.
func (r *report) reach(ctx context.Context, c config.Config, variable, address string) {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return // the configuration says so
	}

	out := dial.NewClient(dial.NewTransport(dial.Options{AllowLoopback: c.InsecureDev}), reachTimeout)

	err = head(ctx, out, address)
	if err != nil {
		r.fix(fmt.Sprintf("%s: %s cannot be reached: %v. Check the network, the firewall and the name server.", variable, u.Host, dial.Reason(err)))

		return
	}

	r.well(u.Host + " answers")
}

func (r *report) resolves(ctx context.Context, public string) {
	u, err := url.Parse(public)
	if err != nil || u.Host == "" {
		return // the configuration says so
	}

	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()

	if _, err := net.DefaultResolver.LookupHost(ctx, u.Hostname()); err != nil {
		r.fix("SELLERCHAT_PUBLIC_URL: the name " + u.Hostname() + " is unknown to the name server. Check its spelling, or add it.")

		return
	}

	r.well(u.Hostname() + " is known to the name server")
}
