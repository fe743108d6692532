package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/alecthomas/kong"
)

type configCommands struct {
	Print configPrintCommand `cmd:"" help:"Show the settings in effect and where each comes from."`
}

type configPrintCommand struct {
	Settings kong.Plugins `embed:""`
}

// Help is shown by kong.
func (*configPrintCommand) Help() string {
	return examples("tidings config print", "TIDINGS_RETENTION=48h tidings config print --json")
}

// Run is called by kong.
func (c *configPrintCommand) Run(s *session) error {
	loaded, err := s.load(givenFlags(c.Settings))
	if err != nil {
		return err
	}
	if s.json {
		return printJSON(s.stdout, loaded.Entries())
	}
	table := tabwriter.NewWriter(s.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "SETTING\tVALUE\tSOURCE")
	for _, entry := range loaded.Entries() {
		value := entry.Value
		if value == "" {
			value = "-"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", entry.Key, value, entry.Source)
	}
	return table.Flush()
}
