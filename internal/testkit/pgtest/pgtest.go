// Package pgtest starts PostgreSQL for tests from the binaries that are installed: a
// cluster of its own in a temporary folder, reached by a socket there. Tests only.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Variable says in the environment what to do about PostgreSQL: "required" makes it
// an error that there is none, "off" leaves out what needs it. Without it the tests run
// where PostgreSQL is installed.
const Variable = "TIDINGS_POSTGRES"

// Cluster is a PostgreSQL server.
type Cluster struct {
	// Folder holds the data and the socket.
	Folder string
	bin    string
	owner  *syscall.Credential
	// command runs the server; closing input ends it.
	command *exec.Cmd
	input   io.Closer
	names   atomic.Int64
	// settings are further settings of the server.
	settings []string
}

// Start starts a cluster that ends with the test. fsync is off unless settings say
// otherwise ("fsync=on"): tests kill processes, not machines.
func Start(tb testing.TB, settings ...string) *Cluster {
	tb.Helper()
	wanted := os.Getenv(Variable)
	if wanted == "off" {
		tb.Skipf("%s=off: make test runs this", Variable)
	}
	bin, err := binaries()
	if err != nil && wanted == "required" {
		tb.Fatal(err)
	}
	if err != nil {
		tb.Skipf("%v (make test requires it)", err)
	}
	c := &Cluster{bin: bin, settings: settings}
	if err := c.initialize(tb.Context()); err != nil {
		tb.Fatal(errors.Join(err, os.RemoveAll(c.Folder)))
	}
	tb.Cleanup(func() {
		c.Kill()
		if err := os.RemoveAll(c.Folder); err != nil {
			tb.Error(err)
		}
	})
	c.Run(tb)
	return c
}

// binaries finds the folder of initdb and postgres: on the PATH, or where Debian and
// others put them, the newest version first.
func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			if _, err := os.Stat(filepath.Join(filepath.Dir(resolved), "postgres")); err == nil {
				return filepath.Dir(resolved), nil
			}
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(path), "postgres")); err == nil {
			return filepath.Dir(path), nil
		}
	}
	var found []string
	for _, pattern := range []string{"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/usr/local/opt/postgresql*/bin", "/opt/homebrew/opt/postgresql*/bin"} {
		folders, err := filepath.Glob(pattern)
		if err != nil {
			return "", fmt.Errorf("look for PostgreSQL: %w", err)
		}
		for _, folder := range folders {
			if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
				found = append(found, folder)
			}
		}
	}
	if len(found) == 0 {
		return "", errors.New("PostgreSQL is not installed, its tests need initdb and postgres: apt-get install postgresql")
	}
	slices.SortFunc(found, func(a, b string) int { return versionIn(b) - versionIn(a) })
	return found[0], nil
}

func versionIn(folder string) int {
	digits := strings.Trim(strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return ' '
	}, folder), " ")
	version, _ := strconv.Atoi(strings.Fields(digits + " 0")[0]) // only digits are left
	return version
}

// unprivileged is who runs the server when root runs the tests: PostgreSQL refuses to.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nobody else is needed
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(account.Uid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read the number of user %s: %w", name, err)
		}
		gid, err := strconv.ParseUint(account.Gid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("read the group of user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("PostgreSQL does not run as root, and there is neither a user postgres nor nobody")
}

func (c *Cluster) initialize(ctx context.Context) (err error) {
	if c.owner, err = unprivileged(); err != nil {
		return err
	}
	if c.Folder, err = os.MkdirTemp("", "tidings-pg-"); err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	if c.owner != nil {
		if err := os.Chown(c.Folder, int(c.owner.Uid), int(c.owner.Gid)); err != nil {
			return fmt.Errorf("give the folder away: %w", err)
		}
	}
	init := c.tool(ctx, "initdb", "--pgdata", c.data(), "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C", "--no-sync")
	if out, err := init.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return nil
}

func (c *Cluster) data() string { return filepath.Join(c.Folder, "data") }

// tool is a command of PostgreSQL, run as the owner of the cluster.
func (c *Cluster) tool(ctx context.Context, name string, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...)
	command.Dir = c.Folder
	command.Env = append(os.Environ(), "LC_ALL=C", "PGHOST="+c.Folder, "PGUSER=postgres")
	command.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner}
	return command
}

// guard runs a command until its input ends, which also happens when the test is
// killed.
const guard = `"$@" & child=$!; trap 'kill -QUIT $child 2>/dev/null' EXIT; (cat; kill -QUIT $child) <&3 >/dev/null 2>&1 & wait $child`

// Run starts the server, after Kill or for the first time, and waits until it answers.
func (c *Cluster) Run(tb testing.TB) {
	tb.Helper()
	settings := append([]string{
		"listen_addresses=", "unix_socket_directories=" + c.Folder, "fsync=off", "max_connections=200", "shared_buffers=64MB",
		"log_min_messages=panic", "restart_after_crash=on", "max_wal_size=4GB",
	}, c.settings...)
	args := []string{"-c", guard, "sh", filepath.Join(c.bin, "postgres"), "-D", c.data()}
	for _, setting := range settings {
		args = append(args, "-c", setting)
	}
	read, write, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	c.command = exec.Command("sh", args...) // Kill ends it
	c.command.Dir = c.Folder
	c.command.ExtraFiles = []*os.File{read}
	c.command.SysProcAttr = &syscall.SysProcAttr{Credential: c.owner}
	c.command.Stderr = tb.Output()
	c.command.WaitDelay = 10 * time.Second
	if err := c.command.Start(); err != nil {
		tb.Fatal(err)
	}
	_ = read.Close() // the child has its own
	c.input = write
	c.Wait(tb)
}

// Wait waits until the server answers.
func (c *Cluster) Wait(tb testing.TB) {
	tb.Helper()
	poll := time.NewTicker(20 * time.Millisecond)
	defer poll.Stop()
	limit := time.After(time.Minute)
	for {
		err := c.ping()
		if err == nil {
			return
		}
		select {
		case <-poll.C:
		case <-limit:
			tb.Fatalf("PostgreSQL does not answer: %v", err)
		}
	}
}

func (c *Cluster) ping() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.DSN("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { _ = conn.Close(ctx) }() // it only looked
	if err := conn.Ping(ctx); err != nil {
		return fmt.Errorf("ask: %w", err)
	}
	return nil
}

// Kill ends the server as pg_ctl -m immediate does, and waits for its end.
func (c *Cluster) Kill() {
	if c.command == nil {
		return
	}
	_ = c.input.Close()
	_ = c.command.Wait() // it was asked to end without cleaning up
	c.command = nil
}

// Running says whether the server has been started and not been killed since.
func (c *Cluster) Running() bool { return c.command != nil }

// Signal sends a signal to all processes of the server, such as SIGSTOP.
func (c *Cluster) Signal(tb testing.TB, signal syscall.Signal) {
	tb.Helper()
	content, err := os.ReadFile(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil {
		tb.Fatal(err)
	}
	first, _, _ := strings.Cut(string(content), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		tb.Fatal(err)
	}
	children, err := exec.CommandContext(tb.Context(), "ps", "-o", "pid=", "--ppid", first).Output()
	if err != nil {
		tb.Fatal(err)
	}
	for _, text := range append([]string{strconv.Itoa(pid)}, strings.Fields(string(children))...) {
		child, err := strconv.Atoi(text)
		if err != nil {
			tb.Fatal(err)
		}
		if err := syscall.Kill(child, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
			tb.Fatal(err)
		}
	}
}

// DSN is how to reach a database of the cluster.
func (c *Cluster) DSN(database string) string {
	return "postgres://postgres@/" + database + "?host=" + c.Folder
}

// Database makes an empty database, or a copy of another one, and returns its name. It
// is dropped when the test ends.
func (c *Cluster) Database(tb testing.TB, template string) string {
	tb.Helper()
	name := fmt.Sprintf("test_%d", c.names.Add(1))
	statement := "CREATE DATABASE " + name
	if template != "" {
		statement += " TEMPLATE " + template
	}
	c.Exec(tb, "postgres", statement)
	tb.Cleanup(func() {
		if c.command != nil {
			c.Exec(tb, "postgres", "DROP DATABASE "+name+" WITH (FORCE)")
		}
	})
	return name
}

// Exec runs a statement in a database.
func (c *Cluster) Exec(tb testing.TB, database, statement string, args ...any) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.DSN(database))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }() // the statement was answered
	if _, err := conn.Exec(ctx, statement, args...); err != nil {
		tb.Fatal(err)
	}
}

// Count counts the rows of a table.
func (c *Cluster) Count(tb testing.TB, database, table string) (n int) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, c.DSN(database))
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }() // it only reads
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}
