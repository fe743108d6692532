// Package archtest holds the shape of the code base as tests: who may import whom,
// that the map in ARCHITECTURE.md is right, who may open a connection, and that
// every promise of the store has a case.
//
// It parses the sources itself. A test that asks the go command is answered from
// Go's test cache after a violating change, because the cache follows only the
// files that the test process opens.
package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Module is the import path of the repository.
const Module = "github.com/tidingshq/tidings"

// File is a parsed Go file. Path is relative to the root, with slashes.
type File struct {
	Path   string
	Syntax *ast.File
	Lines  int
}

// Test says whether the file is compiled for tests only.
func (f File) Test() bool { return strings.HasSuffix(f.Path, "_test.go") }

// Package is the folder of the file, relative to the root.
func (f File) Package() string { return path.Dir(f.Path) }

// Imports are the paths that the file imports.
func (f File) Imports() []string {
	var paths []string
	for _, spec := range f.Syntax.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		paths = append(paths, name)
	}
	return paths
}

// Generated says whether the file declares itself to be generated.
func (f File) Generated() bool { return ast.IsGenerated(f.Syntax) }

// Parse reads every Go file of the module below root. Folders with a go.mod of
// their own, hidden folders and testdata are not part of it.
func Parse(root string) ([]File, error) {
	var files []File
	walk := func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skip(root, name, entry)
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		file, err := parse(root, name)
		files = append(files, file)
		return err
	}
	err := filepath.WalkDir(root, walk)
	return files, err
}

func skip(root, name string, entry fs.DirEntry) error {
	if name == root {
		return nil
	}
	hidden := strings.HasPrefix(entry.Name(), ".") || strings.HasPrefix(entry.Name(), "_")
	if hidden || slices.Contains([]string{"testdata", "bin", "node_modules"}, entry.Name()) {
		return fs.SkipDir
	}
	if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil {
		return fs.SkipDir
	}
	return nil
}

func parse(root, name string) (File, error) {
	source, err := os.ReadFile(name)
	if err != nil {
		return File{}, fmt.Errorf("read source: %w", err)
	}
	syntax, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return File{}, fmt.Errorf("parse source: %w", err)
	}
	relative, err := filepath.Rel(root, name)
	if err != nil {
		return File{}, fmt.Errorf("place source: %w", err)
	}
	return File{Path: filepath.ToSlash(relative), Syntax: syntax, Lines: strings.Count(string(source), "\n")}, nil
}
