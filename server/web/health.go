package web

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

	"sellerchat/server/bridge"
	"sellerchat/server/relay"
	"sellerchat/server/telemetry"
)

// healthz answers GET /healthz: the process runs.
func (s *Server) healthz(c echo.Context) error { return c.String(http.StatusOK, "ok\n") }

// readyz answers GET /readyz: the store is open and the workers run.
func (s *Server) readyz(c echo.Context) error {
	if s.ready.Ready(c.Request().Context()) {
		return c.String(http.StatusOK, "ready\n")
	}

	return c.String(http.StatusServiceUnavailable, "not ready\n")
}

// Completeness tells what became of the messages of every account, or of a
// single one.
type Completeness interface {
	Completeness(ctx context.Context, only bridge.InstallationID, visit func(relay.Account) error) error
}

// Operations returns what the private listener serves: metrics, the details of
// readiness, and what became of every account's messages, a line for each.
func Operations(metrics http.Handler, ready *telemetry.Readiness, all Completeness) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", metrics)
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, r *http.Request) {
		details := map[string]string{}
		status := http.StatusOK

		for _, result := range ready.Report(r.Context()) {
			details[result.Name] = "ok"
			if result.Err != nil {
				details[result.Name] = result.Err.Error()
				status = http.StatusServiceUnavailable
			}
		}

		w.Header().Set(echo.HeaderContentType, echo.MIMEApplicationJSON)
		w.WriteHeader(status)
		_ = json.NewEncoder(w).Encode(details) // the operator hung up
	})

	mux.HandleFunc("GET /completeness", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set(echo.HeaderContentType, "application/x-ndjson")

		lines := json.NewEncoder(w)
		only := bridge.InstallationID(r.URL.Query().Get("installation"))

		err := all.Completeness(r.Context(), only, func(a relay.Account) error { return lines.Encode(a) })
		if err != nil {
			// The lines that are there are right; that some are not must be seen.
			_ = lines.Encode(map[string]string{"error": err.Error()})
		}
	})

	return mux
}
