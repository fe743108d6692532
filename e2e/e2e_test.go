// Package e2e tells stories of the command line with the built binary.
package e2e

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// binary is the folder of the binary: that of TIDINGS_BIN, or else one built here.
func binary(t *testing.T) string {
	t.Helper()
	if name := os.Getenv("TIDINGS_BIN"); name != "" {
		return filepath.Dir(name)
	}
	dir := t.TempDir()
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(dir, "tidings"), "../cmd/tidings")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, output)
	}
	return dir
}

func TestScripts(t *testing.T) {
	t.Parallel()
	runScripts(t, "scripts", func(*testscript.Env) {})
}

// runScripts runs the scripts of a folder, each with what setUp adds.
func runScripts(t *testing.T, folder string, setUp func(env *testscript.Env)) {
	t.Helper()
	dir := binary(t)
	testscript.Run(t, testscript.Params{
		Dir: folder,
		Setup: func(env *testscript.Env) error {
			env.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
			setUp(env)
			return os.MkdirAll(filepath.Join(env.WorkDir, ".tmp"), 0o700)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "port": port, "ready": ready,
		},
	})
}

// exits runs a command that must end with the code: exits 3 tidings emit …
func exits(script *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		script.Fatalf("usage: exits CODE COMMAND…")
	}
	err := script.Exec(args[1], args[2:]...)
	code := 0
	if failed, is := err.(*exec.ExitError); is { //nolint:errorlint // Exec returns it as it is
		code = failed.ExitCode()
	} else if err != nil {
		script.Fatalf("%v", err)
	}
	if want, _ := strconv.Atoi(args[0]); code != want {
		script.Fatalf("exit code %d, want %s", code, args[0])
	}
}

// port puts the address of a free port into a variable: port LISTEN
func port(script *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		script.Fatalf("usage: port VARIABLE")
	}
	listener, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	script.Check(err)
	script.Setenv(args[0], listener.Addr().String())
	script.Check(listener.Close())
}

// ready waits until a URL answers 200: ready http://127.0.0.1:8080/readyz
func ready(script *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		script.Fatalf("usage: ready URL")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		err := ask(ctx, client, args[0])
		if err == nil {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-ctx.Done():
			script.Fatalf("%s: %v", args[0], err)
		}
	}
}

func ask(ctx context.Context, client *http.Client, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", response.Status)
	}
	return nil
}
