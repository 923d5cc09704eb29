package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is set by the linker; without it the version is that of the module
// or its revision.
var release string

// version prints the version.
type version struct {
	JSON bool `help:"Print JSON for scripts."`
}

// Run implements the verb.
func (v *version) Run(t terminal) error {
	name, revision := release, ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if name == "" {
			name = info.Main.Version
		}
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	if v.JSON {
		return printJSON(t.stdout, map[string]string{"version": name, "revision": revision, "go": runtime.Version()})
	}
	_, err := fmt.Fprintf(t.stdout, "rollcall %s %s %s\n", name, revision, runtime.Version())
	return err
}
