package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// elsewhere are commands that know of --database, and which other test runs them on
// PostgreSQL.
func elsewhere() []string { return []string{"serve"} }

// TestCommandsOnPostgres holds that every command which takes a database is run on
// PostgreSQL by a script (TestPostgresScripts).
func TestCommandsOnPostgres(t *testing.T) {
	t.Parallel()
	file := program(t)
	help := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), file, append(args, "--help")...).Output()
		if err != nil {
			t.Fatal(err)
		}
		return string(out)
	}
	script, err := os.ReadFile(filepath.Join("scripts", "postgres", "commands.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	_, commands, _ := strings.Cut(help(), "Commands:\n")
	found := 0
	for _, match := range regexp.MustCompile(`(?m)^  ([a-z][a-z-]*(?: [a-z][a-z-]*)?)  `).FindAllStringSubmatch(commands, -1) {
		name := match[1]
		if !strings.Contains(help(strings.Fields(name)...), "--database") {
			continue
		}
		if found++; !slices.Contains(elsewhere(), name) && !strings.Contains(string(script), "tidings "+name) {
			t.Errorf("tidings %s takes a database, and no script runs it on PostgreSQL", name)
		}
	}
	if found < 10 {
		t.Errorf("only %d commands take a database", found)
	}
}
