package main

import (
	"fmt"
	"runtime"
)

type versionCommand struct{}

// Help is shown by kong.
func (versionCommand) Help() string { return examples("tidings version", "tidings version --json") }

// Run is called by kong.
func (versionCommand) Run(s *session) error {
	if s.json {
		return printJSON(s.stdout, map[string]string{
			"version": version, "go": runtime.Version(), "os": runtime.GOOS, "arch": runtime.GOARCH,
		})
	}
	_, err := fmt.Fprintf(s.stdout, "tidings %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
