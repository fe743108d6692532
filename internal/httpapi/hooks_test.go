package httpapi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
)

func TestHookLifeCycle(t *testing.T) {
	t.Parallel()
	b := setup(t)
	created := b.hook()
	if len(created.ID) != 21 || len(created.SigningKey) != 32 || created.TenantID != "default" || !created.Enabled || created.CreatedAt != start.UnixMilli() {
		t.Errorf("created %+v", created)
	}
	got := into[hook](b, b.do(adminKey, "GET", "/api/hooks/"+created.ID, ""), 200)
	if diff := cmp.Diff(created, got); diff != "" {
		t.Errorf("get (-want +got):\n%s", diff)
	}
	list := into[[]hook](b, b.do(adminKey, "GET", "/api/hooks/", ""), 200)
	if diff := cmp.Diff([]hook{created}, list); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
	changed := into[hook](b, b.do(adminKey, "PATCH", "/api/hooks/"+created.ID, `{"events":["PostSignIn"],"enabled":false}`), 200)
	if changed.Enabled || changed.Events[0] != "PostSignIn" || changed.SigningKey != created.SigningKey {
		t.Errorf("changed %+v", changed)
	}
	rotated := into[hook](b, b.do(adminKey, "PATCH", "/api/hooks/"+created.ID+"/signing-key", ""), 200)
	if len(rotated.SigningKey) != 32 || rotated.SigningKey == created.SigningKey {
		t.Error("the key is not new")
	}
	if deleted := b.do(adminKey, "DELETE", "/api/hooks/"+created.ID, ""); deleted.status != 204 || deleted.body != "" {
		t.Errorf("delete: %+v", deleted)
	}
	b.want(b.do(adminKey, "GET", "/api/hooks/"+created.ID, ""), 404, "entity.not_exists_with_id")
}

// The order of members and the shape of null are part of the contract.
func TestHookBytes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.do(adminKey, "POST", "/api/hooks", `{"name":"<n>","event":"PostSignIn","config":{"url":"https://a.example.com/","headers":{"x-longer":"1","b":"&","a":"3"},"retries":2},"id":"mine","signingKey":"mine"}`)
	got := into[hook](b, h, 201)
	want := fmt.Sprintf(`{"tenantId":"default","id":%q,"name":"<n>","event":"PostSignIn","events":[],"config":{"url":"https://a.example.com/",`+
		`"headers":{"a":"3","b":"&","x-longer":"1"},"retries":2},"signingKey":%q,"enabled":true,"createdAt":%d}`, got.ID, got.SigningKey, start.UnixMilli())
	if h.body != want || got.ID == "mine" || got.SigningKey == "mine" {
		t.Errorf("\n got %s\nwant %s", h.body, want)
	}
}

// What a client may not choose is dropped, whatever it holds.
func TestWhatACreatedHookIgnores(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.do(adminKey, "POST", "/api/hooks", `{"id":1,"tenantId":"other","createdAt":-1e99,"signingKey":{},"executionStats":[],"x":null,`+
		`"events":["PostSignIn","User.Created","PostSignIn"],"config":{"url":"https://a.example.com/","method":"PUT"}}`)
	h := into[hook](b, got, 201)
	if h.TenantID != "default" || h.CreatedAt != start.UnixMilli() || !slices.Equal(h.Events, []string{"PostSignIn", "User.Created"}) || strings.Contains(got.body, "PUT") {
		t.Errorf("%s", got.body)
	}
}

func TestHookNotFound(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.hook().ID
	for _, key := range []string{otherKey, adminKey} {
		target := "/api/hooks/" + id
		if key == adminKey {
			target = "/api/hooks/unknown"
		}
		b.want(b.do(key, "GET", target, ""), 404, "entity.not_exists_with_id")
		b.want(b.do(key, "PATCH", target, `{"name":"x"}`), 404, "entity.not_exists")
		b.want(b.do(key, "PATCH", target+"/signing-key", ""), 404, "entity.not_exists")
		b.want(b.do(key, "DELETE", target, ""), 404, "entity.not_found")
		b.want(b.do(key, "POST", target+"/test", `{"events":["PostSignIn"],"config":{"url":"https://a.example.com/"}}`), 404, "entity.not_exists_with_id")
	}
}

func TestPatchHook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	patch := func(body string) hook { return into[hook](b, b.do(adminKey, "PATCH", "/api/hooks/"+h.ID, body), 200) }

	if got := patch(`{}`); cmp.Diff(h, got) != "" {
		t.Errorf("{} changed something: %s", cmp.Diff(h, got))
	}
	if got := patch(`{"id":"evil","tenantId":"evil","signingKey":"evil"}`); cmp.Diff(h, got) != "" {
		t.Errorf("members that are not to be set changed something: %s", cmp.Diff(h, got))
	}
	if got := patch(`{"config":{"url":"https://b.example.com/"}}`); got.Config.Headers != nil || got.Config.URL != "https://b.example.com/" {
		t.Errorf("config was not replaced as a whole: %+v", got.Config)
	}
	if got := patch(`{"event":"PostSignIn"}`); got.Event == nil || *got.Event != "PostSignIn" || got.Events[0] != "User.Created" {
		t.Errorf("event is independent of events: %+v", got)
	}
	if got := patch(`{"event":null,"createdAt":1000.9}`); got.Event != nil || got.CreatedAt != 1000 {
		t.Errorf("%+v", got)
	}
	if got := patch(`{"createdAt":-1.5}`); got.CreatedAt != -1 {
		t.Errorf("a time before 1970 became %d", got.CreatedAt)
	}
}

// TestCreatedAtFitsOurOwnAnswers holds that what a client of Logto's may write as the
// time of creation is a date-time of RFC 3339 in our own API.
func TestCreatedAtFitsOurOwnAnswers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.hook().ID
	patch := func(millis string) answer {
		return b.do(adminKey, "PATCH", "/api/hooks/"+id, `{"createdAt":`+millis+`}`)
	}
	for millis, want := range map[string]string{
		"-62167219200000.9": "0000-01-01T00:00:00Z", "253402300799999.9": "9999-12-31T23:59:59.999Z", "0": "1970-01-01T00:00:00Z",
	} {
		into[hook](b, patch(millis), 200)
		for _, target := range []string{"/api/webhooks/" + id, "/api/webhooks"} {
			got := b.do(adminKey, "GET", target, "")
			text := regexp.MustCompile(`"createdAt":"([^"]*)"`).FindStringSubmatch(got.body)
			if at, err := time.Parse(time.RFC3339, text[1]); err != nil || at.Format(time.RFC3339Nano) != want {
				t.Errorf("%s of %s: %v %v, want %s", target, millis, text, err, want)
			}
		}
	}
	for millis, code := range map[string]string{
		"-62167219200001": "too_small", "253402300800000": "too_big", "-8640000000000000": "too_small", "8640000000000000": "too_big", "1e99": "too_big", "-1e999": "too_small",
	} {
		got := patch(millis)
		b.want(got, 400, "guard.invalid_input")
		if !strings.Contains(got.body, `"code":"`+code+`"`) || !strings.Contains(got.body, `["createdAt"]`) {
			t.Errorf("%s: %s", millis, got.body)
		}
	}
}

// An object without members and no object are not the same to a client that
// compares what it sent with what it reads.
func TestEmptyHeadersAreEchoed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	empty := b.do(adminKey, "POST", "/api/hooks", `{"events":["User.Created"],"config":{"url":"https://a.example.com/","headers":{}}}`)
	id := into[hook](b, empty, 201).ID
	for _, got := range []answer{empty, b.do(adminKey, "GET", "/api/hooks/"+id, ""), b.do(readKey, "GET", "/api/hooks", "")} {
		if !strings.Contains(got.body, `"config":{"url":"https://a.example.com/","headers":{}}`) {
			t.Errorf("headers are gone: %s", got.body)
		}
	}
	gone := b.do(adminKey, "PATCH", "/api/hooks/"+id, `{"config":{"url":"https://a.example.com/"}}`)
	if !strings.Contains(gone.body, `"config":{"url":"https://a.example.com/"}`) {
		t.Errorf("headers stay: %s", gone.body)
	}
}

// A webhook of an old client has a single event and no events; either may change
// without the other.
func TestLegacyEventMayBeTakenAway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := into[hook](b, b.do(adminKey, "POST", "/api/hooks", `{"event":"PostSignIn","config":{"url":"https://a.example.com/"}}`), 201)
	for _, body := range []string{`{"event":null}`, `{"name":"still"}`} {
		if got := into[hook](b, b.do(adminKey, "PATCH", "/api/hooks/"+h.ID, body), 200); got.Event != nil || len(got.Events) != 0 {
			t.Errorf("%s: %+v", body, got)
		}
	}
	if done := b.post(`{"event":"PostSignIn"}`); done.Deliveries != 0 {
		t.Errorf("%d deliveries", done.Deliveries)
	}
}

func TestLockedHeadersSurviveAClientThatDoesNotKnowThem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	_, err := b.reg.Update(t.Context(), webhook.DefaultTenant, webhook.ID(h.ID), func(w *webhook.Webhook) error {
		w.Headers = append(w.Headers, webhook.Header{Name: "x-locked", Value: "hidden-value", Locked: true})
		return nil
	})
	b.must(err)
	got := b.do(adminKey, "PATCH", "/api/hooks/"+h.ID, `{"config":{"url":"https://b.example.com/"}}`)
	if strings.Contains(got.body, "locked") || strings.Contains(got.body, "hidden-value") {
		t.Errorf("a locked header is shown: %s", got.body)
	}
	w, _ := b.reg.Find(webhook.DefaultTenant, webhook.ID(h.ID))
	if len(w.Headers) != 1 || w.Headers[0].Name != "x-locked" || w.Headers[0].Value.Reveal() != "hidden-value" {
		t.Errorf("headers %+v", w.Headers)
	}
}

func TestSecretsAreMaskedForReaders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	for _, target := range []string{"/api/hooks", "/api/hooks/" + h.ID} {
		got := b.do(readKey, "GET", target, "")
		if strings.Contains(got.body, h.SigningKey) || strings.Contains(got.body, "secret-value") || strings.Count(got.body, `"******"`) != 2 {
			t.Errorf("%s: %s", target, got.body)
		}
		if got := b.do(manageKey, "GET", target, ""); !strings.Contains(got.body, h.SigningKey) || !strings.Contains(got.body, "secret-value") {
			t.Errorf("%s with manage: %s", target, got.body)
		}
	}
}

func TestHookInput(t *testing.T) {
	t.Parallel()
	const config = `"config":{"url":"https://a.example.com/"}`
	tests := map[string]struct{ body, code, path string }{
		"EmptyName":         {`{"name":"","events":["PostSignIn"],` + config + `}`, "guard.invalid_input", `["name"]`},
		"LongName":          {`{"name":"` + strings.Repeat("é", 257) + `","events":["PostSignIn"],` + config + `}`, "guard.invalid_input", `["name"]`},
		"NullName":          {`{"name":null,"events":["PostSignIn"],` + config + `}`, "guard.invalid_input", `["name"]`},
		"NoEvents":          {`{` + config + `}`, "hook.missing_events", ""},
		"NoEventsNorConfig": {`{}`, "guard.invalid_input", `["config"]`},
		"EmptyEvents":       {`{"events":[],` + config + `}`, "guard.invalid_input", `["events"]`},
		"UnknownEvent":      {`{"events":["PostSignIn","Nope"],` + config + `}`, "guard.invalid_input", `["events",1]`},
		"Pattern":           {`{"events":["User.*"],` + config + `}`, "guard.invalid_input", `["events",0]`},
		"NullLegacyEvent":   {`{"event":null,"events":["PostSignIn"],` + config + `}`, "guard.invalid_input", `["event"]`},
		"NoURL":             {`{"events":["PostSignIn"],"config":{}}`, "guard.invalid_input", `["config","url"]`},
		"BadURL":            {`{"events":["PostSignIn"],"config":{"url":"http://localhost"}}`, "guard.invalid_input", `["config","url"]`},
		"NullHeaders":       {`{"events":["PostSignIn"],"config":{"url":"https://a.example.com/","headers":null}}`, "guard.invalid_input", `["config","headers"]`},
		"HeaderValue":       {`{"events":["PostSignIn"],"config":{"url":"https://a.example.com/","headers":{"a.b":1}}}`, "guard.invalid_input", `["config","headers","a.b"]`},
		"ReservedHeader":    {`{"events":["PostSignIn"],"config":{"url":"https://a.example.com/","headers":{"Host":"x"}}}`, "guard.invalid_input", `["config","headers","Host"]`},
		"TwoCasesOfAHeader": {`{"events":["PostSignIn"],"config":{"url":"https://a.example.com/","headers":{"x-a":"1","X-A":"2"}}}`, "guard.invalid_input", `["config","headers","X-A"]`},
		"Retries4":          {`{"events":["PostSignIn"],"config":{"url":"https://a.example.com/","retries":4}}`, "guard.invalid_input", `["config","retries"]`},
		"Retries1.5":        {`{"events":["PostSignIn"],"config":{"url":"https://a.example.com/","retries":1.5}}`, "guard.invalid_input", `["config","retries"]`},
		"RetriesHuge":       {`{"events":["PostSignIn"],"config":{"url":"https://a.example.com/","retries":-1e999}}`, "guard.invalid_input", `["config","retries"]`},
		"Enabled":           {`{"events":["PostSignIn"],` + config + `,"enabled":"true"}`, "guard.invalid_input", `["enabled"]`},
		"TenantID":          {`{"tenantId":"` + strings.Repeat("é", 22) + `","events":["PostSignIn"],` + config + `}`, "guard.invalid_input", `["tenantId"]`},
		"CreatedAt":         {`{"events":["PostSignIn"],` + config + `,"createdAt":"now"}`, "guard.invalid_input", `["createdAt"]`},
		"CaseOfAMember":     {`{"Events":["PostSignIn"],"events":["PostSignIn"],` + config + `}`, "guard.invalid_input", `["Events"]`},
		"FoldOfAMember":     {`{"eventſ":["PostSignIn"],"events":["PostSignIn"],` + config + `}`, "guard.invalid_input", `["eventſ"]`},
		"DuplicateMember":   {`{"name":"a","name":"b","events":["PostSignIn"],` + config + `}`, "guard.invalid_input", ""},
		"NotAnObject":       {`[1]`, "guard.invalid_input", `[]`},
		"NotJSON":           {`{"name":"n",}`, "guard.invalid_input", ""},
	}
	b := setup(t)
	for name, tt := range tests {
		got := b.do(adminKey, "POST", "/api/hooks", tt.body)
		b.want(got, 400, tt.code)
		if tt.path != "" && !strings.Contains(got.body, `"path":`+tt.path) {
			t.Errorf("%s: no path %s in %s", name, tt.path, got.body)
		}
	}
	if left := b.do(adminKey, "GET", "/api/hooks", ""); left.body != "[]" {
		t.Errorf("something was stored: %s", left.body)
	}
}

func TestZodIssues(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := b.do(adminKey, "POST", "/api/hooks", `{"name":1,"events":[],"config":{"retries":9}}`)
	want := `{"code":"guard.invalid_input","data":{"issues":[` +
		`{"code":"invalid_type","expected":"string","received":"number","path":["name"],"message":"Expected string, received number"},` +
		`{"code":"too_small","minimum":1,"type":"array","inclusive":true,"exact":false,"message":"Array must contain at least 1 element(s)","path":["events"]},` +
		`{"code":"invalid_type","expected":"string","received":"undefined","path":["config","url"],"message":"Required"},` +
		`{"code":"too_big","maximum":3,"type":"number","inclusive":true,"exact":false,"message":"Number must be less than or equal to 3","path":["config","retries"]}` +
		`],"name":"ZodError"},"details":"Error in key path \"name\": (invalid_type) Expected string but received number.\n` +
		`Error in key path \"events\": (too_small) Array must contain at least 1 element(s)\n` +
		`Error in key path \"config.url\": (invalid_type) Expected string but received undefined.\n` +
		`Error in key path \"config.retries\": (too_big) Number must be less than or equal to 3","message":"The request body is invalid."}`
	if got.body != want {
		t.Errorf("\n got %s\nwant %s", got.body, want)
	}
}

func TestManyMistakesMakeABoundedAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	body := `{"config":{"url":"https://a.example.com/"},"events":[` + strings.Repeat(`"x",`, 60_000) + `"x"]}`
	got := b.do(adminKey, "POST", "/api/hooks", body)
	b.want(got, 400, "guard.invalid_input")
	if n := len(got.body); n > 512<<10 {
		t.Errorf("the answer has %d bytes", n)
	}
}

func TestHookPages(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *Options) { o.BaseURL = mustURL(t, "https://tidings.example.com/sub") })
	var ids []string
	for range 5 {
		b.clock.Advance(time.Second)
		h := into[hook](b, b.do(adminKey, "POST", "/sub/api/hooks", sampleHook), 201)
		ids = append([]string{h.ID}, ids...)
	}
	got := b.do(adminKey, "GET", "/sub/api/hooks?a=b+c&page=2&&page_size=2&z=%26*~", "")
	page := into[[]hook](b, got, 200)
	if len(page) != 2 || page[0].ID != ids[2] || page[1].ID != ids[3] {
		t.Errorf("page 2 = %+v", page)
	}
	link := func(n int, rel string) string {
		return fmt.Sprintf(`<https://tidings.example.com/sub/api/hooks?a=b+c&page=%d&page_size=2&z=%%26*%%7E>; rel=%q`, n, rel)
	}
	want := []string{link(1, "first"), link(1, "prev"), link(3, "last"), link(3, "next")}
	if diff := cmp.Diff(want, got.header["Link"]); diff != "" {
		t.Errorf("Link (-want +got):\n%s", diff)
	}
	if got.header.Get("Total-Number") != "5" {
		t.Errorf("Total-Number = %q", got.header.Get("Total-Number"))
	}
	beyond := b.do(adminKey, "GET", "/sub/api/hooks?page=9", "")
	if beyond.body != "[]" || !strings.Contains(beyond.header["Link"][1], "page=8>; rel=\"prev\"") {
		t.Errorf("beyond the end: %s %v", beyond.body, beyond.header["Link"])
	}
	whole := b.do(adminKey, "GET", "/sub/api/hooks?page=&page_size=", "")
	if whole.header["Total-Number"] != nil || whole.header["Link"] != nil || len(into[[]hook](b, whole, 200)) != 5 {
		t.Errorf("without a page: %v", whole.header)
	}
}

func TestPaginationInput(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, query := range []string{
		"page=0", "page=-1", "page=1.5", "page=abc", "page=1e3", "page=0x10", "page=+1", "page=%201", "page=01", "page=9223372036854775808",
		"page=%00", "page=1&page=2", "page=1;2", "page=%zz", "page=1%", "page_size=0", "page_size=101", "page_size=1&page_size=2", "page=Infinity",
	} {
		b.want(b.do(adminKey, "GET", "/api/hooks?"+query, ""), 400, "guard.invalid_pagination")
		b.want(b.do(adminKey, "GET", "/api/hooks/x/recent-logs?"+query, ""), 400, "guard.invalid_pagination")
	}
	b.want(b.do(adminKey, "GET", "/api/hooks?includeExecutionStats=1&includeExecutionStats=2", ""), 400, "guard.invalid_input")
	b.want(b.do(adminKey, "GET", "/api/hooks?includeExecutionStats=1&includeExecutionStats=2&page=0", ""), 400, "guard.invalid_pagination")
	for _, query := range []string{"unknown=1&unknown=2", "a=%zz", "%00=1", "a;b", "%", "a=%2", "page_size=100"} {
		if got := b.do(adminKey, "GET", "/api/hooks?"+query, ""); got.status != 200 {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
}

func TestExecutionStats(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	b.post(`{"event":"User.Created"}`)
	b.attempt(webhook.Attempt{Outcome: webhook.OutcomeSucceeded, Status: 200}, webhook.Next{State: webhook.StateSucceeded})
	b.post(`{"event":"User.Created"}`)
	b.attempt(webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 400, Reason: webhook.ReasonStatus4xx}, webhook.Next{State: webhook.StateFailed})

	for _, flag := range []string{"1", "true", "Y", "yes", "YEP", "yeah"} {
		got := into[[]hook](b, b.do(readKey, "GET", "/api/hooks?includeExecutionStats="+flag, ""), 200)
		if s := got[0].ExecutionStats; s == nil || s.SuccessCount != 1 || s.RequestCount != 2 {
			t.Errorf("list with %s: %+v", flag, s)
		}
		one := into[hook](b, b.do(readKey, "GET", "/api/hooks/"+h.ID+"?includeExecutionStats="+flag, ""), 200)
		if s := one.ExecutionStats; s == nil || s.SuccessCount != 1 || s.RequestCount != 2 {
			t.Errorf("one with %s: %+v", flag, s)
		}
	}
	if one := into[hook](b, b.do(readKey, "GET", "/api/hooks/"+h.ID+"?includeExecutionStats=false", ""), 200); one.ExecutionStats != nil {
		t.Error("stats were not asked for")
	}
}
