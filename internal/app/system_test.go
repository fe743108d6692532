package app

import (
	"net/http"
	"strings"
	"testing"
)

func TestSystem(t *testing.T) {
	t.Parallel()
	b := setup(t, "allow-network", "10.0.0.0/8", "egress-proxy", "http://ada:proxy-password@proxy.example.com:3128")
	got := b.do(http.MethodGet, "/api/system", "")
	for _, secret := range []string{apiKey, "proxy-password"} {
		if strings.Contains(got.body, secret) {
			t.Errorf("a secret is told: %s", got.body)
		}
	}
	system := into[struct {
		Version string
		Storage struct {
			Kind  string
			Bytes int64
		}
		Settings []struct{ Key, Value, Source string }
		Network  struct{ Allow []string }
		Checks   []Check
	}](b, got, http.StatusOK)
	if system.Version != "test" || system.Storage.Kind != "sqlite" || system.Storage.Bytes == 0 || strings.Join(system.Network.Allow, " ") != "10.0.0.0/8" {
		t.Errorf("the system is %s", got.body)
	}
	settings := map[string]string{}
	for _, s := range system.Settings {
		settings[s.Key] = s.Value + " from " + s.Source
	}
	for key, want := range map[string]string{
		"dev": "true from --dev", "bootstrap-api-key": "[redacted] from --bootstrap-api-key", "hold-for": "72h from default",
	} {
		if settings[key] != want {
			t.Errorf("%s is %q, want %q", key, settings[key], want)
		}
	}
	checks := map[string]bool{}
	for _, c := range system.Checks {
		checks[c.Name] = c.OK
		if c.Warning != (c.Name == "development mode") {
			t.Errorf("%s warns: %v", c.Name, c.Warning)
		}
	}
	for _, name := range []string{"database", "delivery", "disk", "clock", "development mode"} {
		if !checks[name] {
			t.Errorf("%s is not ok: %s", name, got.body)
		}
	}
}
