package httpapi

import (
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/account"
	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/receiver"
	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// Keys of the default tenant, one per scope, and an admin's of another tenant.
const (
	adminKey  = "admin-key-0000000000000000000000000"
	manageKey = "manage-key"
	readKey   = "read-key"
	emitKey   = "emit-key"
	otherKey  = "other-key"
)

// httpsOnly stands for the URL rules, which have tests of their own.
type httpsOnly struct{}

func (httpsOnly) CheckURL(raw string) (string, bool, *webhook.Invalid) {
	if !strings.HasPrefix(raw, "https://") {
		return "", false, &webhook.Invalid{Code: "scheme", Message: "Use https."}
	}
	return raw, false, nil
}

// fakeSender answers test payloads by script.
type fakeSender struct {
	mu       sync.Mutex
	requests []webhook.Request
	answer   func(r webhook.Request) webhook.Attempt
}

func (s *fakeSender) Send(_ context.Context, r webhook.Request) webhook.Attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = append(s.requests, r)
	return s.answer(r)
}

// fakeWaker notes whom it wakes.
type fakeWaker struct {
	woken     []int64
	cancelled []webhook.DeliveryID
	underWay  webhook.DeliveryID
}

func (w *fakeWaker) Wake(number int64) { w.woken = append(w.woken, number) }

func (w *fakeWaker) UnderWay(id webhook.DeliveryID) bool { return w.underWay == id }

func (w *fakeWaker) Cancelled(_ int64, id webhook.DeliveryID) { w.cancelled = append(w.cancelled, id) }

// bundle is the API on a real store, registry and ingest.
type bundle struct {
	t       *testing.T
	handler http.Handler
	store   *sqlite.Store
	reg     *registry.Registry
	clock   *clock.Fake
	sender  *fakeSender
	waker   *fakeWaker
	process int64
	inboxes *receiver.Receiver
	// file is the database.
	file string
}

func setup(t *testing.T, change ...func(*Options)) *bundle {
	t.Helper()
	return setupOn(t, func(*bundle) func(*Options) {
		return func(o *Options) {
			for _, c := range change {
				c(o)
			}
		}
	})
}

// setupOn is setup with a change that needs the bundle.
func setupOn(t *testing.T, change func(*bundle) func(*Options)) *bundle {
	t.Helper()
	ctx := t.Context()
	b := &bundle{t: t, clock: clock.NewFake(start), waker: &fakeWaker{}}
	b.sender = &fakeSender{answer: func(webhook.Request) webhook.Attempt {
		return webhook.Attempt{Outcome: webhook.OutcomeSucceeded, Status: 200}
	}}
	var err error
	file := filepath.Join(t.TempDir(), "tidings.db")
	b.file = file
	b.store, err = sqlite.Open(ctx, sqlite.Options{Path: file, Clock: b.clock})
	b.must(err)
	t.Cleanup(func() { b.must(b.store.Close()) })
	b.addTenant(file, "other")
	b.process, err = b.store.Join(ctx, start)
	b.must(err)
	for key, scope := range map[string]webhook.Scope{adminKey: "admin", manageKey: "manage", readKey: "read", emitKey: "emit", otherKey: "admin"} {
		tenant := webhook.DefaultTenant
		if key == otherKey {
			tenant = "other"
		}
		b.must(b.store.PutKey(ctx, webhook.APIKey{
			ID: key, Tenant: tenant, Hash: webhook.HashKey(webhook.Secret(key)), Scopes: []webhook.Scope{scope}, CreatedAt: start,
		}))
	}
	types := catalog.Load()
	b.reg, err = registry.New(ctx, registry.Options{Store: b.store, Catalog: types, URLs: httpsOnly{}, Sender: b.sender, Clock: b.clock})
	b.must(err)
	b.inboxes = receiver.New(receiver.Options{Clock: b.clock, Key: func(tenant webhook.TenantID, id webhook.ID) (webhook.Secret, bool) {
		w, found := b.reg.Find(tenant, id)
		if !found {
			return "", false
		}
		return w.SigningKey, true
	}})
	o := Options{
		Registry: b.reg, Accounts: account.New(account.Options{Store: b.store, Clock: b.clock}), Version: "1.2.3", Retention: 48 * time.Hour, System: b.system, Catalog: types, Store: b.store, Waker: b.waker,
		Clock: b.clock, Receiver: b.inboxes,
		Ingest: ingest.New(ingest.Options{Store: b.store, Registry: b.reg, Types: b.reg, Process: func() int64 { return b.process }, Clock: b.clock}),
	}
	change(b)(&o)
	b.handler = New(o)
	return b
}

// system is what a server may say of itself.
func (*bundle) system(context.Context) (SystemInfo, error) {
	return SystemInfo{
		Commit: "abc123", StartedAt: start.Add(-90 * time.Second), Storage: StorageInfo{"sqlite", 4096},
		Settings: []SystemSetting{{"listen", ":8080", "default"}}, Network: NetworkInfo{[]string{"10.0.0.0/8"}, "public addresses over https"},
		Checks: []SystemCheck{{"database", true, false, "It answers."}},
	}, nil
}

// addTenant makes a tenant, for which the store has no call yet.
func (b *bundle) addTenant(file, id string) {
	b.t.Helper()
	db, err := sql.Open("sqlite", "file:"+file+"?_pragma=busy_timeout(5000)")
	b.must(err)
	_, err = db.ExecContext(b.t.Context(), "INSERT INTO tenants (id, created_at) VALUES (?, 0)", id)
	b.must(err)
	b.must(db.Close())
}

func (b *bundle) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// answer is an HTTP answer that has been read.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request with a body of JSON; headers are pairs.
func (b *bundle) do(key, method, target, body string, headers ...string) answer {
	b.t.Helper()
	var reader io.Reader = http.NoBody
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, target, reader)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

// want checks status and code of an answer that is no success.
func (b *bundle) want(got answer, status int, code string) {
	b.t.Helper()
	var p struct{ Code, Message string }
	if err := json.Unmarshal([]byte(got.body), &p); err != nil || got.header.Get("Content-Type") != jsonType {
		b.t.Errorf("no JSON: %d %q %s", got.status, got.header.Get("Content-Type"), got.body)
		return
	}
	if got.status != status || p.Code != code || p.Message == "" {
		b.t.Errorf("got %d %s, want %d %s", got.status, got.body, status, code)
	}
}

// into decodes a successful answer.
func into[T any](b *bundle, got answer, status int) T {
	b.t.Helper()
	var v T
	if got.status != status {
		b.t.Fatalf("got %d %s, want %d", got.status, got.body, status)
	}
	if err := json.Unmarshal([]byte(got.body), &v); err != nil {
		b.t.Fatalf("%v: %s", err, got.body)
	}
	return v
}

// hook is Logto's hook, as a client of it reads it.
type hook struct {
	TenantID, ID, Name, SigningKey string
	Event                          *string
	Events                         []string
	Config                         struct {
		URL     string
		Headers map[string]string
		Retries *int
	}
	Enabled        bool
	CreatedAt      int64
	ExecutionStats *struct{ SuccessCount, RequestCount int }
}

const sampleHook = `{"name":"Sample","events":["User.Created"],"config":{"url":"https://hooks.example.com/","headers":{"x-team":"secret-value"}}}`

func (b *bundle) hook() hook {
	b.t.Helper()
	return into[hook](b, b.do(adminKey, "POST", "/api/hooks", sampleHook), 201)
}

type posted struct {
	ID         webhook.EventID
	Deliveries int
}

func (b *bundle) post(body string, headers ...string) posted {
	b.t.Helper()
	return into[posted](b, b.do(emitKey, "POST", "/api/events", body, headers...), 202)
}

// attempt makes the next attempt of everything that is due end in a.
func (b *bundle) attempt(a webhook.Attempt, next webhook.Next) {
	b.t.Helper()
	b.finish(b.claim(), a, next)
}

// claim takes all deliveries that are due.
func (b *bundle) claim() (jobs []webhook.Job) {
	b.t.Helper()
	ctx := b.t.Context()
	backlog, err := b.store.Backlog(ctx, b.process)
	b.must(err)
	var lanes []store.ClaimLane
	for _, w := range backlog.Waiting {
		lanes = append(lanes, store.ClaimLane{Webhook: w.Webhook, Limit: 100})
	}
	claimed, err := b.store.Claim(ctx, store.ClaimParams{Process: b.process, Now: b.clock.Now(), Lanes: lanes, MaxBytes: 1 << 30})
	b.must(err)
	for _, lane := range claimed {
		jobs = append(jobs, lane.Jobs...)
	}
	if len(jobs) == 0 {
		b.t.Fatal("nothing was due")
	}
	return jobs
}

// finish ends an attempt of each delivery in the same way.
func (b *bundle) finish(jobs []webhook.Job, a webhook.Attempt, next webhook.Next) {
	b.t.Helper()
	var results []store.Result
	for _, job := range jobs {
		made := a
		made.Number, made.StartedAt, made.By = job.Attempt, b.clock.Now(), job.AskedBy
		results = append(results, store.Result{Job: job, Attempt: made, Next: next})
	}
	errs, err := b.store.Finish(b.t.Context(), results)
	b.must(err)
	for _, err := range errs {
		b.must(err)
	}
}

func mustURL(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// exec changes the database behind the store's back.
func (b *bundle) exec(query string, args ...any) {
	b.t.Helper()
	db, err := sql.Open("sqlite", "file:"+b.file+"?_pragma=busy_timeout(5000)")
	b.must(err)
	_, err = db.ExecContext(b.t.Context(), query, args...)
	b.must(err)
	b.must(db.Close())
}
