package httpapi

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

const routesFile = "routes/hook.test.ts"

// routeCases are unit tests of the routes, held against the whole API.
func routeCases() []logtoCase {
	create := func(events string) func(t *testing.T) {
		return func(t *testing.T) {
			b := setup(t)
			got := b.do(adminKey, "POST", "/api/hooks", `{"name":"fooName",`+events+`,"config":{"url":"https://example.com"}}`)
			h := into[hook](b, got, 201)
			if h.ID == "" || h.SigningKey == "" || !h.Enabled || h.CreatedAt == 0 || h.TenantID == "" || !strings.Contains(got.body, events) {
				t.Errorf("%s", got.body)
			}
		}
	}
	change := func(body, want string) func(t *testing.T) {
		return func(t *testing.T) {
			b := setup(t)
			if got := b.do(adminKey, "PATCH", "/api/hooks/"+b.hook().ID, body); got.status != 200 || !strings.Contains(got.body, want) {
				t.Errorf("%d %s", got.status, got.body)
			}
		}
	}
	test := func(event string) func(t *testing.T) {
		return func(t *testing.T) {
			b := setup(t)
			if got := b.do(adminKey, "POST", "/api/hooks/"+b.hook().ID+"/test", `{"events":["`+event+`"],"config":{"url":"https://example.com"}}`); got.status != 204 {
				t.Errorf("%d %s", got.status, got.body)
			}
		}
	}
	return []logtoCase{
		{routesFile, "GET /hooks", func(t *testing.T) {
			b := setup(t)
			b.hook()
			got := b.do(adminKey, "GET", "/api/hooks", "")
			if len(into[[]hook](b, got, 200)) != 1 || got.header["Total-Number"] != nil {
				t.Errorf("%s, Total-Number %v", got.body, got.header["Total-Number"])
			}
		}},
		{routesFile, "?page=1&page_size=20", func(t *testing.T) {
			b := setup(t)
			b.hook()
			if got := b.do(adminKey, "GET", "/api/hooks?page=1&page_size=20", ""); got.status != 200 || got.header.Get("Total-Number") != "1" {
				t.Errorf("%d, Total-Number %q", got.status, got.header.Get("Total-Number"))
			}
		}},
		{routesFile, "?includeExecutionStats / :id?includeExecutionStats", func(t *testing.T) {
			b := setup(t)
			id := b.hook().ID
			const want = `"executionStats":{"successCount":0,"requestCount":0}}`
			for _, target := range []string{"/api/hooks", "/api/hooks/" + id} {
				if got := b.do(adminKey, "GET", target+"?includeExecutionStats=true", ""); !strings.Contains(got.body, want) {
					t.Errorf("%s: %s", target, got.body)
				}
			}
		}},
		{routesFile, "GET :id", func(t *testing.T) {
			b := setup(t)
			h := b.hook()
			if got := into[hook](b, b.do(adminKey, "GET", "/api/hooks/"+h.ID, ""), 200); got.ID != h.ID {
				t.Errorf("%+v", got)
			}
		}},
		{routesFile, "POST", create(`"events":["PostRegister"]`)},
		{routesFile, "POST, multi events", create(`"events":["PostSignIn","PostRegister"]`)},
		{routesFile, "POST, adaptive MFA", create(`"events":["` + adaptive + `"]`)},
		{routesFile, "old payload format", create(`"event":"PostRegister"`)},
		{routesFile, "TrustedDevice events without dev features", func(t *testing.T) {
			b := setup(t)
			body := `{"events":["TrustedDevice.Created"],"config":{"url":"https://example.com"}}`
			b.want(b.do(adminKey, "POST", "/api/hooks", body), 400, "guard.invalid_input")
			target := "/api/hooks/" + b.hook().ID
			b.want(b.do(adminKey, "PATCH", target, body), 400, "guard.invalid_input")
			b.want(b.do(adminKey, "POST", target+"/test", body), 400, "guard.invalid_input")
		}},
		{routesFile, "stored dev-event hooks still returned", func(t *testing.T) {
			b := setup(t)
			h := b.hook()
			_, err := b.store.UpdateWebhook(t.Context(), webhook.DefaultTenant, webhook.ID(h.ID), func(w *webhook.Webhook) error {
				w.EventTypes = []webhook.EventType{"TrustedDevice.Created"}
				return nil
			})
			b.must(err)
			b.must(b.reg.Refresh(t.Context()))
			list := into[[]hook](b, b.do(adminKey, "GET", "/api/hooks", ""), 200)
			one := into[hook](b, b.do(adminKey, "GET", "/api/hooks/"+h.ID, ""), 200)
			if want := []string{"TrustedDevice.Created"}; !slices.Equal(list[0].Events, want) || !slices.Equal(one.Events, want) {
				t.Errorf("list %v, one %v", list[0].Events, one.Events)
			}
		}},
		{routesFile, "no events", func(t *testing.T) {
			b := setup(t)
			b.want(b.do(adminKey, "POST", "/api/hooks", `{"name":"fooName","config":{"url":"https://example.com"}}`), 400, "hook.missing_events")
		}},
		{routesFile, "test → 204", test("PostSignIn")},
		{routesFile, "test → 204, adaptive MFA", test(adaptive)},
		{routesFile, "PATCH", change(`{"name":"newFooName","events":["PostSignIn"],"config":{"url":"https://new.example.com"}}`,
			`"name":"newFooName","event":null,"events":["PostSignIn"],"config":{"url":"https://new.example.com"}`)},
		{routesFile, "PATCH, multi events", change(`{"events":["PostSignIn","PostRegister"]}`, `"events":["PostSignIn","PostRegister"]`)},
		{routesFile, "PATCH, adaptive MFA", change(`{"events":["`+adaptive+`"]}`, `"events":["`+adaptive+`"]`)},
		{routesFile, "PATCH, old payload format", change(`{"event":"PostRegister","config":{"url":"https://new.example.com","retries":2}}`, `"event":"PostRegister"`)},
		{routesFile, "PATCH events []", func(t *testing.T) {
			b := setup(t)
			b.want(b.do(adminKey, "PATCH", "/api/hooks/"+b.hook().ID, `{"events":[]}`), 400, "guard.invalid_input")
		}},
		{routesFile, "PATCH signingKey only", func(t *testing.T) {
			b := setup(t)
			h := b.hook()
			if got := into[hook](b, b.do(adminKey, "PATCH", "/api/hooks/"+h.ID, `{"signingKey":"mine"}`), 200); got.SigningKey != h.SigningKey {
				t.Error("the signing key can be chosen")
			}
		}},
		{routesFile, "PATCH signing-key", func(t *testing.T) {
			b := setup(t)
			before := b.do(adminKey, "GET", "/api/hooks/"+b.hook().ID, "")
			old := into[hook](b, before, 200)
			after := b.do(adminKey, "PATCH", "/api/hooks/"+old.ID+"/signing-key", "")
			rotated := into[hook](b, after, 200).SigningKey
			if rotated == old.SigningKey || strings.Replace(after.body, rotated, old.SigningKey, 1) != before.body {
				t.Errorf("before %s, after %s", before.body, after.body)
			}
		}},
		{routesFile, "DELETE", func(t *testing.T) {
			b := setup(t)
			if got := b.do(adminKey, "DELETE", "/api/hooks/"+b.hook().ID, ""); got.status != 204 || got.body != "" {
				t.Errorf("%d %s", got.status, got.body)
			}
		}},
	}
}

// windowCases are about the time that the log of a hook covers.
func windowCases() []logtoCase {
	const old, recent = 25 * time.Hour, time.Hour
	at := func(ago time.Duration) int64 { return start.Add(old).Add(-ago).UnixMilli() }
	// window: there are entries of 25 hours and of one hour ago.
	window := func(query string, want int) func(t *testing.T) {
		return func(t *testing.T) {
			b, id := twoEntries(t, old, recent)
			if got := b.logs(id, query); len(got) != want {
				t.Errorf("%q: %d entries, want %d", query, len(got), want)
			}
		}
	}
	refused := func(query, code string) func(t *testing.T) {
		return func(t *testing.T) {
			b := setup(t)
			b.want(b.do(adminKey, "GET", "/api/hooks/x/recent-logs?"+query, ""), 400, code)
		}
	}
	return []logtoCase{
		{routesFile, "recent-logs parameters", func(t *testing.T) {
			b, id := twoEntries(t, old, recent)
			got := b.do(readKey, "GET", "/api/hooks/"+id+"/recent-logs?logKey=TriggerHook.User.Created&page=1&page_size=5", "")
			entries := into[[]logEntry](b, got, 200)
			if len(entries) != 1 || entries[0].Key != "TriggerHook.User.Created" || entries[0].CreatedAt != at(recent) || got.header.Get("Total-Number") != "1" {
				t.Errorf("%s", got.body)
			}
		}},
		{routesFile, "enableCap=true", tenThousandAndOne},
		{routesFile, "enableCap omitted", func(t *testing.T) {
			b, id := twoEntries(t, old, recent)
			got := b.do(readKey, "GET", "/api/hooks/"+id+"/recent-logs?start_time=0&page_size=1", "")
			if got.header.Get("Total-Number") != "2" || got.header["Total-Number-Is-Capped"] != nil || !strings.Contains(strings.Join(got.header["Link"], ""), `rel="last"`) {
				t.Errorf("%v", got.header)
			}
		}},
		{routesFile, "default 24 h", window("", 1)},
		{routesFile, "start_time only", window(fmt.Sprintf("start_time=%d", at(old)), 2)},
		{routesFile, "end_time only", window(fmt.Sprintf("end_time=%d", at(recent)-1), 1)},
		{routesFile, "both", window(fmt.Sprintf("start_time=%d&end_time=%d", at(old), at(recent)), 2)},
		{routesFile, "start > end", refused("start_time=2&end_time=1", "log.invalid_time_window")},
		{routesFile, "start = end", window(fmt.Sprintf("start_time=%d&end_time=%d", at(old), at(old)), 1)},
		{routesFile, "start_time=oops", refused("start_time=oops", "guard.invalid_input")},
	}
}

// twoEntries makes a hook with a log entry of each age.
func twoEntries(t *testing.T, older, newer time.Duration) (b *bundle, id string) {
	t.Helper()
	b = setup(t)
	id = b.hook().ID
	for _, wait := range []time.Duration{older - newer, newer} {
		b.post(`{"event":"User.Created"}`)
		b.attempt(succeeded(""), done)
		b.clock.Advance(wait)
	}
	return b, id
}

// tenThousandAndOne: counting stops where the cap is, on real rows.
func tenThousandAndOne(t *testing.T) {
	b := setup(t)
	id := b.hook().ID
	b.post(`{"event":"User.Created"}`)
	b.attempt(succeeded(""), done)
	b.copyDelivery(countCap - 1)
	target := "/api/hooks/" + id + "/recent-logs?enableCap=true&page=2"
	exact := b.do(readKey, "GET", target, "")
	if exact.header.Get("Total-Number") != "10000" || exact.header["Total-Number-Is-Capped"] != nil || len(exact.header["Link"]) != 4 {
		t.Errorf("with 10,000 entries: %v", exact.header)
	}
	b.clock.Advance(time.Hour) // behind the identifiers of the copies
	b.post(`{"event":"User.Created"}`)
	b.attempt(succeeded(""), done)
	capped := b.do(readKey, "GET", target, "")
	link := strings.Join(capped.header["Link"], "\n")
	if capped.header.Get("Total-Number") != "10001" || capped.header.Get("Total-Number-Is-Capped") != "true" ||
		strings.Contains(link, "last") || strings.Contains(link, "next") || len(capped.header["Link"]) != 2 || len(into[[]logEntry](b, capped, 200)) != 20 {
		t.Errorf("with 10,001 entries: %v", capped.header)
	}
	whole := b.do(readKey, "GET", "/api/hooks/"+id+"/recent-logs?page_size=100", "")
	if whole.header.Get("Total-Number") != "10001" || whole.header["Total-Number-Is-Capped"] != nil || len(whole.header["Link"]) != 3 {
		t.Errorf("without a cap: %v", whole.header)
	}
}

// copyDelivery adds copies of the one log entry that is there.
func (b *bundle) copyDelivery(copies int) {
	b.t.Helper()
	ctx := b.t.Context()
	db, err := sql.Open("sqlite", "file:"+b.file+"?_pragma=busy_timeout(5000)")
	b.must(err)
	defer func() { b.must(db.Close()) }()
	var columns string
	b.must(db.QueryRowContext(ctx, "SELECT group_concat(name) FROM pragma_table_info('deliveries') WHERE name <> 'number'").Scan(&columns))
	_, err = db.ExecContext(ctx, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) INSERT INTO deliveries (number, "+columns+
		") SELECT number + i, "+columns+" FROM deliveries, n", copies)
	b.must(err)
}
