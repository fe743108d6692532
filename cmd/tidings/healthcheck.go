package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tidingshq/tidings/internal/config"
)

type healthcheckCommand struct {
	URL      string       `arg:"" optional:"" help:"Address of the server; that of the settings if not given."`
	Settings kong.Plugins `embed:""`
}

// Help is shown by kong.
func (*healthcheckCommand) Help() string {
	return "Ends with 0 if the server says that it is ready, else with 1: for containers, which have no other program to ask with. Needs no API key. Where the settings name a TLS certificate, exactly that one is expected.\n\n" +
		examples("tidings healthcheck", "tidings healthcheck https://tidings.example.com")
}

// Run is called by kong.
func (c *healthcheckCommand) Run(ctx context.Context, s *session) error {
	server, err := c.server(s)
	if err != nil {
		return err
	}
	defer server.close()
	answer, err := server.call(ctx, "GET", "/readyz", nil, nil)
	if err != nil {
		return errors.New(err.Error()) // whatever it is, the server is not ready
	}
	if s.json {
		_, err = fmt.Fprintf(s.stdout, "%s\n", answer)
		return err
	}
	_, err = fmt.Fprintln(s.stdout, "ready")
	return err
}

// server is the one that is named, or that of the settings.
func (c *healthcheckCommand) server(s *session) (*client, error) {
	if c.URL != "" {
		return newClient(strings.TrimRight(c.URL, "/"), ""), checkServer("the URL", c.URL)
	}
	loaded, err := s.load(givenFlags(c.Settings))
	if err != nil {
		return nil, err
	}
	settings := loaded.Config
	prefix := ""
	if settings.BaseURL != nil {
		prefix = settings.BaseURL.Path
	}
	// The base URL is where clients reach it, perhaps through a proxy.
	settings.BaseURL = nil
	server := newClient(strings.TrimRight(settings.BaseURLFor(settings.Listen).String()+prefix, "/"), "")
	if settings.TLSCert == "" {
		return server, nil
	}
	expected, err := expecting(&settings)
	server.over(expected)
	return server, err
}

// expecting takes a server with the certificate of the settings and no other. It is
// asked by its address on this machine, which need not be in the certificate.
func expecting(settings *config.Config) (*tls.Config, error) {
	pair, err := tls.LoadX509KeyPair(settings.TLSCert, settings.TLSKey)
	if err != nil {
		return nil, usageError{fmt.Errorf("--tls-cert, --tls-key: %w", err)}
	}
	names := pair.Leaf.DNSNames
	for _, address := range pair.Leaf.IPAddresses {
		names = append(names, address.String())
	}
	if len(names) == 0 {
		return nil, usageError{errors.New("--tls-cert: the certificate names no host and no address")}
	}
	roots := x509.NewCertPool()
	roots.AddCert(pair.Leaf)
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, ServerName: strings.Replace(names[0], "*", "any", 1)}, nil
}
