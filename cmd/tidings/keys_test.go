package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// keyDatabase is the environment of a database that is not there yet.
func keyDatabase(t *testing.T) (env []string, path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "data", "tidings.db")
	return []string{"TIDINGS_DATABASE=sqlite:" + path}, path
}

func TestKeysCreateListRevoke(t *testing.T) {
	t.Parallel()
	env, path := keyDatabase(t)
	made := runWith(t, env, "", "keys", "create", "shop\x1b[31m", "--scope", "emit", "--scope", "read")
	key := strings.TrimSuffix(made.stdout, "\n")
	if made.code != exitOK || !regexp.MustCompile(`^tdg_[0-9A-Za-z]{43}$`).MatchString(key) {
		t.Fatalf("got %+v", made)
	}
	if strings.Contains(made.stderr, key) || strings.Contains(made.stderr, "\x1b") || !strings.Contains(made.stderr, "emit,read") {
		t.Errorf("beside the key: %q", made.stderr)
	}
	list := runWith(t, env, "", "keys", "list")
	id := regexp.MustCompile(`[0-9a-z]{21}`).FindString(list.stdout)
	if list.code != exitOK || id == "" || !strings.Contains(list.stdout, key[:10]) || strings.Contains(list.stdout, key) || strings.Contains(list.stdout, "\x1b") {
		t.Errorf("list: %+v", list)
	}
	for _, file := range []string{path, path + "-wal"} {
		content, err := os.ReadFile(file)
		if err == nil && strings.Contains(string(content), key) {
			t.Errorf("%s holds the key", file)
		}
	}
	if got := runWith(t, env, "", "keys", "revoke", id); got.code != exitOK || got.stdout != "Revoked API key "+id+".\n" {
		t.Errorf("revoke: %+v", got)
	}
	if got := runWith(t, env, "", "keys", "revoke", id); got.code != exitNotFound || !strings.Contains(got.stderr, id) {
		t.Errorf("revoke again: %+v", got)
	}
	if got := runWith(t, env, "", "keys", "list", "--json"); got.code != exitOK || got.stdout != "" {
		t.Errorf("list of none: %+v", got)
	}
}

// What is no time to be good for does not stand for all time.
func TestKeysExpireLater(t *testing.T) {
	t.Parallel()
	env, path := keyDatabase(t)
	for _, span := range []string{"0s", "0", "-1h"} {
		got := runWith(t, env, "", "keys", "create", "shop", "--scope", "emit", "--expires-in="+span)
		if got.code != exitUsage || got.stdout != "" || !strings.Contains(got.stderr, "--expires-in") {
			t.Errorf("%s: %+v", span, got)
		}
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a database was made for none of them")
	}
}

func TestKeysInJSON(t *testing.T) {
	t.Parallel()
	env, _ := keyDatabase(t)
	before := time.Now()
	got := runWith(t, env, "", "keys", "create", "shop", "--scope", "emit", "--expires-in", "1h", "--json")
	var made keyView
	if err := json.Unmarshal([]byte(got.stdout), &made); err != nil || got.code != exitOK || got.stderr != "" {
		t.Fatalf("%+v: %v", got, err)
	}
	if made.Name != "shop" || made.Tenant != "default" || made.CreatedBy != "command line" || !strings.HasPrefix(made.Key, made.Prefix) ||
		made.ExpiresAt == nil || made.ExpiresAt.Before(before.Add(time.Hour-time.Second)) {
		t.Errorf("%s", got.stdout)
	}
	var one map[string]any // one on each line, and there is one
	if err := json.Unmarshal([]byte(runWith(t, env, "", "keys", "list", "--json").stdout), &one); err != nil {
		t.Fatalf("%v, %v", one, err)
	}
	if _, told := one["key"]; told || one["id"] != made.ID {
		t.Errorf("%v", one)
	}
	if got := runWith(t, env, "", "keys", "revoke", made.ID, "--json"); got.stdout != `{"revoked":"`+made.ID+`"}`+"\n" {
		t.Errorf("revoke: %+v", got)
	}
}

func TestKeysRefuse(t *testing.T) {
	t.Parallel()
	env, path := keyDatabase(t)
	for name, test := range map[string]struct {
		args []string
		code int
		want string
	}{
		"NoScope":      {[]string{"create", "shop"}, exitUsage, "--scope"},
		"UnknownScope": {[]string{"create", "shop", "--scope", "all"}, exitUsage, "emit, read, manage and admin"},
		"NoName":       {[]string{"create", "", "--scope", "read"}, exitUsage, "A name has"},
		"Past":         {[]string{"create", "shop", "--scope", "read", "--expires-in=-1h"}, exitUsage, "more than 0s"},
		"NoTenant":     {[]string{"create", "shop", "--scope", "read", "--tenant", "nowhere"}, exitNotFound, `tenant "nowhere"`},
		"NoSuchKind":   {[]string{"list", "--database", "mysql://localhost/x"}, exitUsage, "sqlite"},
	} {
		if got := runWith(t, env, "", append([]string{"keys"}, test.args...)...); got.code != test.code || !strings.Contains(got.stderr, test.want) || got.stdout != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
	missing := []string{"TIDINGS_DATABASE=sqlite:" + path + ".missing"}
	for _, args := range [][]string{{"list"}, {"revoke", "x"}} {
		if got := runWith(t, missing, "", append([]string{"keys"}, args...)...); got.code != exitFailed || !strings.Contains(got.stderr, "there is no database at") {
			t.Errorf("%v: %+v", args, got)
		}
	}
	if _, err := os.Stat(path + ".missing"); err == nil {
		t.Error("a database was made by looking at it")
	}
}
