package e2e

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

// waiting is a server whose database is out of reach.
type waiting struct {
	command *exec.Cmd
	log     *tail
}

func serveOn(t *testing.T, dsn string) *waiting {
	t.Helper()
	file := program(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	w := &waiting{
		command: exec.CommandContext(ctx, file, "serve", "--database", dsn, "--listen", "127.0.0.1:0", "--ops-listen", "", "--log-format", "json"),
		log:     &tail{all: true, ended: make(chan struct{}), planted: &planted{keys: map[string]string{}}},
	}
	stderr, err := w.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.command.Start(); err != nil {
		t.Fatal(err)
	}
	go w.log.follow(stderr, make(chan [2]string, 1))
	return w
}

func (w *waiting) code() int {
	<-w.log.ended
	var exit *exec.ExitError
	if err := w.command.Wait(); errors.As(err, &exit) {
		return exit.ExitCode()
	}
	return w.command.ProcessState.ExitCode()
}

// TestSignalWhileTheDatabaseIsOutOfReach stops a server that waits for its database.
func TestSignalWhileTheDatabaseIsOutOfReach(t *testing.T) {
	t.Parallel()
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		w := serveOn(t, "postgres://tid@127.0.0.1:1/x")
		for !strings.Contains(w.log.String(), "server.database_unreachable") {
			select {
			case <-w.log.ended:
				t.Fatalf("it has ended by itself\n%s", w.log)
			case <-time.After(10 * time.Millisecond): // it watches another process
			}
		}
		if err := w.command.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if code := w.code(); code != 0 {
			t.Errorf("%v: exit code %d\n%s", signal, code, w.log)
		}
	}
}

// TestNoSuchDatabase starts servers that PostgreSQL turns away: waiting cannot help.
func TestNoSuchDatabase(t *testing.T) {
	t.Parallel()
	database := pgtest.Start(t)
	stranger := strings.Replace(database.DSN("postgres"), "//postgres@", "//stranger@", 1)
	for _, test := range []struct{ dsn, code, hint string }{
		{database.DSN("nowhere"), "3D000", "createdb"},
		{stranger, "28000", "user and password"},
	} {
		w := serveOn(t, test.dsn)
		if code, log := w.code(), w.log.String(); code != 1 || !strings.Contains(log, test.code) || !strings.Contains(log, test.hint) {
			t.Errorf("exit code %d, want 1 with %s\n%s", code, test.code, log)
		}
	}
}
