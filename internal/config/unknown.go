package config

import (
	"regexp"
	"slices"
	"strings"
)

// Prefix begins the names of all variables that Tidings reads.
const Prefix = "TIDINGS_"

// serviceLink are variables that Kubernetes sets for a service whose name begins with
// that of Tidings.
var serviceLink = regexp.MustCompile(`_SERVICE_(HOST|PORT(_.+)?)$|_PORT(_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)?$`)

// Variables are the environment variables of all settings.
func Variables() []string {
	names := []string{FileEnv}
	for _, s := range Settings() {
		names = append(names, s.Env)
	}
	return names
}

// UnknownVariables are those of the names, in order, that look like a setting and are
// none, nor among others that are read.
func UnknownVariables(names, others []string) []string {
	known := append(Variables(), others...)
	var unknown []string
	for _, name := range names {
		if strings.HasPrefix(name, Prefix) && !slices.Contains(known, name) && !serviceLink.MatchString(name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}
