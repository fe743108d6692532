package main

import (
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestUsersOnTheDatabase(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	env := []string{"TIDINGS_DATABASE=sqlite:" + filepath.Join(folder, "tidings.db")}
	for _, args := range [][]string{{"setup-link"}, {"users", "list"}, {"users", "reset-password", "ada@example.com"}} {
		if got := runWith(t, env, "", args...); got.code != exitFailed || !strings.Contains(got.stderr, "there is no database at") {
			t.Errorf("%v without a database: %+v", args, got)
		}
	}
	if got := runWith(t, env, "", "migrate"); got.code != exitOK {
		t.Fatal(got.stderr)
	}
	link := runWith(t, env, "", "setup-link", "--base-url", "https://example.com/some/prefix/")
	if !regexp.MustCompile(`^https://example\.com/some/prefix/console/setup#token=[0-9A-Za-z]{43}\n$`).MatchString(link.stdout) || strings.Contains(link.stderr, "token") {
		t.Errorf("the link is %q and %q", link.stdout, link.stderr)
	}
	var made struct{ URL, ExpiresAt string }
	if err := json.Unmarshal([]byte(runWith(t, env, "", "setup-link", "--listen", ":9000", "--json").stdout), &made); err != nil ||
		!strings.HasPrefix(made.URL, "http://localhost:9000/console/setup#token=") || made.ExpiresAt == "" {
		t.Errorf("the link in JSON is %+v, %v", made, err)
	}
	if got := runWith(t, env, "", "users", "list", "--json"); got.stdout != "[]\n" {
		t.Errorf("nobody is %q", got.stdout)
	}
	if got := runWith(t, env, "", "users", "reset-password", "ada@example.com"); got.code != exitNotFound || !strings.Contains(got.stderr, `"ada@example.com"`) {
		t.Errorf("a password of nobody: %+v", got)
	}
}

func TestNoSetupLinkWithoutAConsole(t *testing.T) {
	t.Parallel()
	var stdout, stderr strings.Builder
	s := &session{env: variables([]string{"TIDINGS_DATABASE=sqlite:" + filepath.Join(t.TempDir(), "tidings.db")}), stdout: &stdout, stderr: &stderr}
	if code := s.run(t.Context(), []string{"migrate"}); code != exitOK {
		t.Fatal(stderr.String())
	}
	stdout.Reset()
	if code := s.run(t.Context(), []string{"setup-link"}); code != exitFailed || stdout.String() != "" || !strings.Contains(stderr.String(), "has no console") {
		t.Errorf("it ends with %d, %q, %q", code, stdout.String(), stderr.String())
	}
}

func TestPasswordOfTheFile(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(" of the file \r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := &session{stdin: strings.NewReader("of the input\n")}
	for name, want := range map[string]string{file: " of the file ", "-": "of the input"} {
		if got, err := (&userResetPasswordCommand{PasswordFile: name}).password(s); err != nil || got.Reveal() != want {
			t.Errorf("%s: %q, %v", name, got.Reveal(), err)
		}
	}
	if _, err := (&userResetPasswordCommand{PasswordFile: file + ".gone"}).password(s); exitCode(err) != exitUsage {
		t.Errorf("a file that is gone: %v", err)
	}
	first, _ := (&userResetPasswordCommand{}).password(s)
	second, _ := (&userResetPasswordCommand{}).password(s)
	if len(first.Reveal()) < 20 || first == second {
		t.Errorf("made up are %q and %q", first.Reveal(), second.Reveal())
	}
}

func TestServeAnnouncesTheSetup(t *testing.T) {
	t.Parallel()
	for _, url := range []string{"", "http://localhost:8080/console/setup#token=x"} {
		var out strings.Builder
		server := newFake()
		server.link.URL = url
		log := slog.New(slog.NewTextHandler(&out, nil))
		if err := (announcing{server, log, true}).Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(out.String(), `msg="Finish setup: `+url+`"`); got != (url != "") {
			t.Errorf("with %q the log says %q", url, out.String())
		}
		out.Reset()
		if err := (announcing{server, log, false}).Start(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := out.String(); strings.Contains(got, "setup") || strings.Contains(got, "has no console") != (url != "") {
			t.Errorf("without a console and with %q the log says %q", url, got)
		}
	}
}
