package main

import (
	"context"
	"log/slog"

	"github.com/tidingshq/tidings/internal/app"
	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/receiver"
)

// application is the server inside this process.
type application interface {
	// Start returns once it answers.
	Start(ctx context.Context) error
	Addr() string
	// Err gets what ends the server without being asked.
	Err() <-chan error
	// Stop drains until ctx ends.
	Stop(ctx context.Context) error
	// SetupLink is where the first console user is made; its URL is empty if there is
	// one.
	SetupLink(ctx context.Context) (app.OneTimeLink, error)
	// DemoLink is where the owner of a demonstration signs in.
	DemoLink(ctx context.Context) (app.OneTimeLink, error)
	// Receiver is nil outside development mode.
	Receiver() *receiver.Receiver
}

// opener makes an application.
type opener = func(ctx context.Context, c *config.Loaded, log *slog.Logger) (application, error)

// openApplication makes the application of the configuration.
func openApplication(ctx context.Context, c *config.Loaded, log *slog.Logger) (application, error) {
	return app.New(ctx, app.Options{Config: c.Config, Settings: c.Entries(), Version: version, Logger: log})
}
