package httpapi

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
)

// endingIn is an attempt that ended like this.
func endingIn(status int, reason webhook.Reason) webhook.Attempt {
	return webhook.Attempt{Trigger: webhook.TriggerEvent, Outcome: webhook.OutcomeFailed, Status: status, Reason: reason, Duration: 40 * time.Millisecond}
}

// one posts an event and makes the attempts of its deliveries end in a.
func (b *bundle) one(body string, a webhook.Attempt, next webhook.Next) {
	b.t.Helper()
	b.post(body)
	b.attempt(a, next)
}

type ownSummary struct {
	Counts map[string]struct {
		N      int
		Capped bool
	}
	Buckets []struct {
		Start             time.Time
		Succeeded, Failed int
	}
	Searched *struct {
		Kind     string
		Newest   int
		Complete bool
	}
}

func (b *bundle) summary(query string) ownSummary {
	b.t.Helper()
	return into[ownSummary](b, b.do(readKey, "GET", "/api/deliveries/summary?"+query, ""), 200)
}

func TestDeliveryFilters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, _ := b.own(`{"name":"Every","eventTypes":["*"],"url":"https://hooks.example.com/"}`)
	b.one(`{"event":"User.Created","id":"u-1"}`, succeeded(""), done)
	b.one(`{"event":"User.Created","id":"u-2"}`, endingIn(404, webhook.ReasonStatus4xx), lost)
	b.one(`{"event":"Role.Created","id":"r_1"}`, endingIn(0, webhook.ReasonTimeout), lost)
	b.one(`{"event":"Role.Created","id":"R_2"}`, endingIn(0, webhook.ReasonBlockedAddress), lost)
	b.one(`{"event":"Role.Created","id":"r-3"}`, endingIn(0, webhook.ReasonTLS), lost)
	b.clock.Advance(time.Hour)
	b.one(`{"event":"User.Created","id":"u-3"}`, endingIn(503, webhook.ReasonStatus5xx), webhook.Next{State: webhook.StateRetrying, DueAt: b.clock.Now().Add(time.Minute), RetriesUsed: 1})
	b.post(`{"event":"User.Created","id":"u-4"}`)
	all := b.deliveries()
	for query, want := range map[string]int{
		"": 7, "result=2xx": 1, "result=4xx": 1, "result=timeout": 1, "result=blocked": 1, "result=network": 1, "result=5xx": 1, "result=3xx": 0,
		"result=4xx&result=timeout": 2, "result=5xx&state=failed": 0, "result=5xx&state=retrying": 1, "state=failed&eventType=Role.Created": 3,
		"result=4xx&webhook=" + w.ID: 1, "q=u-": 4, "q=U-3": 1, "q=r_": 2, "q=every": 7, "q=role.": 3, "q=u-&state=failed": 1, "q=%25": 0,
		"q=u-&from=2026-11-23T12:30:00Z": 2, "q=" + all[0].ID: 1, "q=" + all[0].EventID: 1, "q=" + w.ID: 7, "q=" + strings.Repeat("0", 21): 0,
		"q=" + w.ID + "&webhook=" + strings.Repeat("1", 21): 0, "q=" + w.ID + "&state=pending": 1,
	} {
		if got := b.deliveries(query); len(got) != want {
			t.Errorf("%q: %d, want %d", query, len(got), want)
		}
		sum := 0
		for _, n := range b.summary(query).Counts {
			sum += n.N
		}
		if sum != want {
			t.Errorf("%q: the summary counts %d, want %d", query, sum, want)
		}
	}
	for _, bad := range []string{"result=6xx", "q=" + strings.Repeat("x", 257), "q=a&q=b"} {
		b.want(b.do(readKey, "GET", "/api/deliveries?"+bad, ""), 400, "guard.invalid_input")
		b.want(b.do(readKey, "GET", "/api/deliveries/summary?"+bad, ""), 400, "guard.invalid_input")
	}
	type page struct {
		Items    []deliveryItem
		Next     string
		Searched map[string]any
	}
	text := into[page](b, b.do(readKey, "GET", "/api/deliveries?q=u-&limit=3", ""), 200)
	if diff := cmp.Diff(map[string]any{"kind": "text", "newest": 20000.0, "complete": true}, text.Searched); diff != "" {
		t.Error(diff)
	}
	if rest := into[page](b, b.do(readKey, "GET", "/api/deliveries?q=u-&limit=3&cursor="+text.Next, ""), 200); len(rest.Items) != 1 || rest.Next != "" {
		t.Errorf("second page: %+v", rest)
	}
	if id := into[page](b, b.do(readKey, "GET", "/api/deliveries?q="+all[0].ID, ""), 200); id.Searched["kind"] != "id" {
		t.Errorf("exact id: %v", id.Searched)
	}
	if b.do(otherKey, "GET", "/api/deliveries?q="+all[0].ID, "").body != `{"items":[],"searched":{"kind":"text","newest":20000,"complete":true}}` {
		t.Error("another tenant finds it by its id")
	}
}

func TestDeliverySummary(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.own(`{"name":"Every","eventTypes":["*"],"url":"https://hooks.example.com/"}`)
	b.one(`{"event":"User.Created"}`, succeeded(""), done)
	b.clock.Advance(2 * time.Hour)
	b.one(`{"event":"User.Created"}`, succeeded(""), done)
	b.one(`{"event":"Role.Created"}`, endingIn(404, webhook.ReasonStatus4xx), lost)
	b.post(`{"event":"User.Created"}`)
	s := b.summary("")
	counts := map[string]int{}
	for state, n := range s.Counts {
		if counts[state] = n.N; n.Capped {
			t.Errorf("%s is capped", state)
		}
	}
	if diff := cmp.Diff(map[string]int{"succeeded": 2, "failed": 1, "pending": 1, "held": 0, "retrying": 0, "cancelled": 0}, counts); diff != "" {
		t.Error(diff)
	}
	bars := func(s ownSummary) []string {
		filled := []string{}
		for _, bar := range s.Buckets {
			if bar.Succeeded+bar.Failed > 0 {
				filled = append(filled, fmt.Sprintf("%s %d %d", bar.Start.Format("15:04"), bar.Succeeded, bar.Failed))
			}
		}
		return filled
	}
	if diff := cmp.Diff([]string{"12:00 1 0", "14:00 1 1"}, bars(s)); diff != "" || len(s.Buckets) != 25 {
		t.Errorf("%d buckets: %s", len(s.Buckets), diff)
	}
	if diff := cmp.Diff([]string{"14:00 0 1"}, bars(b.summary("eventType=Role.Created"))); diff != "" {
		t.Error(diff)
	}
	if s := b.summary("from=2026-11-23T13:59:00Z&to=2026-11-23T14:01:00Z"); len(s.Buckets) != 3 || s.Buckets[1].Succeeded != 1 {
		t.Errorf("minutes: %+v", s.Buckets)
	}
	if s := b.summary("from=2020-01-01T00:00:00Z"); len(s.Buckets) > maxBuckets+1 {
		t.Errorf("%d buckets of years", len(s.Buckets))
	}
	if s := b.summary("from=2030-01-01T00:00:00Z"); len(s.Buckets) > 1 {
		t.Errorf("%d buckets of the future", len(s.Buckets))
	}
	for _, bad := range []string{"from=x", "from=253402300800000", "to=9999-12-31T23:59:59-23:59"} {
		b.want(b.do(readKey, "GET", "/api/deliveries/summary?"+bad, ""), 400, "guard.invalid_input")
	}
}

func TestCancelDelivery(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hook()
	b.one(`{"event":"User.Created"}`, endingIn(503, webhook.ReasonStatus5xx), webhook.Next{State: webhook.StateRetrying, DueAt: start.Add(time.Minute), RetriesUsed: 1})
	id := b.deliveries()[0].ID
	target := "/api/deliveries/" + id + "/cancel"
	b.want(b.do(readKey, "POST", target, ""), 403, "auth.forbidden")
	b.want(b.do(otherKey, "POST", target, ""), 404, "entity.not_found")
	row := into[deliveryItem](b, b.do(manageKey, "POST", target, ""), 200)
	if row.State != "cancelled" || row.CancelReason != "by_person" || row.NextAttemptAt != "" || len(row.Attempts) != 1 {
		t.Errorf("row: %+v", row)
	}
	if diff := cmp.Diff([]webhook.DeliveryID{webhook.DeliveryID(id)}, b.waker.cancelled); diff != "" {
		t.Error(diff)
	}
	b.want(b.do(manageKey, "POST", target, ""), 409, "delivery.ended")
	b.want(b.do(manageKey, "POST", "/api/deliveries/none/cancel", ""), 404, "entity.not_found")
	// A person can have it sent after all; the attempt says who asked.
	into[deliveryItem](b, b.do(manageKey, "POST", "/api/deliveries/"+id+"/redeliver", ""), 202)
	manual := succeeded("")
	manual.Trigger, manual.By = webhook.TriggerManual, manageKey
	b.attempt(manual, done)
	type attempts struct {
		State    string
		Attempts []struct{ Trigger, By string }
	}
	got := into[attempts](b, b.do(readKey, "GET", "/api/deliveries/"+id, ""), 200)
	if got.State != "succeeded" || got.Attempts[1].Trigger != "manual" || got.Attempts[1].By != manageKey || got.Attempts[0].By != "" {
		t.Errorf("redelivered: %+v", got)
	}
}

// TestHealthOfARedelivery follows one delivery through failure, redelivery and
// success: it is counted once, in the bucket of its first attempt.
func TestHealthOfARedelivery(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, _ := b.own(ownSample)
	health := func() string {
		b.t.Helper()
		v := into[ownWebhook](b, b.do(readKey, "GET", "/api/webhooks/"+w.ID, ""), 200)
		bars := ""
		for i, h := range v.Hours {
			if h.Succeeded+h.Failed > 0 {
				bars += fmt.Sprintf(" h%d:%d/%d", i, h.Succeeded, h.Failed)
			}
		}
		return fmt.Sprintf("%d/%d %d %d%s", v.Health.SuccessCount, v.Health.RequestCount, v.RetryingCount, v.HeldCount, bars)
	}
	same := func(want string) {
		b.t.Helper()
		if got := health(); got != want {
			b.t.Errorf("health is %q, want %q", got, want)
		}
	}
	b.one(`{"event":"User.Created"}`, endingIn(503, webhook.ReasonStatus5xx), webhook.Next{State: webhook.StateRetrying, DueAt: start, RetriesUsed: 1})
	same("0/0 1 0")
	b.patch(w.ID, "*", `{"enabled":false}`)
	same("0/0 0 1")
	if got := b.deliveries("state=held"); len(got) != 1 || got[0].NextAttemptAt != "" {
		t.Errorf("held: %+v", got)
	}
	b.patch(w.ID, "*", `{"enabled":true}`)
	b.clock.Advance(2 * time.Hour)
	b.attempt(endingIn(404, webhook.ReasonStatus4xx), lost)
	same("0/1 0 0 h22:0/1") // where its log entry began
	id := b.deliveries()[0].ID
	for _, result := range []struct {
		attempt webhook.Attempt
		next    webhook.Next
		want    string
	}{
		{endingIn(404, webhook.ReasonStatus4xx), lost, "0/1 0 0 h22:0/1"},
		{succeeded(""), done, "1/1 0 0 h22:1/0"},
		{endingIn(404, webhook.ReasonStatus4xx), webhook.Next{State: webhook.StateSucceeded}, "1/1 0 0 h22:1/0"}, // stays succeeded
	} {
		into[deliveryItem](b, b.do(manageKey, "POST", "/api/deliveries/"+id+"/redeliver", ""), 202)
		result.attempt.Trigger = webhook.TriggerManual
		b.attempt(result.attempt, result.next)
		same(result.want)
	}
	b.clock.Advance(23 * time.Hour)
	same("0/0 0 0")
}

func TestEventsWithTheirDeliveries(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.own(ownSample)
	b.own(strings.Replace(ownSample, "Sample", "Second", 1))
	b.one(`{"event":"User.Created","id":"A-1"}`, succeeded(""), done)
	b.post(`{"event":"User.Created","id":"a-2"}`)
	b.post(`{"event":"Role.Created","id":"b-3"}`)
	type page struct {
		Items []struct {
			ID     string
			FanOut struct {
				Total   int
				ByState map[string]int
			}
		}
		Searched map[string]any
	}
	list := func(query string) page {
		b.t.Helper()
		return into[page](b, b.do(readKey, "GET", "/api/events?"+query, ""), 200)
	}
	all := list("")
	if diff := cmp.Diff([]map[string]int{{}, {"pending": 2}, {"succeeded": 2}}, []map[string]int{
		all.Items[0].FanOut.ByState, all.Items[1].FanOut.ByState, all.Items[2].FanOut.ByState,
	}); diff != "" || all.Items[1].FanOut.Total != 2 || all.Searched != nil {
		t.Errorf("%s %v", diff, all)
	}
	for query, want := range map[string]int{
		"q=a-": 2, "q=A-&matched=false": 0, "q=role": 1, "q=" + all.Items[0].ID: 1, "q=" + strings.Repeat("0", 21): 0, "q=b&eventType=User.Created": 0,
		"q=a-&from=2026-11-24T00:00:00Z": 0,
	} {
		if got := list(query); len(got.Items) != want || got.Searched == nil {
			t.Errorf("%q: %d, want %d; %v", query, len(got.Items), want, got.Searched)
		}
	}
	b.want(b.do(readKey, "GET", "/api/events?q="+strings.Repeat("x", 257), ""), 400, "guard.invalid_input")
}

// TestBytesSurvive posts what a parser would change, and reads it back by every way
// there is.
func TestBytesSurvive(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, _ := b.own(ownSample)
	const open = `{"z":12345678901234567890.10,"a":{"b":1E400,"b":-0},"text":"\u0041\ud83d\ude00 ü <&>","event":"User.Created"  ,"createdAt":"mine"`
	p := b.post("\n\t " + open + "} ")
	answer := succeeded("")
	answer.Response = webhook.ResponseRecord{Body: []byte("{\"n\":1.0,\xff\x00}"), BodySize: 12}
	b.attempt(answer, done)
	d := b.deliveries()[0]
	for target, want := range map[string]string{
		"/api/events/" + string(p.ID) + "/payload":     open + "}",
		"/api/deliveries/" + d.ID + "/payload":         open + `,"hookId":"` + w.ID + `"}`,
		"/api/deliveries/" + d.ID + "/attempts/1/body": "{\"n\":1.0,\xff\x00}",
	} {
		got := b.do(readKey, "GET", target, "")
		if got.status != 200 || got.body != want {
			t.Errorf("%s\n got %q\nwant %q", target, got.body, want)
		}
		if got.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("%s: %v", target, got.header)
		}
		if got := b.do(readKey, "GET", target+"?limit=4", ""); got.body != want[:4] {
			t.Errorf("%s: %q of a limit", target, got.body)
		}
	}
}
