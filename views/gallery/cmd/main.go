// Command cmd serves the gallery of all pages on this machine, for looking at.
package main

import (
	"flag"
	"log/slog"
	"net/http"
	"os"
	"time"

	"sellerchat/views/gallery"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8099", "address to serve the gallery on")
	flag.Parse()

	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	logger.Info("gallery", "url", "http://"+*listen+"/")
	server := &http.Server{Addr: *listen, Handler: gallery.Handler(), ReadHeaderTimeout: 5 * time.Second}
	if err := server.ListenAndServe(); err != nil {
		logger.Error("gallery stopped", "error", err)
		os.Exit(1) //nolint:forbidigo // this is main
	}
}
