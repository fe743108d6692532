package main

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/tidingshq/tidings/internal/config"
)

// A variable that is not a setting is named at the start, with what may have been
// meant and without its value.
func TestServeWarnsOfUnknownVariables(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	failed := errors.New("not opened")
	s := &session{
		env: variables([]string{
			"TIDINGS_RETENTOIN=canary", "TIDINGS_ALLOW_NETWORK=canary", "TIDINGS_QZ=canary", "TIDINGS_URL=http://127.0.0.1:1", "TIDINGS_API_KEY=canary", "TIDINGS_LOG_FORMAT=text", "TIDINGS_RETENTION=1h", "PATH=/bin",
		}),
		stdout: &log, stderr: &log,
		open: func(context.Context, *config.Loaded, *slog.Logger) (application, error) { return nil, failed },
	}
	if err := s.execute(t.Context(), []string{"serve"}); !errors.Is(err, failed) {
		t.Fatal(err)
	}
	got := log.String()
	for _, want := range []string{
		`level=WARN msg=config.unknown_variable name=TIDINGS_ALLOW_NETWORK hint="no setting has this name; did you mean TIDINGS_ALLOW_NETWORKS?"`,
		`level=WARN msg=config.unknown_variable name=TIDINGS_RETENTOIN hint="no setting has this name; did you mean TIDINGS_RETENTION?"`,
		`level=WARN msg=config.unknown_variable name=TIDINGS_QZ hint="no setting has this name"`,
	} {
		if !strings.Contains(got, want+"\n") {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if strings.Count(got, "unknown_variable") != 3 || strings.Contains(got, "canary") {
		t.Errorf("logged:\n%s", got)
	}
}
