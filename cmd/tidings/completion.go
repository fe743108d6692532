package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCommand struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// Help is shown by kong.
func (*completionCommand) Help() string {
	return examples("tidings completion bash > /etc/bash_completion.d/tidings",
		"tidings completion fish > ~/.config/fish/completions/tidings.fish") + "\n\nFor zsh: put it into a folder of $fpath as _tidings."
}

// Run is called by kong.
func (c *completionCommand) Run(s *session, parser *kong.Kong) error {
	words := wordsOf(parser.Model.Node, nil)
	switch c.Shell {
	case "fish":
		return writeFish(s.stdout, words)
	case "zsh":
		return writeBash(s.stdout, words, "#compdef tidings\nautoload -U +X bashcompinit && bashcompinit\n")
	default:
		return writeBash(s.stdout, words, "")
	}
}

// completed is what may follow the words of a command.
type completed struct {
	path     []string
	commands []described
	flags    []described
}

type described struct{ word, help string }

func wordsOf(node *kong.Node, path []string) []completed {
	c := completed{path: path}
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			c.flags = append(c.flags, described{"--" + flag.Name, flag.Help})
		}
	}
	var below []completed
	for _, child := range node.Children {
		if child.Type != kong.CommandNode || child.Hidden {
			continue
		}
		c.commands = append(c.commands, described{child.Name, child.Help})
		below = append(below, wordsOf(child, append(slices.Clone(path), child.Name))...)
	}
	return append([]completed{c}, below...)
}

// writeBash writes a function with one line for each command. zsh reads it too.
func writeBash(w io.Writer, words []completed, head string) error {
	var cases strings.Builder
	for _, c := range words {
		fmt.Fprintf(&cases, "    %q) words=%q ;;\n", strings.Join(c.path, " "), joined(c))
	}
	_, err := fmt.Fprintf(w, `%s# Completion of the command line of tidings.
_tidings() {
  local current="${COMP_WORDS[COMP_CWORD]}" command="" words="" i
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "${COMP_WORDS[i]}" in
    -*) ;;
    *) [ "$(_tidings_words "${command:+$command }${COMP_WORDS[i]}")" ] && command="${command:+$command }${COMP_WORDS[i]}" ;;
    esac
  done
  COMPREPLY=($(compgen -W "$(_tidings_words "$command")" -- "$current"))
  [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$current"))
  return 0
}
_tidings_words() {
  local words=""
  case "$1" in
%s  esac
  printf '%%s' "$words"
}
complete -F _tidings tidings
`, head, cases.String())
	return err
}

func joined(c completed) string {
	var all []string
	for _, d := range slices.Concat(c.commands, c.flags) {
		all = append(all, d.word)
	}
	return strings.Join(all, " ")
}

func writeFish(w io.Writer, words []completed) error {
	fmt.Fprintln(w, "# Completion of the command line of tidings.")
	for _, c := range words {
		where := "__fish_use_subcommand"
		if len(c.path) > 0 {
			where = "__fish_seen_subcommand_from " + strings.Join(c.path, "; and __fish_seen_subcommand_from ")
		}
		for _, d := range c.commands {
			fmt.Fprintf(w, "complete -c tidings -f -n %s -a %s -d %s\n", single(where), d.word, single(d.help))
		}
		for _, d := range c.flags {
			fmt.Fprintf(w, "complete -c tidings -n %s -l %s -d %s\n", single(where), strings.TrimPrefix(d.word, "--"), single(d.help))
		}
	}
	return nil
}

// single quotes text for a shell.
func single(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
