package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Every command there is has a help with two examples, and so its test.
func TestEveryCommandIsListed(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, command := range commands {
		listed[strings.Join(command, " ")] = true
	}
	parser, err := kong.New(new(commandLine), kong.NoDefaultHelp())
	if err != nil {
		t.Fatal(err)
	}
	for _, leaf := range parser.Model.Leaves(true) {
		if name := strings.TrimSuffix(leaf.Path(), " "); !listed[strings.Join(plainWords(name), " ")] {
			t.Errorf("%q is not in the list of commands", name)
		}
	}
}

// plainWords are the words of a path without its arguments and the program's name.
func plainWords(path string) []string {
	var words []string
	for _, word := range strings.Fields(path) {
		if !strings.HasPrefix(word, "<") && !strings.HasPrefix(word, "[") && word != "tidings" && !strings.Contains(word, ".test") {
			words = append(words, word)
		}
	}
	return words
}

func TestCompletionOfBash(t *testing.T) {
	t.Parallel()
	script := runWith(t, nil, "", "completion", "bash")
	if script.code != exitOK {
		t.Fatal(script.stderr)
	}
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	for line, want := range map[string]string{
		"tidings ver":                        "verify version",
		"tidings webhooks ":                  "list create show check-url update test enable disable rotate delete --help --json",
		"tidings --json webhooks en":         "enable",
		"tidings webhooks create Orders --l": "--locked-header",
		"tidings event-types d":              "delete",
		"tidings deliveries list --state f":  "failed",
		"tidings redeliver abc --w":          "--wait",
		"tidings emit User.C":                "User.Created",
		"tidings webhooks create a b -e Pos": "PostRegister PostSignIn PostSignInAdaptiveMfaTriggered PostResetPassword",
		"tidings serve --log-level ":         "debug info warn error",
		"tidings keys create a --scope m":    "manage",
		"tidings completion z":               "zsh",
	} {
		words := strings.Fields(line)
		if strings.HasSuffix(line, " ") {
			words = append(words, "")
		}
		quoted := make([]string, len(words))
		for i, word := range words {
			quoted[i] = single(word)
		}
		source := script.stdout + "\nCOMP_WORDS=(" + strings.Join(quoted, " ") + ")\nCOMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_tidings\necho \"${COMPREPLY[*]}\"\n"
		command := exec.CommandContext(t.Context(), bash, "--norc", "-c", source)
		got, err := command.CombinedOutput()
		if err != nil || strings.TrimSpace(string(got)) != want {
			t.Errorf("%q: %s %v, want %s", line, got, err, want)
		}
	}
}

func TestCompletionOfOtherShells(t *testing.T) {
	t.Parallel()
	fish := runWith(t, nil, "", "completion", "fish").stdout
	for _, want := range []string{
		"complete -c tidings -f -n '__fish_use_subcommand' -a webhooks -d 'List, create, test and change webhooks.'\n",
		"complete -c tidings -f -n '__fish_seen_subcommand_from webhooks' -a rotate -d ",
		"complete -c tidings -n '__fish_seen_subcommand_from serve' -l log-format -x -a 'auto text json' -d ",
		"complete -c tidings -n '__fish_seen_subcommand_from webhooks; and __fish_seen_subcommand_from delete' -l yes -d 'Do not ask.'\n",
	} {
		if !strings.Contains(fish, want) {
			t.Errorf("fish: %s is missing", want)
		}
	}
	if zsh := runWith(t, nil, "", "completion", "zsh").stdout; !strings.HasPrefix(zsh, "#compdef tidings\n") || !strings.Contains(zsh, "complete -F _tidings tidings") {
		t.Errorf("zsh: %.200s", zsh)
	}
	if got := runWith(t, nil, "", "completion", "csh"); got.code != exitUsage {
		t.Errorf("csh: %+v", got)
	}
}
