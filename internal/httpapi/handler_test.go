package httpapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/schema"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, target := range []string{
		"/", "/api", "/api/", "/api/nothing", "/metrics", "/docs", "/openapi", "/openapi.yaml", "/openapi-3.0.json",
		"/schemas/HookView.json", "/debug/pprof/", "//evil.example.com/api/hooks", "/api//hooks", "/api/hooks/../hooks", "/..;/api/hooks",
		"/api/hooks%2f", "/api/hooks%3Fpage=1", "/api/hooks/%2e%2e", "/api/hooks/..%2f..%2fusers", "/api/hooks/%2F", "/API/hooks",
	} {
		got := b.do(adminKey, "GET", target, "")
		b.want(got, 404, "request.not_found")
		if got.header.Get("Location") != "" {
			t.Errorf("%s: redirected to %s", target, got.header.Get("Location"))
		}
	}
	for _, id := range []string{"%00", "a%0d%0ab", "%ff", "%E2%80%AE", "'%20OR%201=1--", strings.Repeat("a", 5000)} {
		b.want(b.do(adminKey, "GET", "/api/hooks/"+id, ""), 404, "entity.not_exists_with_id")
		b.want(b.do(adminKey, "GET", "/api/events/"+id, ""), 404, "entity.not_found")
		b.want(b.do(adminKey, "GET", "/api/deliveries/"+id+"/payload", ""), 404, "entity.not_found")
		if got := b.do(adminKey, "GET", "/api/hooks/"+id+"/recent-logs", ""); got.body != "[]" {
			t.Errorf("%s: %d %s", id, got.status, got.body)
		}
	}
}

func TestOtherMethods(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, method := range []string{"PUT", "DELETE", "TRACE", "get", "FOO"} {
		got := b.do(adminKey, method, "/api/hooks", "")
		b.want(got, 405, "request.method_not_allowed")
		if allow := got.header.Get("Allow"); allow != "HEAD, GET, POST" {
			t.Errorf("Allow: %s", allow)
		}
	}
	b.want(b.do(adminKey, "PUT", "/api/events/batch", ""), 405, "request.method_not_allowed")
	b.want(b.do(adminKey, "POST", "/api/hooks/x", "{}", "X-Http-Method", "DELETE"), 405, "request.method_not_allowed")
	if got := b.do("", "OPTIONS", "/api/hooks/x", ""); got.status != 200 || got.header.Get("Allow") != "HEAD, GET, PATCH, DELETE" {
		t.Errorf("OPTIONS: %d, Allow %q", got.status, got.header.Get("Allow"))
	}
	if got := b.do(adminKey, "HEAD", "/api/hooks", ""); got.status != 200 {
		t.Errorf("HEAD: %d", got.status)
	}
	if got := b.do(adminKey, "CONNECT", "/api/hooks", ""); got.status != 404 {
		t.Errorf("CONNECT: %d", got.status)
	}
}

func TestHeadersOfEveryAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	ids := map[string]bool{}
	for _, got := range []answer{
		b.do(adminKey, "GET", "/api/hooks", ""), b.do("", "GET", "/api/hooks", ""), b.do("", "GET", "/nothing", ""), b.do("", "GET", "/healthz", ""),
		b.do(emitKey, "POST", "/api/events", `{"event":"User.Created"}`), b.do(emitKey, "POST", "/api/events", `{`),
	} {
		for name, want := range map[string]string{
			"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer",
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'", "Content-Type": jsonType,
		} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %q in an answer with %d", name, got.header.Get(name), got.status)
			}
		}
		id := got.header.Get("Logto-Core-Request-Id")
		if !regexp.MustCompile(`^[0-9A-Za-z_-]{16}$`).MatchString(id) || ids[id] {
			t.Errorf("request id %q", id)
		}
		ids[id] = true
	}
}

func TestPrefix(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *Options) { o.BaseURL = mustURL(t, "https://example.com/a/b/") })
	if got := b.do("", "GET", "/a/b/healthz", ""); got.status != 200 {
		t.Errorf("with the prefix: %d", got.status)
	}
	if got := b.do(adminKey, "GET", "/a/b/api/hooks/", ""); got.status != 200 {
		t.Errorf("with the prefix and a slash: %d %s", got.status, got.body)
	}
	for _, target := range []string{"/healthz", "/a/b", "/a/bhealthz", "/a/b/a/b/healthz"} {
		b.want(b.do("", "GET", target, ""), 404, "request.not_found")
	}
}

func TestHealth(t *testing.T) {
	t.Parallel()
	ready := errors.New("open /var/lib/secret.db: no such file")
	b := setup(t, func(o *Options) { o.Ready = func(context.Context) error { return ready } })
	if got := b.do("", "GET", "/healthz", ""); got.status != 200 || got.body != `{"status":"ok"}` {
		t.Errorf("healthz: %d %s", got.status, got.body)
	}
	got := b.do("", "GET", "/readyz", "")
	b.want(got, 503, "server.not_ready")
	if strings.Contains(got.body, "secret.db") {
		t.Errorf("the reason leaks: %s", got.body)
	}
	ready = nil
	if got := b.do("", "GET", "/readyz", ""); got.status != 200 {
		t.Errorf("readyz: %d", got.status)
	}
}

// fakeIngest answers by script.
type fakeIngest struct {
	accept func(ctx context.Context, in ingest.Input) (store.Accepted, error)
}

func (f fakeIngest) Accept(ctx context.Context, in ingest.Input) (store.Accepted, error) {
	return f.accept(ctx, in)
}

func (f fakeIngest) AcceptBatch(ctx context.Context, in ingest.Input) ([]store.Accepted, error) {
	one, err := f.accept(ctx, in)
	return []store.Accepted{one}, err
}

func (fakeIngest) Validate(webhook.TenantID, webhook.EventType, []byte) []schema.Problem { return nil }

func withIngest(accept func(ctx context.Context, in ingest.Input) (store.Accepted, error)) func(*Options) {
	return func(o *Options) { o.Ingest = fakeIngest{accept} }
}

func TestPanicEndsOneRequestOnly(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	b := setup(t, withIngest(func(context.Context, ingest.Input) (store.Accepted, error) { panic("boom at /home/x") }),
		func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	got := b.do(emitKey, "POST", "/api/events", `{"event":"User.Created"}`)
	b.want(got, 500, "internal")
	if strings.Contains(got.body, "boom") {
		t.Errorf("the panic leaks: %s", got.body)
	}
	if id := got.header.Get("Logto-Core-Request-Id"); !strings.Contains(log.String(), id) || !strings.Contains(log.String(), "boom") || !strings.Contains(got.body, id) {
		t.Errorf("request %s: log %s, body %s", id, log.String(), got.body)
	}
	if got := b.do("", "GET", "/healthz", ""); got.status != 200 {
		t.Errorf("afterwards: %d", got.status)
	}
}

func TestPanicBehindTheFirstByteCutsTheConnection(t *testing.T) {
	t.Parallel()
	a := New(Options{}).(*api)
	a.mux.Handle("GET /api/half", a.guard(route{}, nil, func(c *call) {
		_, _ = c.Write([]byte("half"))
		panic("boom")
	}))
	defer func() {
		if reason, ok := recover().(error); !ok || !errors.Is(reason, http.ErrAbortHandler) {
			t.Errorf("recovered %v", reason)
		}
	}()
	a.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/api/half", nil))
	t.Error("the answer looks whole")
}

func TestUnknownErrorIsLoggedAndNotTold(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	b := setup(t, withIngest(func(context.Context, ingest.Input) (store.Accepted, error) {
		return store.Accepted{}, errors.New("disk I/O error in /var/lib/x.db")
	}), func(o *Options) { o.Log = slog.New(slog.NewTextHandler(&log, nil)) })
	got := b.do(emitKey, "POST", "/api/events", `{"event":"User.Created"}`)
	b.want(got, 500, "internal")
	if strings.Contains(got.body, "disk") || !strings.Contains(log.String(), "disk I/O error") {
		t.Errorf("body %s, log %s", got.body, log.String())
	}
}

func TestHumaFindsWhatWeDoNot(t *testing.T) {
	t.Parallel()
	New(Options{})
	p := huma.NewError(422, "validation failed", &huma.ErrorDetail{Message: "expected integer", Location: "query.x", Value: "secret"}).(*problem)
	if p.status != 400 || p.Code != codeInvalidInput || len(p.Data.(issueList).Issues) != 1 {
		t.Errorf("422 became %+v", p)
	}
	if p := huma.NewError(500, "cause").(*problem); p.Message != internalMessage {
		t.Errorf("500 tells %q", p.Message)
	}
	if huma.DefaultArrayNullable {
		t.Error("arrays would be described as nullable")
	}
}

// huma passes over embedded structs that are not exported, in silence.
func TestOperationsAreDescribedWhole(t *testing.T) {
	t.Parallel()
	a := New(Options{}).(*api)
	schemas := a.described.OpenAPI().Components.Schemas.Map()
	for name, members := range map[string][]string{
		"EventView":    {"id", "eventType", "fanOut", "deliveries", "idempotencyKey"},
		"DeliveryView": {"id", "state", "webhook", "attempts", "event"},
		"AttemptView":  {"number", "outcome", "startedAt", "request", "phases"},
		"Problem":      {"code", "data", "details", "message"},
	} {
		if schemas[name] == nil {
			t.Errorf("%s is not described", name)
			continue
		}
		for _, member := range members {
			if schemas[name].Properties[member] == nil {
				t.Errorf("%s: %s is not described", name, member)
			}
		}
	}
	if items := schemas["DeliveryView"].Properties["attempts"].Items; items == nil || items.Ref != "#/components/schemas/AttemptView" {
		t.Errorf("attempts of a delivery: %+v", items)
	}
	for _, r := range a.routes() {
		if item := a.described.OpenAPI().Paths[r.path]; strings.HasPrefix(r.operation, "List") && r.operation != "ListEventTypes" && (item == nil || item.Get == nil || len(item.Get.Parameters) == 0) {
			t.Errorf("%s: its parameters are not described", r.operation)
		}
	}
}
