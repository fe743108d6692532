package archtest

import (
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// maxLines is how long a file may be that is neither a test nor generated.
const maxLines = 700

// vague are package names that say nothing about what is inside.
var vague = []string{"util", "utils", "common", "helper", "helpers", "model", "models", "type", "types", "misc", "base", "pkg"}

// CheckDocs returns the packages without a package comment.
func CheckDocs(files []File) []string {
	documented := make(map[string]bool)
	for _, file := range files {
		if file.Test() {
			continue
		}
		documented[file.Package()] = documented[file.Package()] || file.Syntax.Doc != nil
	}
	var problems []string
	for _, folder := range slices.Sorted(maps.Keys(documented)) {
		if !documented[folder] {
			problems = append(problems, folder+": no package comment")
		}
	}
	return problems
}

// CheckSizes returns the files that are too long to read.
func CheckSizes(files []File) []string {
	var problems []string
	for _, file := range files {
		if !file.Test() && !file.Generated() && file.Lines > maxLines {
			problems = append(problems, fmt.Sprintf("%s: %d lines, at most %d", file.Path, file.Lines, maxLines))
		}
	}
	return problems
}

// CheckNames returns the packages with a name that says nothing.
func CheckNames(files []File) []string {
	var problems []string
	for _, file := range files {
		if slices.Contains(vague, path.Base(file.Package())) {
			problems = append(problems, file.Path+": name the package after what it does")
		}
	}
	return problems
}

// mapRow is a row of a table whose first cell names a folder under internal/.
var mapRow = regexp.MustCompile("(?m)^\\|\\s*\\[?`(internal/[a-z0-9/]+)`")

// CheckMap compares the package table in ARCHITECTURE.md with the folders.
func CheckMap(files []File, architecture string) []string {
	var folders, rows []string
	for _, file := range files {
		if strings.HasPrefix(file.Path, "internal/") {
			folders = append(folders, file.Package())
		}
	}
	for _, match := range mapRow.FindAllStringSubmatch(architecture, -1) {
		rows = append(rows, strings.TrimSuffix(match[1], "/"))
	}
	return append(
		missing(folders, rows, "%s has no row in the table of ARCHITECTURE.md"),
		missing(rows, folders, "ARCHITECTURE.md has a row for %s, which is not there")...,
	)
}
