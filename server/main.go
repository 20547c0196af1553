// Command sellerchat is the backend of TikTok Seller Chat.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"sellerchat/server/run"
)

func main() { os.Exit(start()) }

func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	return run.Main(ctx, os.Args[1:], run.Streams{Out: os.Stdout, Err: os.Stderr})
}
