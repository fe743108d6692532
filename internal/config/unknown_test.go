package config_test

import (
	"slices"
	"testing"

	"github.com/tidingshq/tidings/internal/config"
)

func TestUnknownVariables(t *testing.T) {
	t.Parallel()
	names := append(config.Variables(),
		"TIDINGS_RETENTOIN", "TIDINGS_ALLOW_NETWORK", "tidings_listen", "PATH", "TIDINGSX", "TIDINGS_URL",
		"TIDINGS_PORT", "TIDINGS_SERVICE_HOST", "TIDINGS_SERVICE_PORT_HTTP", "TIDINGS_PORT_8080_TCP_ADDR", "TIDINGS_DB_PORT_5432_TCP",
	)
	got := config.UnknownVariables(names, []string{"TIDINGS_URL"})
	if want := []string{"TIDINGS_ALLOW_NETWORK", "TIDINGS_RETENTOIN"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for _, s := range config.Settings() {
		if s.Env != "" && s.Env[:len(config.Prefix)] != config.Prefix {
			t.Errorf("%s does not begin with %s", s.Env, config.Prefix)
		}
	}
}
