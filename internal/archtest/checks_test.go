package archtest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// parsed writes files and parses them, to show that each check finds what it is
// there for.
func parsed(t *testing.T, sources map[string]string) []File {
	t.Helper()
	dir := t.TempDir()
	for name, source := range sources {
		full := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(full), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	files, err := Parse(dir)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestChecksFind(t *testing.T) {
	t.Parallel()
	imports := func(pkg string, paths ...string) string {
		return "package " + pkg + "\nimport (\n_ \"" + strings.Join(paths, "\"\n_ \"") + "\"\n)\n"
	}
	tests := []struct {
		name  string
		files map[string]string
		check func([]File) []string
		want  string
	}{
		{
			"UpwardImport",
			map[string]string{"internal/webhook/a.go": imports("webhook", Module+"/internal/store")},
			CheckLayers, "internal/webhook may not import internal/store",
		},
		{
			"ConcreteStore",
			map[string]string{"internal/httpapi/a.go": imports("httpapi", Module+"/internal/store/sqlite")},
			CheckLayers, "may not import internal/store/sqlite",
		},
		{
			"TestOnlyPackageInTheBinary",
			map[string]string{"internal/app/a.go": imports("app", Module+"/internal/testkit")},
			CheckLayers, "may not import internal/testkit",
		},
		{
			"PackageWithoutRow",
			map[string]string{"internal/surprise/a.go": "package surprise\n"},
			CheckLayers, "has no row in the layer table",
		},
		{
			"Dialer",
			map[string]string{"internal/deliver/a.go": "package deliver\nimport \"net\"\nvar d = &net.Dialer{}\n"},
			CheckOutbound, "uses net.Dialer",
		},
		{
			"TransportUnderAnotherName",
			map[string]string{"internal/app/a.go": "package app\nimport web \"net/http\"\nvar t = new(web.Transport)\n"},
			CheckOutbound, "uses net/http.Transport",
		},
		{
			"NoPackageComment",
			map[string]string{"internal/clock/a.go": "package clock\n"},
			CheckDocs, "internal/clock: no package comment",
		},
		{
			"LongFile",
			map[string]string{"internal/clock/a.go": "package clock\n" + strings.Repeat("//\n", maxLines)},
			CheckSizes, "701 lines",
		},
		{
			"VagueName",
			map[string]string{"internal/helpers/a.go": "package helpers\n"},
			CheckNames, "name the package after what it does",
		},
		{
			"FolderWithoutRow",
			map[string]string{"internal/clock/a.go": "package clock\n"},
			func(files []File) []string { return CheckMap(files, "| `internal/store` | the contract |\n") },
			"internal/clock has no row",
		},
		{
			"RowWithoutFolder",
			map[string]string{"internal/clock/a.go": "package clock\n"},
			func(files []File) []string { return CheckMap(files, "| `internal/store` | the contract |\n") },
			"a row for internal/store, which is not there",
		},
		{
			"PromiseWithoutCase",
			map[string]string{
				"internal/store/store.go":       "package store\n\n// Claim leases. [case Queue/ClaimOnce]\ntype Queue int\n",
				"internal/store/storetest/a.go": "package storetest\n",
			},
			CheckCases, "promises the case Queue/ClaimOnce",
		},
		{
			"CaseWithoutPromise",
			map[string]string{
				"internal/store/store.go":       "package store\n\n// Claim leases. [case Queue/ClaimOnce]\ntype Queue int\n",
				"internal/store/storetest/a.go": "package storetest\nvar cases = []c{{\"Queue/ClaimOnce\", one}, {\"Queue/Other\", two}}\n",
			},
			CheckCases, "registers the case Queue/Other",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			problems := test.check(parsed(t, test.files))
			if !strings.Contains(strings.Join(problems, "\n"), test.want) {
				t.Errorf("got %q, want one with %q", problems, test.want)
			}
		})
	}
}
