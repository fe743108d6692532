package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

type healthcheckCommand struct {
	URL      string       `arg:"" optional:"" help:"Address of the server; that of the settings if not given."`
	Settings kong.Plugins `embed:""`
}

// Help is shown by kong.
func (*healthcheckCommand) Help() string {
	return "Ends with 0 if the server says that it is ready, else with 1: for containers, which have no other program to ask with. Needs no API key. A server with a TLS certificate is asked by the name in it.\n\n" +
		examples("tidings healthcheck", "tidings healthcheck https://tidings.example.com")
}

// Run is called by kong.
func (c *healthcheckCommand) Run(ctx context.Context, s *session) error {
	if c.URL == "" {
		loaded, err := s.load(givenFlags(c.Settings))
		if err != nil {
			return err
		}
		config := loaded.Config
		if config.TLSCert != "" {
			return usageError{errors.New("the server has a TLS certificate: name the address that is in it")}
		}
		prefix := ""
		if config.BaseURL != nil {
			prefix = config.BaseURL.Path
		}
		// The base URL is where clients reach it, perhaps through a proxy.
		config.BaseURL = nil
		c.URL = config.BaseURLFor(config.Listen).String() + prefix
	}
	if err := checkServer("the URL", c.URL); err != nil {
		return err
	}
	server := newClient(strings.TrimRight(c.URL, "/"), "")
	defer server.close()
	answer, err := server.call(ctx, "GET", "/readyz", nil, nil)
	if err != nil {
		return err
	}
	if s.json {
		_, err = fmt.Fprintf(s.stdout, "%s\n", answer)
		return err
	}
	_, err = fmt.Fprintln(s.stdout, "ready")
	return err
}
