package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain lets the test's program play the parts that it starts of itself.
func TestMain(m *testing.M) {
	if os.Getenv(roleVariable) != "" {
		_ = run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr) // who started it sees its answers
		return
	}
	m.Run()
}

// TestEveryBenchmarkRuns runs all of them for a second each, so that none rots. What
// they measure is not looked at, but nothing may be lost, doubled or refused.
func TestEveryBenchmarkRuns(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	binary := os.Getenv("TIDINGS_BIN")
	if binary == "" {
		binary = filepath.Join(folder, "tidings")
		build := exec.CommandContext(t.Context(), "go", "build", "-o", binary, "../cmd/tidings")
		build.Env = append(os.Environ(), "CGO_ENABLED=0")
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build: %v\n%s", err, out)
		}
	}
	file := filepath.Join(folder, "bench.json")
	if err := measure([]string{"-quick", "-binary", binary, "-json", file, "-plots", folder}, t.Output(), t.Output()); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	if want := len(workloads()) * len(systemsThere(relaySystem)); len(d.Results) != want {
		t.Errorf("%d results, want %d", len(d.Results), want)
	}
	for _, r := range d.Results {
		if r.Figures["delivered/s"].Min <= 0 {
			t.Errorf("%s on %s delivered nothing", r.Workload, r.System)
		}
		for _, bad := range []string{"lost", "duplicates", "refused"} {
			if r.Figures[bad].Max != 0 || r.Figures[bad].Min != 0 {
				t.Errorf("%s on %s: %s %.0f", r.Workload, r.System, bad, r.Figures[bad].Max)
			}
		}
	}
	for _, p := range plots() {
		if drawn, err := os.ReadFile(filepath.Join(folder, p.file)); err != nil || !strings.Contains(string(drawn), "<circle") {
			t.Errorf("%s has no point: %v", p.file, err)
		}
	}
	if len(d.Scenarios) != len(scenarios()) {
		t.Errorf("%d scenarios, want %d", len(d.Scenarios), len(scenarios()))
	}
}

func TestScenarioSystems(t *testing.T) {
	t.Parallel()
	for asked, want := range map[string][]string{
		"": {sqliteSystem}, "relay,loop": {sqliteSystem}, "relay,postgres": {postgresSystem}, "sqlite,postgres": {sqliteSystem, postgresSystem},
	} {
		if got := scenarioSystems(asked); !slices.Equal(got, want) {
			t.Errorf("-systems %q: %v, want %v", asked, got, want)
		}
	}
}
