package httpapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/dispatch"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/store/sqlite"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

// logtoCase is a case of Logto's own tests of webhooks, held against this API.
type logtoCase struct {
	// file and name are those of docs/logto-tests.md.
	file, name string
	run        func(t *testing.T)
}

func logtoCases() []logtoCase {
	return slices.Concat(hookCases(), hookTestCases(), routeCases(), windowCases(), pageCases(), retryCases(), triggerCases(), libraryCases())
}

// TestLogto runs Logto's own tests that a service of its own can be held to.
func TestLogto(t *testing.T) {
	t.Parallel()
	cases := logtoCases()
	slices.SortStableFunc(cases, func(a, b logtoCase) int { return cmp.Compare(a.file, b.file) })
	for len(cases) > 0 {
		n := 1
		for n < len(cases) && cases[n].file == cases[0].file {
			n++
		}
		ofFile := cases[:n]
		t.Run(ofFile[0].file, func(t *testing.T) {
			t.Parallel()
			for _, c := range ofFile {
				t.Run(c.name, func(t *testing.T) {
					t.Parallel()
					c.run(t)
				})
			}
		})
		cases = cases[n:]
	}
}

// logtoCounts is how many cases the files of Logto's tests are listed with.
var logtoCounts = map[string]int{
	"hook.test.ts": 8, "hook.testing.test.ts": 4, "hook.stats.test.ts": 2, "utils.test.ts": 1, "hook.retry.test.ts": 4,
	"hook.trigger.data.test.ts": 2, "hook.trigger.organization.test.ts": 3, "hook.trigger.custom.data.test.ts": 4,
	"hook.trigger.experience.test.ts": 8, "hook.trigger.experience.adaptive-mfa.test.ts": 1,
	"hook.trigger.grant-limit-exceeded.test.ts": 1, "hook.trigger.message-rate-limited.test.ts": 1,
	"console/webhooks/index.test.ts": 1, "routes/hook.test.ts": 33, "libraries/hook/index.test.ts": 6,
	"libraries/hook/utils.test.ts": 3, "libraries/hook/utils.retry.test.ts": 7, "utils/sign.test.ts": 1,
	"middleware/koa-pagination.test.ts": 5, "middleware/koa-management-api-hooks.test.ts": 1,
	"koa-experience-interaction-hooks.test.ts": 1, "koa-audit-log.test.ts, utils/sensitive-data.test.ts": 1,
	"console/consts/webhooks.test.ts": 1, "packages/api": 1,
}

// The table says of every case of Logto's what holds it here, or why nothing does.
func TestTableOfLogtosTestsIsComplete(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "logto-tests.md"))
	if err != nil {
		t.Fatal(err)
	}
	registered := map[string]bool{}
	for _, c := range logtoCases() {
		id := "TestLogto/" + c.file + "/" + c.name
		if registered[id] {
			t.Errorf("%s is there twice", id)
		}
		registered[id] = true
	}
	why := regexp.MustCompile(`^(deviation [1-9]|identity provider|console|helper|open set)\b`)
	counts := map[string]int{}
	for line := range strings.Lines(string(page)) {
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 3 || !strings.HasPrefix(cells[0], "| `") {
			continue
		}
		file, name := strings.Trim(cells[0], "|` "), cells[1]
		here := strings.TrimSuffix(cells[2], " |")
		counts[file]++
		id := "TestLogto/" + file + "/" + name
		switch {
		case strings.HasPrefix(here, "test"):
			if !registered[id] {
				t.Errorf("%s: there is no such test", id)
			}
			delete(registered, id)
		case strings.HasPrefix(here, "`Test"):
			mustDeclare(t, here)
		case !why.MatchString(here):
			t.Errorf("%s: %q is neither a test nor a reason", id, here)
		}
	}
	for id := range registered {
		t.Errorf("%s is not in docs/logto-tests.md", id)
	}
	for file, want := range logtoCounts {
		if counts[file] != want {
			t.Errorf("%s has %d rows in docs/logto-tests.md, want %d", file, counts[file], want)
		}
		delete(counts, file)
	}
	for file := range counts {
		t.Errorf("%s is a file that Logto does not have", file)
	}
}

// mustDeclare checks a cell such as "`TestX` in `internal/y`".
func mustDeclare(t *testing.T, cell string) {
	t.Helper()
	parts := strings.Split(cell, "`")
	if len(parts) < 4 {
		t.Errorf("%s names no folder", cell)
		return
	}
	files, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(parts[3]), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "func "+parts[1]+"(t *testing.T)") {
			return
		}
	}
	t.Errorf("%s is not there", cell)
}

// devURLs applies the rules of development mode when a webhook is saved.
type devURLs struct{ guard *egress.Guard }

func (u devURLs) CheckURL(raw string) (string, bool, *webhook.Invalid) {
	target, err := u.guard.Check(raw)
	var problem *egress.Problem
	if errors.As(err, &problem) {
		return "", false, &webhook.Invalid{Code: problem.Code, Message: problem.Message}
	}
	return target.Stored, target.DevAddress, nil
}

// engine is the API with all that delivers behind it, and an endpoint.
type engine struct {
	*bundle
	endpoint *testkit.Receiver
	// ended gets each delivery at its end.
	ended chan webhook.DeliveryID
}

// Attempted implements dispatch.Observer.
func (e *engine) Attempted(job *webhook.Job, _ *webhook.Attempt, next webhook.Next) {
	if next.State.Ended() {
		e.ended <- job.Delivery
	}
}

// setupEngine delivers to an endpoint that answers by the script; retries follow
// after 10 ms.
func setupEngine(t *testing.T, script ...testkit.Behaviour) *engine {
	t.Helper()
	ctx := t.Context()
	e := &engine{bundle: &bundle{t: t}, endpoint: testkit.NewReceiver(t, script...), ended: make(chan webhook.DeliveryID, 1000)}
	var err error
	e.store, err = sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(t.TempDir(), "tidings.db"), Clock: clock.System{}})
	e.must(err)
	t.Cleanup(func() { e.must(e.store.Close()) })
	e.process, err = e.store.Join(ctx, time.Now())
	e.must(err)
	guard := egress.New(egress.Options{Dev: true})
	sender := deliver.New(deliver.Options{Dialer: guard, Clock: clock.System{}, Version: "test"})
	t.Cleanup(sender.Close)
	types := catalog.Load()
	e.reg, err = registry.New(ctx, registry.Options{Store: e.store, Catalog: types, URLs: devURLs{guard}, Sender: sender, Clock: clock.System{}})
	e.must(err)
	e.must(e.reg.SetBootstrapKey(ctx, adminKey))
	const wait = 10 * time.Millisecond
	dispatcher := dispatch.New(dispatch.Options{
		Store: e.store, Process: e.process, Webhooks: e.reg, Sender: sender, Clock: clock.System{}, Random: func() float64 { return 0.5 },
		Policy: webhook.RetryPolicy{Schedule: []time.Duration{wait, wait, wait}}, Limits: dispatch.DefaultLimits(), Observer: e,
		Logger: slog.New(slog.DiscardHandler),
	})
	e.reg.OnChange(dispatcher.Changed)
	e.must(dispatcher.Start(ctx))
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		e.must(dispatcher.Stop(ctx))
	})
	e.handler = New(Options{
		Registry: e.reg, Catalog: types, Store: e.store, Waker: dispatcher,
		Ingest: ingest.New(ingest.Options{Store: e.store, Registry: e.reg, Types: e.reg, Handoff: dispatcher, Process: func() int64 { return e.process }, Clock: clock.System{}}),
	})
	return e
}

// patience is how long a test waits for an event before it fails.
const patience = 20 * time.Second

// create makes a webhook for the endpoint.
func (e *engine) create(events ...string) hook {
	e.t.Helper()
	return e.createWith(fmt.Sprintf(`{"url":%q}`, e.endpoint.URL), events...)
}

func (e *engine) createWith(config string, events ...string) hook {
	e.t.Helper()
	body := fmt.Sprintf(`{"name":"Logto","events":["%s"],"config":%s}`, strings.Join(events, `","`), config)
	return into[hook](e.bundle, e.do(adminKey, "POST", "/api/hooks", body), 201)
}

// trigger posts an event, as Logto would at the end of what its tests do, and waits
// until its deliveries have ended.
func (e *engine) trigger(payload string) {
	e.t.Helper()
	done := into[posted](e.bundle, e.do(adminKey, "POST", "/api/events", payload), 202)
	for range done.Deliveries {
		select {
		case <-e.ended:
		case <-time.After(patience):
			e.t.Fatal("a delivery did not end")
		}
	}
}

func (e *engine) entries(id, query string) []logEntry {
	e.t.Helper()
	return into[[]logEntry](e.bundle, e.do(adminKey, "GET", "/api/hooks/"+id+"/recent-logs?"+query, ""), 200)
}

// delivered checks what Logto's tests check of a delivery: the request, its
// signature, and its one log entry.
func (e *engine) delivered(h hook, payload string) {
	e.t.Helper()
	want := strings.TrimSuffix(payload, "}") + fmt.Sprintf(`,"hookId":%q}`, h.ID)
	requests := e.endpoint.Requests()
	i := slices.IndexFunc(requests, func(r testkit.Request) bool { return string(r.Body) == want })
	if i < 0 {
		e.t.Fatalf("no request with %s", want)
	}
	if err := requests[i].Verify(h.SigningKey); err != nil {
		e.t.Error(err)
	}
	for _, entry := range e.entries(h.ID, "page_size=100") {
		if string(entry.Payload.HookRequest.Body) != want {
			continue
		}
		p := entry.Payload
		if entry.Key != p.Key || !strings.Contains(want, `"event":"`+strings.TrimPrefix(p.Key, "TriggerHook.")+`"`) ||
			p.Result != "Success" || p.HookID != h.ID || p.Response == nil || string(p.Response.Body) != answerText || p.Response.StatusCode != 200 {
			e.t.Errorf("log entry %+v", entry)
		}
		return
	}
	e.t.Errorf("no log entry for %s", want)
}

const answerText = `{"ok":true}`

// well is an endpoint that works.
func well() testkit.Behaviour { return testkit.Respond(200, answerText) }
