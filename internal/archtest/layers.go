package archtest

import (
	"fmt"
	"slices"
	"strings"
)

// anything stands for a package that may import all others.
const anything = "*"

// layers is the table of who may import whom, by folder. What is missing in a row
// is forbidden, so a package that must never be reached needs no mention.
// .golangci.yml repeats the table for the editor.
var layers = map[string][]string{
	"internal/webhook": {},
	"internal/clock":   {},
	"internal/egress":  {},
	"internal/config":  {},
	"internal/obs":     {},
	"internal/schema":  {},
	"internal/front":   {},
	"signature":        {},
	"api":              {},
	"client":           {},
	"web":              {},
	"internal/console": {},

	"internal/catalog":        {"internal/webhook"},
	"internal/store":          {"internal/webhook"},
	"internal/store/postgres": {"internal/clock", "internal/store", "internal/webhook"},
	"internal/store/sqlite":   {"internal/clock", "internal/store", "internal/webhook"},

	"internal/account":  {"internal/clock", "internal/store", "internal/webhook"},
	"internal/ingest":   {"internal/clock", "internal/schema", "internal/store", "internal/webhook"},
	"internal/registry": {"internal/catalog", "internal/clock", "internal/ingest", "internal/schema", "internal/store", "internal/webhook"},
	"internal/deliver":  {"internal/clock", "internal/egress", "internal/webhook", "signature"},
	"internal/dispatch": {"internal/clock", "internal/store", "internal/webhook"},
	"internal/move":     {"internal/store/postgres", "internal/store/sqlite"},
	"internal/node":     {"internal/clock", "internal/store", "internal/webhook"},
	"internal/upkeep":   {"internal/clock", "internal/store", "internal/webhook"},
	"internal/receiver": {"internal/clock", "internal/webhook", "signature"},
	"internal/live":     {"internal/clock", "internal/store", "internal/webhook"},
	"internal/httpapi": {
		"api", "internal/account", "internal/catalog", "internal/clock", "internal/ingest", "internal/live", "internal/receiver",
		"internal/registry", "internal/schema", "internal/store", "internal/webhook", "signature",
	},

	"internal/app": {anything},
	"cmd/tidings": {
		"api", "internal/app", "internal/catalog", "internal/config", "internal/obs", "internal/receiver", "internal/webhook", "signature",
	},

	// Knows the binary and its API only, as a user does.
	"bench": {},

	"internal/archtest":        {anything},
	"internal/clientgen":       {anything},
	"internal/store/storetest": {anything},
	"internal/testkit":         {anything},
	"internal/testkit/pgtest":  {anything},
	"e2e":                      {anything},
}

// testOnly are packages that never get into the binary: only tests, and each
// other, may import them.
var testOnly = []string{"internal/archtest", "internal/clientgen", "internal/store/storetest", "internal/testkit", "internal/testkit/pgtest", "e2e"}

// CheckLayers returns every import that the table forbids. Tests may import what
// they like: they set the scene with real parts.
func CheckLayers(files []File) []string {
	var problems []string
	for _, file := range files {
		if file.Test() {
			continue
		}
		allowed, known := layers[file.Package()]
		if !known {
			problems = append(problems, fmt.Sprintf("%s: package %s has no row in the layer table", file.Path, file.Package()))
			continue
		}
		for _, imported := range ours(file) {
			if !mayImport(file.Package(), allowed, imported) {
				problems = append(problems, fmt.Sprintf("%s: %s may not import %s", file.Path, file.Package(), imported))
			}
		}
	}
	return problems
}

func mayImport(importer string, allowed []string, imported string) bool {
	if slices.Contains(testOnly, imported) {
		return slices.Contains(testOnly, importer)
	}
	if imported == "internal/app" && importer != "cmd/tidings" {
		return slices.Contains(testOnly, importer)
	}
	return slices.Contains(allowed, anything) || slices.Contains(allowed, imported)
}

// ours are the imports of this module, by folder.
func ours(file File) []string {
	var folders []string
	for _, imported := range file.Imports() {
		if folder, found := strings.CutPrefix(imported, Module+"/"); found {
			folders = append(folders, folder)
		}
	}
	return folders
}
