package e2e

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// Every command of docs/api.md, in its order, against the built binary. The example
// endpoint is the built-in receiver: tests send traffic to this machine only.
func TestCommandsOfTheAPIGuide(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"bash", "curl", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("%s is not installed: the commands of docs/api.md are run with it", tool)
		}
	}
	page, err := os.ReadFile("../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newServer(t, program(t))
	s.start()
	blocks := regexp.MustCompile("(?ms)^```sh\n(.*?)^```$").FindAllSubmatch(page, -1)
	if len(blocks) < 15 {
		t.Fatalf("%d blocks of commands", len(blocks))
	}
	var script strings.Builder
	script.WriteString("set -euo pipefail\n")
	for _, block := range blocks {
		commands := string(block[1])
		if strings.Contains(commands, "attempts/1/body") {
			script.WriteString(settled)
		}
		script.WriteString(commands)
	}
	text := strings.ReplaceAll(script.String(), "https://hooks.example.com/tidings", s.url+"/receiver/00112233445566778899aabbccddeeff")
	if strings.Contains(text, "example.com/") {
		t.Fatal("a command would leave this machine")
	}
	command := exec.CommandContext(t.Context(), "bash", "-x", "-c", text)
	command.Env = append(os.Environ(), "TIDINGS_URL="+s.url, "TIDINGS_API_KEY="+apiKey)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

// settled waits for the first attempt, for which a reader of the page needs no help.
const settled = `until curl -fsS "$TIDINGS_URL/api/events/$EVENT" -H "Authorization: Bearer $TIDINGS_API_KEY" | jq -e '.deliveries[0].state == "succeeded"'; do :; done
`
