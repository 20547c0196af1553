package run

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"sellerchat/server/pack"
	"sellerchat/server/sandbox/marketplace"
)

// leastNode is the oldest Node.js that runs the package.
const leastNode = 20

// loadPackage makes the Marketplace run the package from the repository's
// sources, and says so. Where something for that is missing the stand-in goes
// on, and it says what.
func loadPackage(ctx context.Context, p *playground, repository string) string {
	node, err := findNode(ctx, repository)
	if err != nil {
		return "The Marketplace plays the app's package by a stand-in: " + err.Error() + "."
	}

	if err := runPackage(p, repository, node); err != nil {
		return "The Marketplace plays the app's package by a stand-in, since the real one does not run: " + err.Error() + "."
	}

	return "The Marketplace runs the app's real package."
}

func runPackage(p *playground, repository string, node marketplace.Node) error {
	built, err := pack.Build(pack.Options{Source: os.DirFS(repository), Origin: p.at.Backend, Local: true})
	if err != nil {
		return fmt.Errorf("build package: %w", err)
	}

	var packed bytes.Buffer
	if err := built.Zip(&packed); err != nil {
		return fmt.Errorf("build package: %w", err)
	}

	app, err := marketplace.LoadApp(packed.Bytes())
	if err != nil {
		return fmt.Errorf("load package: %w", err)
	}

	if err := p.world.Market.Load(app, node); err != nil {
		return fmt.Errorf("start package: %w", err)
	}

	return nil
}

// findNode finds Node.js and the packages that the app's package depends on.
func findNode(ctx context.Context, repository string) (marketplace.Node, error) {
	if _, err := os.Stat(filepath.Join(repository, "manifest.json")); err != nil {
		return marketplace.Node{}, errors.New("its sources are not in this folder")
	}

	program, err := exec.LookPath("node")
	if err != nil {
		return marketplace.Node{}, errors.New("there is no Node.js")
	}

	version, err := exec.CommandContext(ctx, program, "--version").Output()
	if err != nil {
		return marketplace.Node{}, errors.New("the Node.js here does not start")
	}

	major, _, _ := strings.Cut(strings.TrimPrefix(string(version), "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < leastNode {
		return marketplace.Node{}, fmt.Errorf("the Node.js here, %s, is too old, %d is needed", strings.TrimSpace(string(version)), leastNode)
	}

	modules, err := filepath.Abs(filepath.Join(repository, "node_modules"))
	if err != nil {
		return marketplace.Node{}, fmt.Errorf("find node_modules: %w", err)
	}

	if _, err := os.Stat(filepath.Join(modules, "jsonwebtoken")); err != nil {
		return marketplace.Node{}, errors.New("what it depends on is not installed; run npm ci")
	}

	return marketplace.Node{Path: program, Modules: modules}, nil
}
