package httpapi

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/store"
)

// eventStore is store.Events under a name that is not one of its methods.
type eventStore = store.Events

// brokenEvents is a store that cannot write.
type brokenEvents struct{ eventStore }

func (brokenEvents) Accept(context.Context, store.AcceptParams) ([]store.Accepted, error) {
	return nil, errors.New("disk I/O error at /secret/path")
}

func TestStoreThatCannotWrite(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	b := setup(t, func(o *Options) {
		o.Log = slog.New(slog.NewTextHandler(&log, nil))
		o.Ingest = ingest.New(ingest.Options{Store: brokenEvents{nil}, Registry: o.Registry, Types: o.Registry, Clock: o.Clock})
	})
	for path, body := range map[string]string{"/api/events": `{"event":"User.Created"}`, "/api/events/batch": `[{"event":"User.Created"}]`} {
		log.Reset()
		got := b.do(emitKey, "POST", path, body)
		b.want(got, 503, "storage.unavailable")
		if got.header.Get("Retry-After") != "1" || strings.Contains(got.body, "secret") {
			t.Errorf("%s: Retry-After %q, %s", path, got.header.Get("Retry-After"), got.body)
		}
		if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), "disk I/O error at /secret/path") ||
			!strings.Contains(log.String(), got.header.Get("Logto-Core-Request-Id")) {
			t.Errorf("%s: want one line with the cause and the request, got:\n%s", path, &log)
		}
	}
}

func TestOuterRequestKnowsTheRoute(t *testing.T) {
	t.Parallel()
	for name, prefix := range map[string]string{"AtTheRoot": "", "UnderAPrefix": "/some/prefix"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := setup(t, func(o *Options) { o.BaseURL = mustURL(t, "https://example.com"+prefix) })
			for target, want := range map[string]string{
				"/api/hooks":   "GET /api/hooks",
				"/api/hooks/":  "GET /api/hooks",
				"/api/hooks/x": "GET /api/hooks/{id}",
				"/healthz":     "GET /healthz",
				"/api//hooks":  "",
			} {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, prefix+target, http.NoBody)
				b.handler.ServeHTTP(httptest.NewRecorder(), r)
				if r.Pattern != want {
					t.Errorf("%s: %q, want %q", target, r.Pattern, want)
				}
			}
		})
	}
}
