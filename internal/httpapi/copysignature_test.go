package httpapi

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The variable of a locked header is its own and none that a shell has set.
func TestVariablesOfLockedHeaders(t *testing.T) {
	t.Parallel()
	taken := map[string]bool{}
	var got []string
	for _, header := range []string{
		"Authorization", "X-A", "x_a", "x~a", "x-a-2", "a.b", "a~b", "1-odd", "x-path", // ordinary, though some meet
		"Path", "HOME", "_", "~", "Lc-All", "ld-preload", "Https-Proxy", "Tidings-Url", "header-path",
	} {
		got = append(got, variableOf(header, taken))
	}
	want := []string{
		"AUTHORIZATION", "X_A", "X_A_2", "X_A_3", "X_A_2_2", "A_B", "A_B_2", "_1_ODD", "X_PATH",
		"HEADER_PATH", "HEADER_HOME", "HEADER__", "HEADER___2", "HEADER_LC_ALL", "HEADER_LD_PRELOAD", "HEADER_HTTPS_PROXY", "HEADER_TIDINGS_URL", "HEADER_HEADER_PATH",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
