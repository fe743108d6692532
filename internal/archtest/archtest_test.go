package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../.."

func repository(t *testing.T) []File {
	t.Helper()
	files, err := Parse(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("parsed %d files only", len(files))
	}
	return files
}

func report(t *testing.T, problems []string) {
	t.Helper()
	for _, problem := range problems {
		t.Error(problem)
	}
}

func TestLayers(t *testing.T) {
	t.Parallel()
	report(t, CheckLayers(repository(t)))
}

func TestOutbound(t *testing.T) {
	t.Parallel()
	report(t, CheckOutbound(repository(t)))
}

func TestPackageComments(t *testing.T) {
	t.Parallel()
	report(t, CheckDocs(repository(t)))
}

func TestFileSizes(t *testing.T) {
	t.Parallel()
	report(t, CheckSizes(repository(t)))
}

func TestPackageNames(t *testing.T) {
	t.Parallel()
	report(t, CheckNames(repository(t)))
}

func TestMap(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "ARCHITECTURE.md"))
	if err != nil {
		t.Fatal(err)
	}
	report(t, CheckMap(repository(t), string(text)))
}

func TestStoreCases(t *testing.T) {
	t.Parallel()
	report(t, CheckCases(repository(t)))
}

// The editor's table must be the same as ours: every rule of .golangci.yml that
// stands for a folder allows exactly what its row allows.
func TestLinterRepeatsTheLayers(t *testing.T) {
	t.Parallel()
	config, err := os.ReadFile(filepath.Join(root, ".golangci.yml"))
	if err != nil {
		t.Fatal(err)
	}
	rules := linterRules(string(config))
	for folder, allowed := range layers {
		if slices.Contains(allowed, anything) {
			continue
		}
		got, found := rules[folder]
		if !found {
			t.Errorf(".golangci.yml has no depguard rule for %s", folder)
			continue
		}
		slices.Sort(got)
		if want := slices.Sorted(slices.Values(allowed)); !slices.Equal(got, want) {
			t.Errorf(".golangci.yml lets %s import %v, the layer table %v", folder, got, want)
		}
	}
}

// linterRules reads the rules of depguard by the folder in their list of files.
func linterRules(config string) map[string][]string {
	rules := make(map[string][]string)
	folder := ""
	for line := range strings.Lines(config) {
		line = strings.TrimSpace(line)
		if name, found := strings.CutPrefix(line, `- "**/`); found {
			folder = strings.TrimSuffix(name, `/*.go"`)
			rules[folder] = nil
		}
		if name, found := strings.CutPrefix(line, "- "+Module+"/"); found {
			rules[folder] = append(rules[folder], strings.TrimSuffix(name, "$"))
		}
	}
	return rules
}
