package pgtest

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// bouncerConfig hands out few connections, by transaction, so that a session is never
// the same for long.
const bouncerConfig = `[databases]
* = host=%[1]s user=postgres

[pgbouncer]
pool_mode = transaction
unix_socket_dir = %[1]s
listen_port = 6432
auth_type = any
max_client_conn = 500
default_pool_size = 4
server_idle_timeout = 2
logfile = %[1]s/pgbouncer.log
`

// Bouncer starts pgbouncer in front of the cluster and returns how to reach a database
// through it.
func (c *Cluster) Bouncer(tb testing.TB) (dsn func(database string) string) {
	tb.Helper()
	program, err := lookBouncer()
	if err != nil && os.Getenv(Variable) == "required" {
		tb.Fatal(err)
	}
	if err != nil {
		tb.Skipf("%v (make test requires it)", err)
	}
	file := filepath.Join(c.Folder, "pgbouncer.ini")
	if err := os.WriteFile(file, fmt.Appendf(nil, bouncerConfig, c.Folder), 0o644); err != nil { //nolint:gosec // its owner is another
		tb.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	command := exec.CommandContext(ctx, program, file)
	command.Dir, command.Stderr, command.WaitDelay = c.Folder, tb.Output(), 10*time.Second
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner}
	if err := command.Start(); err != nil {
		end()
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		end()
		_ = command.Wait() // it was killed
	})
	c.awaitSocket(tb, ".s.PGSQL.6432")
	return func(database string) string {
		return "postgres://postgres@/" + database + "?port=6432&host=" + c.Folder
	}
}

func lookBouncer() (string, error) {
	for _, name := range []string{"pgbouncer", "/usr/sbin/pgbouncer"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", fmt.Errorf("pgbouncer is not installed: apt-get install pgbouncer")
}

// awaitSocket waits until something listens on a socket of the cluster's folder.
func (c *Cluster) awaitSocket(tb testing.TB, name string) {
	tb.Helper()
	poll := time.NewTicker(10 * time.Millisecond)
	defer poll.Stop()
	limit := time.After(30 * time.Second)
	for {
		conn, err := net.Dial("unix", filepath.Join(c.Folder, name))
		if err == nil {
			_ = conn.Close()
			return
		}
		select {
		case <-poll.C:
		case <-limit:
			tb.Fatalf("nothing listens on %s: %v", name, err)
		}
	}
}
