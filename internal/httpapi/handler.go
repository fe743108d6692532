package httpapi

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"runtime/debug"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/live"
	"github.com/tidingshq/tidings/internal/receiver"
	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/schema"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// DefaultBodyBudget is how many bytes of request bodies may be in memory at once.
const DefaultBodyBudget = 128 << 20

// Ingester accepts events. It returns only once they are durable; an
// *ingest.Refusal says why it did not accept them.
type Ingester interface {
	Accept(ctx context.Context, in ingest.Input) (store.Accepted, error)
	AcceptBatch(ctx context.Context, in ingest.Input) ([]store.Accepted, error)
	// Validate lists what would keep a payload from being accepted.
	Validate(tenant webhook.TenantID, name webhook.EventType, body []byte) []schema.Problem
}

// Store is what the API reads of the store, and the one thing it asks of it.
type Store interface {
	store.Log
	Event(ctx context.Context, tenant webhook.TenantID, id webhook.EventID) (webhook.Event, error)
	Events(ctx context.Context, q store.EventQuery) ([]webhook.Event, error)
	store.Overrides
	store.Figures
}

// Waker hears what people have asked for deliveries.
type Waker interface {
	Wake(webhookNumber int64)
	// Cancelled says that a delivery has ended without an attempt.
	Cancelled(webhookNumber int64, id webhook.DeliveryID)
	// UnderWay says whether an attempt of the delivery is being made, also if the
	// delivery was cancelled since.
	UnderWay(id webhook.DeliveryID) bool
}

// Options says what the API works with. Clock, Random, Log, BaseURL, Ready,
// BodyBudget, Receiver and Live may be left out.
type Options struct {
	Registry *registry.Registry
	Accounts *account.Accounts
	// Version is that of the server, and Dev says that it is in development mode.
	Version string
	Dev     bool
	// Retention is how long deliveries and events are kept.
	Retention time.Duration
	// System says how the server is.
	System  func(context.Context) (SystemInfo, error)
	Catalog *catalog.Catalog
	Ingest  Ingester
	Store   Store
	Waker   Waker
	// URLs looks at the URL of an endpoint before it is saved.
	URLs URLInspector
	// Clock is that of deliveries and their ages, and Wall what is signed; nil is Clock.
	Clock clock.Clock
	Wall  clock.Clock
	// Random is the source of request identifiers; safe for concurrent use.
	Random io.Reader
	Log    *slog.Logger
	// BaseURL is where clients reach the API. Its path is the prefix of everything
	// served; links in answers begin with it.
	BaseURL *url.URL
	// TrustedProxies are the peers whose X-Forwarded-For is believed.
	TrustedProxies []netip.Prefix
	// Ready says why the process should get no requests, nil if it should.
	Ready func(context.Context) error
	// BodyBudget is how many bytes of request bodies may be in memory at once.
	BodyBudget int64
	// Receiver is the built-in endpoint, nil outside development mode.
	Receiver *receiver.Receiver
	// Live passes on what changes; without it there are no streams.
	Live *live.Hub
}

// api is the handler with what its routes need.
type api struct {
	Options
	prefix string
	cookie cookieRule
	origin *http.CrossOriginProtection
	budget budget
	health healthCache
	// trendsKept is for overviews what health is for lists.
	trendsKept trendCache
	// urlChecks bounds how often names are resolved for a caller.
	urlChecks limiters
	// tests bounds the test payloads that are under way.
	tests turns
	// heavy has room for the answers that are made at the same time.
	heavy chan struct{}
	mux   *http.ServeMux
	// described holds the OpenAPI document of the operations, and schemas those of
	// their types; nil leaves them to huma.
	described huma.API
	schemas   huma.Registry
}

// New returns the handler of the API.
func New(o Options) http.Handler {
	a := &api{Options: o, mux: http.NewServeMux(), heavy: make(chan struct{}, heavyAtOnce)}
	if a.Clock == nil {
		a.Clock = clock.System{}
	}
	if a.Wall == nil {
		a.Wall = a.Clock
	}
	if a.Random == nil {
		a.Random = rand.Reader
	}
	if a.Log == nil {
		a.Log = slog.New(slog.DiscardHandler)
	}
	if a.BaseURL == nil {
		a.BaseURL = &url.URL{}
	}
	if a.Ready == nil {
		a.Ready = func(context.Context) error { return nil }
	}
	if a.BodyBudget == 0 {
		a.BodyBudget = DefaultBodyBudget
	}
	a.budget.left.Store(a.BodyBudget)
	a.prefix = strings.TrimRight(a.BaseURL.Path, "/")
	a.cookie, a.origin = cookieFor(a.BaseURL, a.prefix), sameOriginOnly(a.BaseURL)
	a.mountAll()
	return a
}

// ServeHTTP sets what every answer carries, and keeps a panic from ending more
// than its own request.
func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{ResponseWriter: w, request: r, id: a.requestID()}
	setCommonHeaders(w.Header(), c.id)
	defer a.recoverPanic(c)
	if !a.route(c) {
		writeProblem(c, errNoRoute)
	}
}

// route finds the path of the request in the table. It does not redirect: a path
// that is not in its one spelling is not found.
func (a *api) route(c *call) bool {
	r := c.request
	local, ok := strings.CutPrefix(r.URL.Path, a.prefix)
	if !ok || !strings.HasPrefix(local, "/") {
		return false
	}
	raw := strings.TrimPrefix(r.URL.RawPath, a.prefix)
	if raw == "" && len(local) > 1 {
		// Logto accepts a slash at the end.
		local = strings.TrimSuffix(local, "/")
	}
	if path.Clean(local) != local || r.Method == http.MethodConnect {
		return false
	}
	if local != r.URL.Path {
		inner := *r.URL
		inner.Path, inner.RawPath = local, raw
		copied := *r
		copied.URL = &inner
		// Whoever measures knows the outer request only.
		defer func(outer *http.Request) { outer.Pattern = copied.Pattern }(r)
		r = &copied
	}
	a.mux.ServeHTTP(c, r)
	return true
}

func setCommonHeaders(h http.Header, id string) {
	h["Logto-Core-Request-Id"] = []string{id}
	h["Cache-Control"] = noStore
	h["X-Content-Type-Options"] = noSniff
	h["X-Frame-Options"] = denyFrames
	h["Referrer-Policy"] = noReferrer
	h["Content-Security-Policy"] = noContent
	h["Cross-Origin-Resource-Policy"] = sameOrigin
}

// Shared by all answers; nobody changes a header value in place.
var (
	noStore    = []string{"no-store"}
	noSniff    = []string{"nosniff"}
	denyFrames = []string{"DENY"}
	noReferrer = []string{"no-referrer"}
	noContent  = []string{"default-src 'none'; frame-ancestors 'none'"}
	sameOrigin = []string{"same-origin"}
)

// requestID makes 16 characters of [0-9A-Za-z_-].
func (a *api) requestID() string {
	var raw [12]byte
	if _, err := io.ReadFull(a.Random, raw[:]); err != nil {
		return "unknown"
	}
	return base64.RawURLEncoding.EncodeToString(raw[:])
}

func (a *api) recoverPanic(c *call) {
	reason := recover()
	if reason == nil {
		return
	}
	if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
		panic(reason)
	}
	a.Log.Error("request.panicked", "request", c.id, "method", c.request.Method, "route", c.request.Pattern,
		"panic", fmt.Sprint(reason), "stack", string(debug.Stack()))
	if c.wrote {
		panic(http.ErrAbortHandler)
	}
	writeProblem(c, errInternal(c.id))
}
