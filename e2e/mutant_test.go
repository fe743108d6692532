package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutant is a deliberately broken build, to show that a test can see the fault.
type mutant struct {
	file         string
	replacements []string
}

// mutants break what the kill test is about.
var mutants = map[string]mutant{
	"answers before the commit": {
		file: "internal/store/sqlite/writer.go",
		replacements: []string{
			"	if w.options.Fault != nil {\n",
			"	for _, c := range batch {\n\t\tif c.bytes > 0 && c.committed != nil {\n\t\t\tclose(c.done)\n\t\t}\n\t}\n\ttime.Sleep(5 * time.Millisecond)\n	if w.options.Fault != nil {\n",
			"\t\tclose(c.done)\n\t}\n\tw.tookBulk",
			"\t\tif c.bytes == 0 || c.committed == nil {\n\t\t\tclose(c.done)\n\t\t}\n\t}\n\tw.tookBulk",
		},
	},
	"writes results before sending": {
		file: "internal/dispatch/worker.go",
		replacements: []string{
			"\treturn d.Sender.Send(",
			"\td.results <- store.Result{Job: *job, Attempt: webhook.Attempt{Number: job.Attempt, StartedAt: started, Outcome: webhook.OutcomeSucceeded, Status: 200}, Next: webhook.Next{State: webhook.StateSucceeded}}\n\treturn d.Sender.Send(",
		},
	},
}

// TestKillTestSeesFaults builds the mutants and kills them: the kill test has to find
// a broken promise.
func TestKillTestSeesFaults(t *testing.T) {
	t.Parallel()
	for name, m := range mutants {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			report := runKills(t, m.build(t), 5)
			t.Logf("%+v", report)
			if !report.broken() {
				t.Error("the kill test finds nothing wrong with this build")
			}
		})
	}
}

func (m mutant) build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "mutant")
	command := exec.CommandContext(t.Context(), "go", "build", "-overlay", m.overlay(t), "-o", path, "../cmd/tidings")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	return path
}

// overlay writes the mutated file and the file that tells the compiler of it.
func (m mutant) overlay(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", m.file))
	if err != nil {
		t.Fatal(err)
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	text := string(source)
	for i := 0; i < len(m.replacements); i += 2 {
		if strings.Count(text, m.replacements[i]) != 1 {
			t.Fatalf("%s has changed: the mutant's place is not there any more:\n%s", m.file, m.replacements[i])
		}
		text = strings.Replace(text, m.replacements[i], m.replacements[i+1], 1)
	}
	folder := t.TempDir()
	mutated := filepath.Join(folder, "mutated.go")
	if err := os.WriteFile(mutated, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	content, err := json.Marshal(map[string]map[string]string{"Replace": {path: mutated}})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(overlay, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return overlay
}
