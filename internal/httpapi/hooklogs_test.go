package httpapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

type logEntry struct {
	ID, Key   string
	CreatedAt int64
	Payload   struct {
		Key, Result, Error, HookID, DeliveryID, State string
		Attempts                                      int
		Durations                                     []float64
		Response                                      *struct {
			Body       json.RawMessage
			StatusCode int
		}
		HookRequest struct{ Body json.RawMessage }
	}
}

func (b *bundle) logs(id, query string) []logEntry {
	b.t.Helper()
	return into[[]logEntry](b, b.do(readKey, "GET", "/api/hooks/"+id+"/recent-logs?"+query, ""), 200)
}

func succeeded(body string) webhook.Attempt {
	return webhook.Attempt{Outcome: webhook.OutcomeSucceeded, Status: 200, Response: webhook.ResponseRecord{Body: []byte(body)}}
}

var (
	done = webhook.Next{State: webhook.StateSucceeded}
	lost = webhook.Next{State: webhook.StateFailed}
)

func TestRecentLogs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	b.post(`{"event":"User.Created","n":12345678901234567890123}`)
	if got := b.logs(h.ID, ""); len(got) != 0 {
		t.Errorf("an entry before the first attempt: %+v", got)
	}
	b.clock.Advance(time.Second)
	b.attempt(succeeded(`{"ok":true}`), done)
	b.post(`{"event":"User.Created"}`)
	retry := webhook.Next{State: webhook.StateRetrying, DueAt: b.clock.Now().Add(time.Minute), RetriesUsed: 1}
	b.clock.Advance(time.Second)
	b.attempt(webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 503, Reason: webhook.ReasonStatus5xx}, retry)

	got := b.logs(h.ID, "")
	if len(got) != 2 {
		t.Fatalf("%d entries", len(got))
	}
	retrying, ok := got[0], got[1]
	if ok.Key != "TriggerHook.User.Created" || ok.Payload.Key != ok.Key || ok.Payload.Result != "Success" || ok.Payload.HookID != h.ID ||
		ok.Payload.Error != "" || ok.ID != ok.Payload.DeliveryID || ok.Payload.State != "succeeded" || ok.Payload.Attempts != 1 {
		t.Errorf("success: %+v", ok)
	}
	if ok.CreatedAt != start.Add(time.Second).UnixMilli() {
		t.Errorf("createdAt %d", ok.CreatedAt)
	}
	if string(ok.Payload.Response.Body) != `{"ok":true}` || ok.Payload.Response.StatusCode != 200 {
		t.Errorf("response %s", ok.Payload.Response.Body)
	}
	want := fmt.Sprintf(`{"event":"User.Created","n":12345678901234567890123,"createdAt":"2026-11-23T12:00:00.000Z","hookId":%q}`, h.ID)
	if string(ok.Payload.HookRequest.Body) != want {
		t.Errorf("hookRequest.body\n got %s\nwant %s", ok.Payload.HookRequest.Body, want)
	}
	if retrying.Payload.Result != "Error" || retrying.Payload.State != "retrying" || !strings.Contains(retrying.Payload.Error, "503") {
		t.Errorf("retrying: %+v", retrying.Payload)
	}
}

func TestLogOfNoAnswer(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	b.post(`{"event":"User.Created"}`)
	b.attempt(webhook.Attempt{Outcome: webhook.OutcomeFailed, Reason: webhook.ReasonTimeout, Detail: "No answer."}, lost)
	got := b.logs(h.ID, "")[0].Payload
	if got.Response != nil || !strings.HasPrefix(got.Error, "TimeoutError: Request timed out") || got.Result != "Error" {
		t.Errorf("%+v", got)
	}
}

func TestLogBody(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`{"a": 1}`: `{"a":1}`, "\uFEFF{}": `{}`, `{"a":"\u0000","token":"x"}`: `{"a":"","token":"******"}`, "": `""`, "null": `"null"`, " [1] ": `[1]`, "text <b>": `"text <b>"`, "a\x00b": `"ab"`, "\xff": "\"\uFFFD\"", `"s"`: `"s"`, "12": "12", "{": `"{"`,
	}
	for body, want := range tests {
		if got := string(logBody(&webhook.ResponseRecord{Body: []byte(body)})); got != want {
			t.Errorf("%q: got %s, want %s", body, got, want)
		}
	}
	if got := string(logBody(&webhook.ResponseRecord{Body: []byte("12"), Truncated: true})); got != `"12"` {
		t.Errorf("a part of a body is no JSON: %s", got)
	}
}

func TestOneLog(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	b.post(`{"event":"User.Created","data":{"password":"hunter2","name":"n"}}`)
	id := into[struct{ Items []struct{ ID string } }](b, b.do(readKey, "GET", "/api/deliveries", ""), 200).Items[0].ID
	b.want(b.do(readKey, "GET", "/api/logs/"+id, ""), 404, "entity.not_exists_with_id")

	b.clock.Advance(time.Second)
	failure := webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 503, Reason: webhook.ReasonStatus5xx, Duration: 1500 * time.Microsecond, Response: webhook.ResponseRecord{Body: []byte("busy")}}
	b.attempt(failure, lost)
	got := b.do(readKey, "GET", "/api/logs/"+id, "")
	want := fmt.Sprintf(`{"tenantId":"default","id":%[1]q,"key":"TriggerHook.User.Created","payload":{"key":"TriggerHook.User.Created","result":"Error",`+
		`"error":"HTTPError: Request failed with status code 503 Service Unavailable","hookId":%[2]q,"response":{"body":"busy","statusCode":503},`+
		`"hookRequest":{"body":{"event":"User.Created","data":{"password":"******","name":"n"},"createdAt":"2026-11-23T12:00:00.000Z","hookId":%[2]q}},`+
		`"deliveryId":%[1]q,"state":"failed","attempts":1,"durations":[1.5],"reason":"status_5xx"},"createdAt":%[3]d}`, id, h.ID, start.Add(time.Second+time.Millisecond).UnixMilli())
	if got.status != 200 || got.body != want {
		t.Errorf("%d\n got %s\nwant %s", got.status, got.body, want)
	}
	if listed := b.do(readKey, "GET", "/api/hooks/"+h.ID+"/recent-logs", ""); listed.body != "["+strings.Replace(want, `"tenantId":"default",`, "", 1)+"]" {
		t.Errorf("the list shows another entry: %s", listed.body)
	}
	for key, missing := range map[string]string{readKey: "unknown", otherKey: id} {
		got := b.do(key, "GET", "/api/logs/"+missing, "")
		b.want(got, 404, "entity.not_exists_with_id")
		if !strings.Contains(got.body, "The logs with ID `"+missing+"` does not exist.") {
			t.Errorf("message: %s", got.body)
		}
	}
}

// A delivery that succeeded stays a success in the log, with the answer that made
// it one, whatever became of redeliveries.
func TestLogOfARedeliveryThatFailed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	b.post(`{"event":"User.Created"}`)
	b.attempt(succeeded("fine"), done)
	id := b.logs(h.ID, "")[0].ID
	into[struct{}](b, b.do(manageKey, "POST", "/api/deliveries/"+id+"/redeliver", ""), 202)
	b.attempt(webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 500, Trigger: webhook.TriggerManual, Reason: webhook.ReasonStatus5xx}, done)
	logs := b.logs(h.ID, "")
	if got := logs[0].Payload; len(logs) != 1 || got.Result != "Success" || got.Error != "" || got.Response.StatusCode != 200 || got.Attempts != 2 || len(got.Durations) != 2 {
		t.Errorf("%d entries, %+v", len(logs), got)
	}
}

// What the endpoint answered decides, also when the delivery was cancelled meanwhile.
func TestLogOfADeliveryCancelledUnderWay(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	refused := webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 503, Reason: webhook.ReasonStatus5xx}
	for _, c := range []struct {
		attempt webhook.Attempt
		next    webhook.Next
		result  string
	}{{succeeded("fine"), done, "Success"}, {refused, lost, "Error"}} {
		b.post(`{"event":"User.Created"}`)
		jobs := b.claim()
		into[struct{}](b, b.do(manageKey, "POST", "/api/deliveries/"+string(jobs[0].Delivery)+"/cancel", ""), 200)
		b.finish(jobs, c.attempt, c.next)
		one := into[logEntry](b, b.do(readKey, "GET", "/api/logs/"+string(jobs[0].Delivery), ""), 200)
		b.clock.Advance(time.Second)
		for _, got := range []logEntry{one, b.logs(h.ID, "")[0]} {
			p := got.Payload
			if p.State != "cancelled" || p.Result != c.result || (p.Error == "") != (c.result == "Success") || p.Response == nil || p.Response.StatusCode != c.attempt.Status {
				t.Errorf("%+v", p)
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	t.Parallel()
	for want, attempt := range map[string]webhook.Attempt{
		"HTTPError: Request failed with status code 500 Internal Server Error": {Status: 500, Reason: webhook.ReasonStatus5xx},
		"HTTPError: Request failed with status code 599":                       {Status: 599, Reason: webhook.ReasonStatus5xx},
		"HTTPError: Request failed with status code 302 Found":                 {Status: 302, Reason: webhook.ReasonRedirect, Detail: "A redirect."},
		"TimeoutError: Request timed out":                                      {Reason: webhook.ReasonTimeout},
		"TypeError: fetch failed. No name.":                                    {Reason: webhook.ReasonDNS, Detail: "No name."},
		"TypeError: fetch failed. Too large.":                                  {Status: 200, Reason: webhook.ReasonHeadersTooLarge, Detail: "Too large."},
	} {
		if got := errorText(&attempt); !strings.HasPrefix(got, want) || strings.HasSuffix(got, " ") {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

func TestRecentLogsAreSelected(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := into[hook](b, b.do(adminKey, "POST", "/api/hooks", `{"events":["User.Created","PostSignIn"],"config":{"url":"https://a.example.com/"}}`), 201)
	b.post(`{"event":"User.Created"}`)
	b.attempt(succeeded(""), done)
	b.clock.Advance(23 * time.Hour)
	b.post(`{"event":"PostSignIn"}`)
	b.attempt(succeeded(""), done)
	late := b.clock.Now().UnixMilli()

	for query, want := range map[string]int{
		"": 2, "logKey=TriggerHook.PostSignIn": 1, "logKey=TriggerHook.Role.Created": 0, "logKey=PostSignIn": 0, "logKey=TriggerHook.": 0, "logKey=TriggerHook": 0, "logKey=%25": 0, "logKey=": 2,
		fmt.Sprintf("start_time=%d", late): 1, fmt.Sprintf("end_time=%d", late-1): 1, "start_time=": 2, "end_time=": 0,
		fmt.Sprintf("start_time=%d&end_time=%d", late, late): 1, "enableCap=true": 2, "page=2&page_size=1": 1,
	} {
		if got := b.logs(h.ID, query); len(got) != want {
			t.Errorf("%q: %d entries, want %d", query, len(got), want)
		}
	}
	b.clock.Advance(2 * time.Hour)
	if got := b.logs(h.ID, ""); len(got) != 1 {
		t.Errorf("%d entries of the past 24 hours", len(got))
	}
	b.want(b.do(readKey, "GET", "/api/hooks/"+h.ID+"/recent-logs?start_time=2&end_time=1", ""), 400, "log.invalid_time_window")
	for _, query := range []string{"start_time=oops", "end_time=NaN", "start_time=1.5", "end_time=99999999999999999999", "start_time=1&start_time=2", "start_time=Infinity", "logKey=%00"} {
		b.want(b.do(readKey, "GET", "/api/hooks/"+h.ID+"/recent-logs?"+query, ""), 400, "guard.invalid_input")
	}
	got := b.do(readKey, "GET", "/api/hooks/unknown/recent-logs", "")
	if got.body != "[]" || got.header.Get("Total-Number") != "0" || len(got.header["Link"]) != 2 {
		t.Errorf("unknown hook: %d %s %v", got.status, got.body, got.header)
	}
}

func TestHeadersOfACappedCount(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.handler.(*api)
	c := &call{request: mustRequest(t, "/api/hooks/x/recent-logs?enableCap=1&page=2")}
	h := a.headersOf(c, page{number: 2, size: 20}, countCap, true)
	if h.Total != "10001" || h.Capped != "true" || len(h.Link) != 2 || !strings.Contains(h.Link[1], `rel="prev"`) {
		t.Errorf("%+v", h)
	}
}

func TestHookTest(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	send := func(body string) answer { return b.do(manageKey, "POST", "/api/hooks/"+h.ID+"/test", body) }
	const both = `{"events":["User.Created","PostSignIn","User.Created"],"config":{"url":"https://unsaved.example.com/","headers":{"x-a":"1"}}}`

	if got := send(both); got.status != 204 || got.body != "" {
		t.Errorf("success: %d %s", got.status, got.body)
	}
	if n := len(b.sender.requests); n != 2 {
		t.Errorf("%d requests", n)
	}
	if r := b.sender.requests[0]; r.URL.Reveal() != "https://unsaved.example.com/" || r.SigningKey.Reveal() != h.SigningKey || r.Trigger != webhook.TriggerTest {
		t.Errorf("request %+v", r)
	}
	b.sender.answer = func(webhook.Request) webhook.Attempt {
		return webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 500, Reason: webhook.ReasonStatus5xx, Response: webhook.ResponseRecord{Body: []byte("<oops>\xff")}}
	}
	got := send(both)
	b.want(got, 422, "hook.endpoint_responded_with_error")
	if !strings.Contains(got.body, "\"data\":{\"responseStatus\":500,\"responseBody\":\"<oops>\uFFFD\"}") {
		t.Errorf("data: %s", got.body)
	}
	b.sender.answer = func(webhook.Request) webhook.Attempt {
		return webhook.Attempt{Outcome: webhook.OutcomeFailed, Reason: webhook.ReasonBlockedAddress, Detail: "The address is not allowed.", Response: webhook.ResponseRecord{Body: []byte("hidden")}}
	}
	got = send(both)
	b.want(got, 422, "hook.send_test_payload_failed")
	if !strings.Contains(got.body, "Failed to send test payload: The address is not allowed.") || strings.Contains(got.body, "hidden") {
		t.Errorf("blocked: %s", got.body)
	}
	b.sender.answer = func(r webhook.Request) webhook.Attempt {
		if strings.Contains(string(r.Body), "PostSignIn") {
			return webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 501, Reason: webhook.ReasonStatus5xx, StartedAt: start}
		}
		return webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 502, Reason: webhook.ReasonStatus5xx, StartedAt: start, Duration: time.Second}
	}
	if got := send(both); !strings.Contains(got.body, `"responseStatus":501`) {
		t.Errorf("not the first failure decided: %s", got.body)
	}
	b.want(send(`{"events":["User.Created"],"config":{"url":"http://localhost/"}}`), 422, "hook.send_test_payload_failed")
	b.want(send(`{"events":["User.Created"],"config":{"url":"https://a.example.com/","headers":{"Host":"x"}}}`), 422, "hook.send_test_payload_failed")
	for _, bad := range []string{`{}`, `{"events":["User.Created"]}`, `{"config":{"url":"https://a.example.com/"}}`, `{"events":[],"config":{"url":"https://a.example.com/"}}`, `{"events":["Nope"],"config":{"url":"x"}}`, `[]`} {
		b.want(send(bad), 400, "guard.invalid_input")
	}
	if got := b.logs(h.ID, ""); len(got) != 0 {
		t.Error("a test left an entry in the log")
	}
}
