package httpapi

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/testkit"
)

// pageCases are those of Logto's pagination.
func pageCases() []logtoCase {
	const file = "middleware/koa-pagination.test.ts"
	logs := func(b *bundle, query string) answer {
		return b.do(readKey, "GET", "/api/hooks/x/recent-logs?"+query, "")
	}
	return []logtoCase{
		{file, "defaults", func(t *testing.T) {
			b := setup(t)
			id := b.hook().ID
			for range 31 {
				b.post(`{"event":"User.Created"}`)
			}
			b.attempt(succeeded(""), done)
			for query, want := range map[string]int{"": 20, "page=1&page_size=30": 30, "page=2": 11} {
				if got := b.logs(id, query); len(got) != want {
					t.Errorf("%q: %d entries, want %d", query, len(got), want)
				}
			}
		}},
		{file, "400 cases", func(t *testing.T) {
			b := setup(t)
			for _, query := range []string{"page=invalid_number", "page=0", "page_size=invalid_number", "page_size=0", "page_size=200"} {
				b.want(logs(b, query), 400, "guard.invalid_pagination")
			}
		}},
		{file, "Total-Number", func(t *testing.T) {
			b := setup(t)
			if got := logs(b, ""); got.header.Get("Total-Number") != "0" {
				t.Errorf("Total-Number %q", got.header.Get("Total-Number"))
			}
		}},
		{file, "Link combinations 1/1, 1/2, 2/2, 2/3", func(t *testing.T) {
			for _, tt := range []struct {
				page, total int
				want        []string
			}{
				{1, 10, []string{"1 first", "1 last"}},
				{1, 30, []string{"1 first", "2 last", "2 next"}},
				{2, 30, []string{"1 first", "1 prev", "2 last"}},
				{2, 50, []string{"1 first", "1 prev", "3 last", "3 next"}},
				{1, 0, []string{"1 first", "1 last"}},
				{9, 30, []string{"1 first", "8 prev", "2 last"}},
			} {
				linked(t, tt.page, tt.total, false, tt.want)
			}
		}},
		{file, "capped variants", func(t *testing.T) {
			linked(t, 1, countCap, true, []string{"1 first"})
			linked(t, 2, countCap, true, []string{"1 first", "1 prev"})
		}},
	}
}

// linked checks the Link lines of a page, in their order.
func linked(t *testing.T, number, total int, capped bool, want []string) {
	t.Helper()
	a := New(Options{BaseURL: mustURL(t, "https://tidings.example.com")}).(*api)
	c := &call{request: mustRequest(t, fmt.Sprintf("/api/hooks?page=%d", number))}
	var lines []string
	for _, w := range want {
		page, rel, _ := strings.Cut(w, " ")
		lines = append(lines, fmt.Sprintf(`<https://tidings.example.com/api/hooks?page=%s>; rel=%q`, page, rel))
	}
	h := a.headersOf(c, page{number: number, size: 20}, total, capped)
	if diff := cmp.Diff(lines, h.Link); diff != "" {
		t.Errorf("page %d of %d entries (-want +got):\n%s", number, total, diff)
	}
}

// libraryCases are unit tests of what Logto sends.
func libraryCases() []logtoCase {
	const file = "libraries/hook/index.test.ts"
	return []logtoCase{
		{file, "PostSignIn payload", pass(flowed("PostSignIn", `"userId":"u","user":`+sampleUser+`,"application":{"id":"a","type":"SPA","name":"n","description":null}`))},
		{file, "adaptive + PostSignIn together", pass(flowed(adaptive, `"userId":"u"`), flowed("PostSignIn", `"userId":"u"`))},
		{file, "reserved fields win", func(t *testing.T) {
			e := setupEngine(t, well())
			h := e.create("PostSignIn")
			e.want(e.do(adminKey, "POST", "/api/events", `{"event":"PostSignIn","hookId":"mine"}`), 400, "event.reserved_member")
			inner := `{"event":"PostSignIn","createdAt":"2026-11-23T07:57:44.075Z","data":{"event":"x","hookId":"y"}}`
			e.trigger(inner)
			e.delivered(h, inner)
		}},
		{file, "triggerTestHook values / two events / failure", testPayloads},
		{file, "data hook by management API / by interaction API", pass(managed("Role.Created", "POST /roles", `"data":{"id":"r"}`), flowed("User.Data.Updated", `"data":`+sampleUser))},
		{"libraries/hook/utils.test.ts", "sendWebhookRequest", func(t *testing.T) {
			e := setupEngine(t, well())
			h := e.createWith(fmt.Sprintf(`{"url":%q,"headers":{"foo":"bar"}}`, e.endpoint.URL), "PostSignIn")
			e.trigger(`{"event":"PostSignIn"}`)
			r := e.endpoint.Next(t)
			if r.Header.Get("Foo") != "bar" || !strings.HasPrefix(r.Header.Get("User-Agent"), "Tidings/") || r.Header.Get("Content-Type") != "application/json" {
				t.Errorf("headers %v", r.Header)
			}
			if err := r.Verify(h.SigningKey); err != nil {
				t.Error(err)
			}
		}},
	}
}

// testPayloads: one request for each event, in Logto's shape, and a failure that is
// told.
func testPayloads(t *testing.T) {
	e := setupEngine(t, well())
	h := e.create("PostSignIn")
	send := func() answer {
		return e.do(adminKey, "POST", "/api/hooks/"+h.ID+"/test", fmt.Sprintf(`{"events":["PostSignIn","Role.Created"],"config":{"url":%q,"headers":{"foo":"bar"}}}`, e.endpoint.URL))
	}
	if got := send(); got.status != 204 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	bodies := map[string]int{}
	for range 2 {
		r := e.endpoint.Next(t)
		bodies[string(r.Body[:len(`{"event":"PostSignIn"`)])] = len(r.Body)
		if r.Header.Get("Foo") != "bar" || r.Header.Get("Tidings-Test") != "true" {
			t.Errorf("headers %v", r.Header)
		}
		if err := r.Verify(h.SigningKey); err != nil {
			t.Error(err)
		}
	}
	if diff := cmp.Diff(map[string]int{`{"event":"PostSignIn"`: 789, `{"event":"Role.Create`: 233}, bodies); diff != "" {
		t.Errorf("lengths of the bodies (-want +got):\n%s", diff)
	}
	e.endpoint.Answer(testkit.ResetOnAccept())
	got := send()
	e.want(got, 422, "hook.send_test_payload_failed")
	if !strings.Contains(got.body, `"message":"Failed to send test payload: `) || strings.Contains(got.body, `"data"`) {
		t.Errorf("%s", got.body)
	}
	if len(e.entries(h.ID, "")) != 0 {
		t.Error("a test left an entry in the log")
	}
}
