//go:build !linux

package run

import "syscall"

// childAttributes keep the terminal's Ctrl+C for the demo, which stops the
// child in order.
func childAttributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
