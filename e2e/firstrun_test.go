package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const (
	canaryPassword = "canary-password-3c81f0a5e2"
	newPassword    = "canary-password-that-is-new"
	wrongPassword  = "canary-password-that-is-wrong"
)

// console is a browser, as far as the server can tell.
type console struct {
	*server
	cookie string
}

// ask sends what a page of the console sends, and keeps the cookie of the answer.
func (c *console) ask(method, path, body string, status int) string {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.url+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.cookie != "" {
		r.Header.Set("Cookie", c.cookie)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != status {
		c.t.Fatalf("%s %s: %d %s %v, want %d", method, path, answer.StatusCode, text, err, status)
	}
	for _, cookie := range answer.Cookies() {
		if cookie.Value != "" {
			c.cookie = cookie.Name + "=" + cookie.Value
		}
	}
	return string(text)
}

// tidings runs a command on the database of the server.
func (c *console) tidings(input string, args ...string) (string, error) {
	c.t.Helper()
	command := exec.CommandContext(c.t.Context(), c.program, append(args, "--database", "sqlite:"+c.database())...)
	command.Stdin = strings.NewReader(input)
	output, err := command.Output()
	return string(output), err
}

func (c *console) state() string {
	c.t.Helper()
	var session struct{ State string }
	if err := json.Unmarshal([]byte(c.ask(http.MethodGet, "/api/session", "", http.StatusOK)), &session); err != nil {
		c.t.Fatal(err)
	}
	return session.State
}

// The first start, the link, the first user, a lost password: nothing of what lets
// people in is told to the log, the metrics or another answer.
func TestFirstRun(t *testing.T) {
	t.Parallel()
	c := &console{server: newServer(t, program(t), "--log-level", "debug")}
	c.keepLog = true
	c.start()
	if got := c.state(); got != "setup" {
		t.Fatalf("at first the session is %s", got)
	}
	link, err := c.tidings("", "setup-link", "--base-url", c.url)
	if err != nil {
		t.Fatal(err)
	}
	page, token, _ := strings.Cut(strings.TrimSpace(link), "#token=")
	if page != c.url+"/console/setup" || len(token) < 43 {
		t.Fatalf("the link is %q", link)
	}
	setUp := fmt.Sprintf(`{"token":%q,"name":"Ada","email":"ada@example.com","password":%q}`, token, canaryPassword)
	c.ask(http.MethodPost, "/api/setup", setUp, http.StatusCreated)
	first := c.cookie
	c.ask(http.MethodPost, "/api/setup", setUp, http.StatusConflict)
	if _, err := c.tidings("", "setup-link"); err == nil {
		t.Error("there is another setup link after the setup")
	}
	c.ask(http.MethodPost, "/api/events", `{"event":"User.Created"}`, http.StatusAccepted)
	c.ask(http.MethodPost, "/api/session", fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, wrongPassword), http.StatusUnauthorized)
	c.ask(http.MethodPost, "/api/session", fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, canaryPassword), http.StatusOK)
	second := c.cookie
	if _, err := c.tidings(newPassword+"\n", "users", "reset-password", "ada@example.com", "--password-file", "-"); err != nil {
		t.Errorf("reset the password: %v", err)
	}
	if got := c.state(); got != "signedOut" {
		t.Errorf("after the reset the session is %s", got)
	}
	c.ask(http.MethodPost, "/api/session", fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, canaryPassword), http.StatusUnauthorized)
	c.ask(http.MethodPost, "/api/session", fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, newPassword), http.StatusOK)
	secrets := canaries{"password": canaryPassword, "new password": newPassword, "wrong password": wrongPassword, "token of the link": token}
	for name, cookie := range map[string]string{"first session": first, "second session": second, "third session": c.cookie} {
		_, secrets[name], _ = strings.Cut(cookie, "=")
	}
	secrets.check(t, "/metrics", string(c.metrics()))
	secrets.check(t, "the users", c.users())
	if err := c.terminate(); err != nil {
		t.Errorf("the server ended with %v", err)
	}
	log := c.log.String()
	secrets.check(t, "the log", log)
	announced := regexp.MustCompile(`"Finish setup: ` + regexp.QuoteMeta(page) + `#token=[0-9A-Za-z]{43}"`)
	if len(announced.FindAllString(log, -1)) != 1 || !strings.Contains(log, "session.refused") {
		t.Errorf("the log does not announce one link:\n%s", log)
	}
	c.start() // nothing is announced any more
	if err := c.terminate(); err != nil || strings.Contains(c.log.String(), "Finish setup") {
		t.Errorf("the server ended with %v, its log:\n%s", err, c.log)
	}
}

func (c *console) users() string {
	c.t.Helper()
	list, err := c.tidings("", "users", "list", "--json")
	if err != nil || !strings.Contains(list, `"email":"ada@example.com"`) {
		c.t.Errorf("the users are %s, %v", list, err)
	}
	return list
}

func TestUnattendedFirstRun(t *testing.T) {
	t.Parallel()
	c := &console{server: newServer(t, program(t))}
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(canaryPassword+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.environment = []string{"TIDINGS_ADMIN_EMAIL=ada@example.com", "TIDINGS_ADMIN_PASSWORD_FILE=" + file}
	c.keepLog = true
	c.start()
	if got := c.state(); got != "signedOut" {
		t.Errorf("the session is %s", got)
	}
	c.ask(http.MethodPost, "/api/session", fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, canaryPassword), http.StatusOK)
	// A password that was changed since is not set back by the next start.
	c.ask(http.MethodPut, "/api/me/password", fmt.Sprintf(`{"current":%q,"new":%q}`, canaryPassword, newPassword), http.StatusNoContent)
	if err := c.terminate(); err != nil || strings.Contains(c.log.String(), "Finish setup") {
		t.Errorf("the server ended with %v, its log:\n%s", err, c.log)
	}
	c.start()
	if got := c.state(); got != "signedIn" {
		t.Errorf("after a restart the session is %s", got)
	}
	c.ask(http.MethodPost, "/api/session", fmt.Sprintf(`{"email":"ada@example.com","password":%q}`, canaryPassword), http.StatusUnauthorized)
}
