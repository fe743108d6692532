package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
)

// printTable writes columns for people.
func printTable(w io.Writer, head []string, rows [][]string) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(head, "\t"))
	for _, row := range rows {
		fmt.Fprintln(table, strings.Join(row, "\t"))
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}

// printLines writes one line of JSON for each value, as it came from the server.
func printLines(w io.Writer, values []json.RawMessage) error {
	for _, value := range values {
		if _, err := fmt.Fprintf(w, "%s\n", value); err != nil {
			return fmt.Errorf("write output: %w", err)
		}
	}
	return nil
}

// readArgument reads what @FILE or - stands for, or takes the argument itself.
func readArgument(argument string, stdin io.Reader) ([]byte, error) {
	switch name, named := strings.CutPrefix(argument, "@"); {
	case argument == "-":
		data, err := io.ReadAll(stdin)
		if err != nil {
			return nil, fmt.Errorf("read the standard input: %w", err)
		}
		return data, nil
	case named:
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, usageError{fmt.Errorf("read file: %w", err)}
		}
		return data, nil
	default:
		if isFile(argument) {
			return nil, usageError{fmt.Errorf("%s is a file: write @%s to read it", argument, argument)}
		}
		return []byte(argument), nil
	}
}

// isFile says whether text that should be content is the name of a file: somebody
// forgot the @.
func isFile(text string) bool {
	if text == "" || len(text) > 255 || strings.ContainsAny(text, "{}\n:") {
		return false
	}
	info, err := os.Stat(text)
	return err == nil && info.Mode().IsRegular()
}
