package httpapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/testkit"
)

const adaptive = "PostSignInAdaptiveMfaTriggered"

// hookCases are integration tests of the API. The URL of Logto's own cases is
// not_work_url, which cannot be saved here (deviation 1).
func hookCases() []logtoCase {
	const file = "hook.test.ts"
	return []logtoCase{
		{file, "create, query, update, delete", func(t *testing.T) {
			b := setup(t)
			body := `{"name":"hook_name","events":["PostRegister"],"config":{"url":"https://a.example.com/","headers":{"foo":"bar"}}}`
			lifeCycle(b, body, `{"events":["PostSignIn"]}`, `"events":["PostSignIn"]`)
		}},
		{file, "same by the original API", func(t *testing.T) {
			b := setup(t)
			body := `{"event":"PostRegister","config":{"url":"https://a.example.com/","retries":2}}`
			lifeCycle(b, body, `{"event":"PostSignIn"}`, `"event":"PostSignIn"`)
		}},
		{file, "pagination params", func(t *testing.T) {
			b := setup(t)
			if got := b.do(adminKey, "GET", "/api/hooks?page=1&page_size=20", ""); got.status != 200 || got.header.Get("Total-Number") == "" {
				t.Errorf("%d, Total-Number %q", got.status, got.header.Get("Total-Number"))
			}
		}},
		{file, "empty name", func(t *testing.T) {
			b := setup(t)
			b.want(b.do(adminKey, "POST", "/api/hooks", `{"name":"","events":["PostRegister"],"config":{"url":"https://a.example.com/"}}`), 400, "guard.invalid_input")
		}},
		{file, "no event", func(t *testing.T) {
			b := setup(t)
			b.want(b.do(adminKey, "POST", "/api/hooks", `{"name":"hook_name","config":{"url":"https://a.example.com/"}}`), 400, "hook.missing_events")
		}},
		{file, "adaptive MFA event", func(t *testing.T) {
			b := setup(t)
			h := into[hook](b, b.do(adminKey, "POST", "/api/hooks", `{"events":["`+adaptive+`"],"config":{"url":"https://a.example.com/"}}`), 201)
			changed := into[hook](b, b.do(adminKey, "PATCH", "/api/hooks/"+h.ID, `{"events":["PostSignIn","`+adaptive+`"]}`), 200)
			if h.Events[0] != adaptive || changed.Events[1] != adaptive {
				t.Errorf("%v, then %v", h.Events, changed.Events)
			}
			if got := b.do(adminKey, "DELETE", "/api/hooks/"+h.ID, ""); got.status != 204 {
				t.Errorf("delete: %d", got.status)
			}
		}},
		{file, "update unknown id", func(t *testing.T) {
			b := setup(t)
			b.want(b.do(adminKey, "PATCH", "/api/hooks/invalid_id", `{"events":["PostSignIn"]}`), 404, "entity.not_exists")
		}},
		{file, "regenerate key unknown id", func(t *testing.T) {
			b := setup(t)
			b.want(b.do(adminKey, "PATCH", "/api/hooks/invalid_id/signing-key", ""), 404, "entity.not_exists")
		}},
	}
}

// lifeCycle creates, queries, updates and deletes a hook.
func lifeCycle(b *bundle, body, change, changed string) {
	b.t.Helper()
	created := b.do(adminKey, "POST", "/api/hooks", body)
	h := into[hook](b, created, 201)
	var sent, got map[string]json.RawMessage
	b.must(json.Unmarshal([]byte(body), &sent))
	b.must(json.Unmarshal([]byte(created.body), &got))
	for name, value := range sent {
		if string(got[name]) != string(value) {
			b.t.Errorf("%s was sent as %s and came back as %s", name, value, got[name])
		}
	}
	if list := b.do(adminKey, "GET", "/api/hooks", ""); list.body != "["+created.body+"]" {
		b.t.Errorf("the list does not hold exactly what was created: %s", list.body)
	}
	if one := b.do(adminKey, "GET", "/api/hooks/"+h.ID, ""); one.body != created.body {
		b.t.Errorf("got %s, created %s", one.body, created.body)
	}
	if got := b.do(adminKey, "PATCH", "/api/hooks/"+h.ID, change); got.status != 200 || !strings.Contains(got.body, changed) {
		b.t.Errorf("update: %d %s", got.status, got.body)
	}
	if got := b.do(adminKey, "DELETE", "/api/hooks/"+h.ID, ""); got.status != 204 {
		b.t.Errorf("delete: %d", got.status)
	}
	b.want(b.do(adminKey, "GET", "/api/hooks/"+h.ID, ""), 404, "entity.not_exists_with_id")
}

// hookTestCases are integration tests of test payloads and of figures.
func hookTestCases() []logtoCase {
	const file, figures = "hook.testing.test.ts", "hook.stats.test.ts"
	send := func(e *engine, id, url string) answer {
		return e.do(adminKey, "POST", "/api/hooks/"+id+"/test", fmt.Sprintf(`{"events":["PostSignIn"],"config":{"url":%q}}`, url))
	}
	return []logtoCase{
		{file, "test succeeds", func(t *testing.T) {
			e := setupEngine(t, well())
			h := e.create("PostRegister")
			if got := send(e, h.ID, e.endpoint.URL); got.status != 204 || got.body != "" {
				t.Errorf("%d %s", got.status, got.body)
			}
			if err := e.endpoint.Next(t).Verify(h.SigningKey); err != nil {
				t.Error(err)
			}
		}},
		{file, "unknown hook", func(t *testing.T) {
			e := setupEngine(t)
			e.want(send(e, "invalid_id", e.endpoint.URL), 404, "entity.not_exists_with_id")
		}},
		{file, "endpoint not working (`not_work_url`)", func(t *testing.T) {
			e := setupEngine(t)
			h := e.create("PostRegister")
			e.want(send(e, h.ID, "not_work_url"), 422, "hook.send_test_payload_failed")
			e.want(send(e, h.ID, "http://"+testkit.RefusedAddress(t)), 422, "hook.send_test_payload_failed")
		}},
		{file, "endpoint 500", func(t *testing.T) {
			e := setupEngine(t, testkit.Respond(500, "oops"))
			got := send(e, e.create("PostRegister").ID, e.endpoint.URL)
			e.want(got, 422, "hook.endpoint_responded_with_error")
			if !strings.Contains(got.body, `"data":{"responseStatus":500,"responseBody":"oops"}`) {
				t.Errorf("data: %s", got.body)
			}
		}},
		{figures, "recent logs", func(t *testing.T) {
			e := setupEngine(t, well())
			h := e.create("PostSignIn")
			e.trigger(`{"event":"PostSignIn"}`)
			got := e.entries(h.ID, "page_size=100")
			if len(got) != 1 || got[0].Payload.HookID != h.ID || got[0].Payload.Result != "Success" {
				t.Errorf("%+v", got)
			}
		}},
		{figures, "execution stats", func(t *testing.T) {
			e := setupEngine(t, well())
			h := e.create("PostSignIn")
			e.create("PostRegister")
			e.trigger(`{"event":"PostSignIn"}`)
			for _, one := range into[[]hook](e.bundle, e.do(adminKey, "GET", "/api/hooks?includeExecutionStats=true", ""), 200) {
				if one.ExecutionStats == nil {
					t.Errorf("%s has no figures", one.ID)
				}
			}
			one := into[hook](e.bundle, e.do(adminKey, "GET", "/api/hooks/"+h.ID+"?includeExecutionStats=true", ""), 200)
			want := &struct{ SuccessCount, RequestCount int }{1, 1}
			if diff := cmp.Diff(want, one.ExecutionStats); diff != "" {
				t.Errorf("figures (-want +got):\n%s", diff)
			}
		}},
	}
}
