package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/config"
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
	// arguments are values of its argument, values those of a flag.
	arguments []string
	values    []flagValues
}

type flagValues struct {
	flag   string
	values []string
}

type described struct{ word, help string }

func wordsOf(node *kong.Node, path []string) []completed {
	c := completed{path: path}
	for _, group := range node.AllFlags(true) {
		for _, flag := range group {
			c.flags = append(c.flags, described{"--" + flag.Name, flag.Help})
			if values := valuesOf(flag.Name, flag.Enum); len(values) > 0 {
				c.values = append(c.values, flagValues{"--" + flag.Name, values})
				if flag.Short != 0 {
					c.values = append(c.values, flagValues{"-" + string(flag.Short), values})
				}
			}
		}
	}
	if len(node.Positional) > 0 {
		c.arguments = valuesOf(node.Positional[0].Name, node.Positional[0].Enum)
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

// valuesOf are the values of a flag or an argument that are known without a server.
func valuesOf(name, enum string) []string {
	switch {
	case enum != "":
		return strings.Split(enum, ",")
	case name == "event-type" || name == "type":
		var names []string
		for _, t := range catalog.Load().Names() {
			names = append(names, string(t))
		}
		return names
	case name == "state":
		return []string{"pending", "retrying", "held", "succeeded", "failed", "cancelled"}
	case name == "result":
		return []string{"2xx", "3xx", "4xx", "5xx", "timeout", "network", "blocked"}
	case name == "scope":
		return []string{"emit", "read", "manage", "admin"}
	}
	for _, s := range config.Settings() {
		if s.Flag == name {
			return s.Choices()
		}
	}
	return nil
}

// writeBash writes a function with one line for each command. zsh reads it too.
func writeBash(w io.Writer, words []completed, head string) error {
	var cases, values strings.Builder
	for _, c := range words {
		path := strings.Join(c.path, " ")
		fmt.Fprintf(&cases, "    %q) words=%q ;;\n", path, joined(c))
		for _, v := range c.values {
			fmt.Fprintf(&values, "    %q) values=%q ;;\n", path+" "+v.flag, strings.Join(v.values, " "))
		}
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
  local values="$(_tidings_values "$command ${COMP_WORDS[COMP_CWORD - 1]}")"
  if [ "$values" ]; then
    COMPREPLY=($(compgen -W "$values" -- "$current"))
    return 0
  fi
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
_tidings_values() {
  local values=""
  case "$1" in
%s  esac
  printf '%%s' "$values"
}
complete -F _tidings tidings
`, head, cases.String(), values.String())
	return err
}

func joined(c completed) string {
	all := slices.Clone(c.arguments)
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
		if len(c.arguments) > 0 {
			fmt.Fprintf(w, "complete -c tidings -f -n %s -a %s\n", single(where), single(strings.Join(c.arguments, " ")))
		}
		for _, d := range c.flags {
			choice := ""
			for _, v := range c.values {
				if v.flag == d.word {
					choice = " -x -a " + single(strings.Join(v.values, " "))
				}
			}
			fmt.Fprintf(w, "complete -c tidings -n %s -l %s%s -d %s\n", single(where), strings.TrimPrefix(d.word, "--"), choice, single(d.help))
		}
	}
	return nil
}

// single quotes text for a shell.
func single(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(text) + "'"
}
