package run

import "syscall"

// childAttributes let a child die with the demo, and keep the terminal's
// Ctrl+C for the demo, which stops the child in order.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
}
