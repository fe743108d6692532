package client_test

import (
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/client"
	"github.com/tidingshq/tidings/internal/app"
	"github.com/tidingshq/tidings/internal/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const key = "client-0123456789abcdef0123456789abcdef"

// serve runs a server in development mode until it is told to stop.
func serve() (url string, stop func()) {
	folder, err := os.MkdirTemp("", "tidings-client")
	must(err)
	loaded, err := config.Load(config.Input{
		Flags: map[string][]string{
			"listen": {"127.0.0.1:0"}, "ops-listen": {""}, "dev": {"true"}, "bootstrap-api-key": {key}, "max-disk": {"100%"},
			"database": {"sqlite:" + filepath.Join(folder, "tidings.db")},
		},
		Env: func(string) (string, bool) { return "", false }, ReadFile: os.ReadFile,
	})
	must(err)
	server, err := app.New(context.Background(), app.Options{Config: loaded.Config, Version: "test", Logger: slog.New(slog.NewTextHandler(io.Discard, nil))})
	must(err)
	must(server.Start(context.Background()))
	return "http://" + server.Addr(), func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		must(server.Stop(ctx))
		must(os.RemoveAll(folder))
	}
}

// must keeps examples short: they have no test to fail.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// connect is a client of a server of its own.
func connect(t *testing.T) *client.Client {
	t.Helper()
	url, stop := serve()
	t.Cleanup(stop)
	c, err := client.New(url, key)
	must(err)
	t.Cleanup(c.Close)
	return c
}
