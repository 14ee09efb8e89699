//go:build unix && !linux

package realplatform

import "syscall"

func dieWithParent() *syscall.SysProcAttr { return nil }
