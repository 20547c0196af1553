package web

import (
	"encoding/json"
	"net/http"

	"github.com/labstack/echo/v4"

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

// Operations returns what the private listener serves: metrics and the details
// of readiness.
func Operations(metrics http.Handler, ready *telemetry.Readiness) http.Handler {
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

	return mux
}
