//go:build !linux

package testpg

import "os/exec"

// dropPrivileges does nothing where the kernel offers no signal on the death
// of a parent; Main stops the cluster.
func dropPrivileges(*exec.Cmd) error { return nil }

func giveAway(string) error { return nil }
