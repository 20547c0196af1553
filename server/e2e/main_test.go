package e2e

import (
	"crypto/rand"
	"crypto/rsa"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// scratch is a folder for what all tests share.
var scratch string

func TestMain(m *testing.M) {
	var err error
	if scratch, err = os.MkdirTemp("", "sellerchat-e2e-"); err != nil {
		panic(err)
	}

	// The tests wait for backoffs more than they work.
	flag.Parse()

	if err := flag.Set("test.parallel", "12"); err != nil {
		panic(err)
	}

	m.Run() // its status becomes that of the program

	if err := os.RemoveAll(scratch); err != nil {
		panic(err)
	}
}

// program is the path of the real binary, built as the operator gets it when a
// test first asks for it.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(scratch, "sellerchat")

	build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "sellerchat/server")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")

	out, err := build.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("build program: %w\n%s", err, out)
	}

	return path, nil
})

// webhookKey signs the Freshchat webhooks of every account: making one takes
// longer than most tests.
var webhookKey = sync.OnceValues(func() (*rsa.PrivateKey, error) { return rsa.GenerateKey(rand.Reader, 2048) })
