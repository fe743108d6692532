package httpapi

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/catalog"
	"github.com/tidingshq/tidings/internal/webhook"
)

// The bodies of Logto's answers, to the letter.
func TestLogtosWordsForMistakes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const ok = `{"events":["PostSignIn"],"config":{"url":"https://a.example.com/"}}`
	tests := []struct {
		method, target, body string
		status               int
		want                 string
	}{
		{"GET", "/x", "", 404, "{\"code\":\"entity.not_exists_with_id\",\"message\":\"The hooks with ID `x` does not exist.\"}"},
		{"GET", "/test/", "", 404, "{\"code\":\"entity.not_exists_with_id\",\"message\":\"The hooks with ID `test` does not exist.\"}"},
		{"POST", "/x/test", ok, 404, "{\"code\":\"entity.not_exists_with_id\",\"message\":\"The hooks with ID `x` does not exist.\"}"},
		{"PATCH", "/x", `{"name":"n"}`, 404, `{"code":"entity.not_exists","message":"The hook does not exist."}`},
		{"PATCH", "/x/signing-key", "", 404, `{"code":"entity.not_exists","message":"The hook does not exist."}`},
		{"DELETE", "/x", "", 404, `{"code":"entity.not_found","message":"The resource does not exist."}`},
		{"POST", "", `{"config":{"url":"https://a.example.com/"}}`, 400, `{"code":"hook.missing_events","message":"You need to provide at least one event."}`},
		{"GET", "?page=0", "", 400, `{"code":"guard.invalid_pagination","message":"The request pagination value is invalid."}`},
		{"GET", "?page=1&page=2", "", 400, `{"code":"guard.invalid_pagination","message":"The request pagination value is invalid."}`},
		{"GET", "/x/recent-logs?start_time=oops", "", 400, `{"code":"guard.invalid_input","message":"The request start_time is invalid."}`},
		{"GET", "/x/recent-logs?end_time=oops", "", 400, `{"code":"guard.invalid_input","message":"The request end_time is invalid."}`},
		{"GET", "/x/recent-logs?start_time=2&end_time=1", "", 400, "{\"code\":\"log.invalid_time_window\",\"message\":\"`end_time` must be after `start_time`.\"}"},
		{"GET", "?includeExecutionStats=1&includeExecutionStats=2", "", 400, `{"code":"guard.invalid_input","data":{"issues":[{"code":"invalid_type","expected":"string","received":"array",` +
			`"path":["includeExecutionStats"],"message":"Expected string, received array"}],"name":"ZodError"},` +
			`"details":"Error in key path \"includeExecutionStats\": (invalid_type) Expected string but received array.","message":"The request query is invalid."}`},
		{"POST", "", `[]`, 400, `{"code":"guard.invalid_input","data":{"issues":[{"code":"invalid_type","expected":"object","received":"array","path":[],"message":"Expected object, received array"}],"name":"ZodError"},` +
			`"details":"Error in key path \"\": (invalid_type) Expected object but received array.","message":"The request body is invalid."}`},
		{"PATCH", "/x", `{"config":{"headers":{"a\"b":1}},"enabled":null}`, 400, `{"code":"guard.invalid_input","data":{"issues":[` +
			`{"code":"invalid_type","expected":"string","received":"undefined","path":["config","url"],"message":"Required"},` +
			`{"code":"invalid_type","expected":"string","received":"number","path":["config","headers","a\"b"],"message":"Expected string, received number"},` +
			`{"code":"invalid_type","expected":"boolean","received":"null","path":["enabled"],"message":"Expected boolean, received null"}],"name":"ZodError"},` +
			`"details":"Error in key path \"config.url\": (invalid_type) Expected string but received undefined.\n` +
			`Error in key path \"config.headers.a\"b\": (invalid_type) Expected string but received number.\n` +
			`Error in key path \"enabled\": (invalid_type) Expected boolean but received null.","message":"The request body is invalid."}`},
	}
	for _, tt := range tests {
		got := b.do(adminKey, tt.method, "/api/hooks"+tt.target, tt.body)
		if got.status != tt.status || got.body != tt.want {
			t.Errorf("%s %s %s: %d\n got %s\nwant %s", tt.method, tt.target, tt.body, got.status, got.body, tt.want)
		}
	}
}

// A value that is none of the event types is told all of them.
func TestLogtosWordsForUnknownEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	names := texts(catalog.Load().Names())
	union := "'" + strings.Join(names, "' | '") + "'"
	want := `{"code":"guard.invalid_input","data":{"issues":[` +
		`{"received":"nope","code":"invalid_enum_value","options":["` + strings.Join(names, `","`) + `"],"path":["event"],"message":"Invalid enum value. Expected ` + union + `, received 'nope'"},` +
		`{"code":"invalid_type","expected":"` + union + `","received":"number","path":["events",1],"message":"Expected ` + union + `, received number"}],"name":"ZodError"},` +
		`"details":"Error in key path \"event\": (invalid_enum_value) Invalid enum value. Expected ` + union + `, received 'nope'\n` +
		`Error in key path \"events.1\": (invalid_type) Expected ` + union + ` but received number.","message":"The request body is invalid."}`
	got := b.do(adminKey, "POST", "/api/hooks", `{"event":"nope","events":["PostSignIn",1],"config":{"url":"https://a.example.com/"}}`)
	if got.status != 400 || got.body != want {
		t.Errorf("%d\n got %s\nwant %s", got.status, got.body, want)
	}
}

// countedHealth counts how often health is read.
type countedHealth struct {
	Store
	reads *int
}

func (s countedHealth) Health(ctx context.Context, webhooks []int64, since time.Time) (map[int64]webhook.Health, error) {
	*s.reads++
	return s.Store.Health(ctx, webhooks, since)
}

func TestStatsOfAPageAreReadAtOnce(t *testing.T) {
	t.Parallel()
	reads := 0
	b := setup(t, func(o *Options) { o.Store = countedHealth{o.Store, &reads} })
	for range 30 {
		b.hook()
	}
	for query, want := range map[string]int{"page_size=30&includeExecutionStats=1": 1, "includeExecutionStats=1": 1, "page_size=30": 0} {
		reads = 0
		list := into[[]hook](b, b.do(readKey, "GET", "/api/hooks?"+query, ""), 200)
		if reads != want || len(list) != 30 || (list[29].ExecutionStats != nil) != (want > 0) {
			t.Errorf("%s: health was read %d times for %d webhooks, want %d", query, reads, len(list), want)
		}
	}
}
