// Package telemetry is what an operator sees of the running program: its log, its metrics, and
// whether it is ready. It must not show a secret, and must not know what the workers it supervises
// do.
package telemetry
