package httpapi

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/signature"
)

type ratesItem struct{ RequestCount, SuccessCount int }

type attentionItem struct {
	Kind, TopReason             string
	Webhook                     struct{ ID, Name string }
	Requests, Failed, TopStatus int
}

type overviewItem struct {
	Window, From string
	Health       ratesItem
	Previous     *ratesItem
	P95Ms        *float64
	InProgress   struct{ Pending, Retrying, Held struct{ N int } }
	Buckets      []struct {
		Start             string
		Succeeded, Failed int
	}
	Attention      []attentionItem
	AttentionCount int
	Latest         []deliveryItem
	Checklist      checklistItem
}

type checklistItem struct{ Hidden, CreateWebhook, SendTest, EmitEvent, VerifySignature, CreateAPIKey bool }

func (b *bundle) overview(key, window string) overviewItem {
	b.t.Helper()
	return into[overviewItem](b, b.do(key, "GET", "/api/overview?window="+window, ""), 200)
}

// outcomes of an attempt, and what follows.
var (
	won    = webhook.Attempt{Outcome: webhook.OutcomeSucceeded, Status: 200, Duration: 20 * time.Millisecond}
	broken = webhook.Attempt{Outcome: webhook.OutcomeFailed, Status: 503, Reason: webhook.ReasonStatus5xx, Duration: 2 * time.Second}
	late   = webhook.Attempt{Outcome: webhook.OutcomeFailed, Reason: webhook.ReasonTimeout, Duration: 10 * time.Second}
)

func TestOverviewOfNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	got := into[overviewItem](b, b.do(readKey, "GET", "/api/overview", ""), 200)
	if got.Window != "24h" || got.From != "2026-11-22T12:00:00.000Z" || got.P95Ms != nil || got.Previous == nil || len(got.Buckets) != 24 ||
		got.Attention == nil || got.Latest == nil || len(got.Attention)+len(got.Latest) > 0 || got.Health != (ratesItem{}) {
		t.Errorf("got %+v", got)
	}
	b.want(b.do(readKey, "GET", "/api/overview?window=2h", ""), 400, codeInvalidInput)
}

func TestOverviewCounts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	finish := func(a webhook.Attempt, next webhook.Next) {
		b.post(`{"event":"User.Created"}`)
		b.attempt(a, next)
	}
	finish(won, done)
	finish(broken, lost)
	b.clock.Advance(70 * time.Minute)
	finish(won, done)
	finish(won, done)
	finish(broken, lost)
	finish(late, lost)
	finish(broken, lost)
	finish(broken, webhook.Next{State: webhook.StateRetrying, DueAt: b.clock.Now().Add(time.Hour)})
	b.post(`{"event":"User.Created"}`)
	got := b.overview(readKey, "1h")
	if got.Health != (ratesItem{5, 2}) || *got.Previous != (ratesItem{2, 1}) || got.From != "2026-11-23T12:10:00.000Z" {
		t.Errorf("health %+v, before %+v, from %s", got.Health, got.Previous, got.From)
	}
	if got.InProgress.Pending.N != 1 || got.InProgress.Retrying.N != 1 || got.InProgress.Held.N != 0 {
		t.Errorf("in progress: %+v", got.InProgress)
	}
	if last := got.Buckets[59]; len(got.Buckets) != 60 || last.Start != "2026-11-23T13:09:00.000Z" || last.Succeeded != 2 || last.Failed != 3 {
		t.Errorf("%d buckets, the last %+v", len(got.Buckets), last)
	}
	if got.P95Ms == nil || *got.P95Ms <= 5000 || *got.P95Ms > 10000 {
		t.Errorf("p95 %v", got.P95Ms)
	}
	want := []attentionItem{{Kind: "failing", TopReason: "status_5xx", TopStatus: 503, Requests: 5, Failed: 3}}
	want[0].Webhook.ID, want[0].Webhook.Name = h.ID, h.Name
	if diff := cmp.Diff(want, got.Attention); diff != "" || got.AttentionCount != 1 {
		t.Errorf("attention (-want +got):\n%s", diff)
	}
	if len(got.Latest) != 9 || got.Latest[0].State != "pending" || got.Latest[1].State != "retrying" || got.Latest[1].Attempts[0].Status != 503 {
		t.Errorf("latest: %+v", got.Latest)
	}
	if day := b.overview(readKey, "24h"); day.Health != (ratesItem{7, 3}) || *day.Previous != (ratesItem{}) || day.Buckets[22].Failed != 1 {
		t.Errorf("of the day: %+v", day)
	}
	if two := b.overview(readKey, "48h"); two.Health != (ratesItem{7, 3}) || two.Previous != nil || len(two.Buckets) != 48 {
		t.Errorf("of two days: %+v", two)
	}
	if other := b.overview(otherKey, "24h"); other.Health != (ratesItem{}) || len(other.Latest) != 0 || other.Checklist != (checklistItem{CreateAPIKey: true}) {
		t.Errorf("another tenant sees %+v", other)
	}
	if answer := b.do(adminKey, "PATCH", "/api/hooks/"+h.ID, `{"enabled":false}`); answer.status != 200 {
		t.Fatalf("disable: %d %s", answer.status, answer.body)
	}
	if got := b.overview(readKey, "1h"); got.InProgress.Held.N != 2 || len(got.Attention) != 0 || got.Health.RequestCount != 5 {
		t.Errorf("disabled: %+v %+v %+v", got.InProgress, got.Attention, got.Health)
	}
}

// The worst come first: the suspended, the failing, the degraded, and of these those
// with the most failures.
func TestAttentionIsInOrder(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var ids []string
	for _, name := range []string{"A", "B", "C", "D"} {
		body := strings.Replace(sampleHook, "Sample", name, 1)
		ids = append(ids, into[hook](b, b.do(adminKey, "POST", "/api/hooks", strings.Replace(body, "User.Created", "User.Data.Updated", 1)), 201).ID)
	}
	seedHealth := func(i, requests, successes int) {
		w, _ := b.reg.Find(webhook.DefaultTenant, webhook.ID(ids[i]))
		b.exec("INSERT INTO health (webhook, minute, node, requests, successes, ms_10, ms_25, ms_50, ms_100, ms_250, ms_500, ms_1000, ms_2500, ms_5000, ms_10000, ms_more)"+
			" VALUES (?, ?, 0, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)", w.Number, start.Unix()/60, requests, successes)
	}
	seedHealth(0, 1000, 985) // degraded
	seedHealth(1, 10, 8)     // failing
	seedHealth(2, 100, 50)   // failing
	seedHealth(3, 100, 99)   // healthy
	got := b.overview(readKey, "24h")
	var order []string
	for _, item := range got.Attention {
		order = append(order, item.Webhook.Name+" "+item.Kind)
	}
	if diff := cmp.Diff([]string{"C failing", "B failing", "A degraded"}, order); diff != "" {
		t.Error(diff)
	}
}

func (b *bundle) checklist() checklistItem {
	b.t.Helper()
	return b.overview(readKey, "").Checklist
}

func TestChecklistCompletesItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for _, key := range []string{adminKey, manageKey, readKey, emitKey} {
		b.must(b.store.DeleteKey(t.Context(), webhook.DefaultTenant, key))
	}
	const bootstrap = "bootstrap-0123456789012345678901234567"
	b.must(b.reg.SetBootstrapKey(t.Context(), bootstrap))
	checklist := func() checklistItem { t.Helper(); return b.overview(bootstrap, "").Checklist }
	want := checklistItem{}
	is := func() {
		t.Helper()
		if got := checklist(); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	}
	is()
	h := into[hook](b, b.do(bootstrap, "POST", "/api/hooks", sampleHook), 201)
	want.CreateWebhook = true
	is()
	b.sender.answer = func(webhook.Request) webhook.Attempt { return broken }
	test := func() {
		t.Helper()
		b.do(bootstrap, "POST", "/api/webhooks/"+h.ID+"/test", `{"eventType":"User.Created"}`)
	}
	test()
	is()
	b.sender.answer = func(webhook.Request) webhook.Attempt { return won }
	test()
	want.SendTest = true
	is()
	if got := b.do(bootstrap, "POST", "/api/events", `{"event":"User.Created"}`); got.status != 202 {
		t.Fatalf("event: %d %s", got.status, got.body)
	}
	want.EmitEvent = true
	is()
	b.exec("DELETE FROM work")
	b.exec("DELETE FROM events") // as retention does
	is()
	b.newKey(`{"name":"App","scopes":["emit"]}`, bootstrap)
	want.CreateAPIKey = true
	is()
	want.Hidden = true
	if got := into[checklistItem](b, b.do(bootstrap, "PATCH", "/api/checklist", `{"hidden":true}`), 200); got != want {
		t.Errorf("hidden: %+v", got)
	}
	want.Hidden = false
	if got := into[checklistItem](b, b.do(bootstrap, "PATCH", "/api/checklist", `{"hidden":false}`), 200); got != want {
		t.Errorf("shown: %+v", got)
	}
	for _, body := range []string{`{}`, `{"hidden":1}`, `[]`, `{"Hidden":true}`} {
		b.want(b.do(bootstrap, "PATCH", "/api/checklist", body), 400, codeInvalidInput)
	}
	is()
}

// Logto's test of several events is a test too, if all of them went well.
func TestLogtoTestCompletesTheStep(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	body := `{"events":["User.Created"],"config":{"url":"https://hooks.example.com/"}}`
	if got := b.do(adminKey, "POST", "/api/hooks/"+h.ID+"/test", body); got.status != 204 {
		t.Fatalf("test: %d %s", got.status, got.body)
	}
	if !b.checklist().SendTest {
		t.Error("the step is not done")
	}
}

func TestLookUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	own := b.ownObjects()
	for path, kind := range map[string]string{"/api/webhooks/": "webhook", "/api/events/": "event", "/api/deliveries/": "delivery", inboxesPath + "/": "inbox"} {
		got := into[struct{ Kind, ID string }](b, b.do(readKey, "GET", "/api/lookup?id="+own[path], ""), 200)
		if got.Kind != kind || got.ID != own[path] {
			t.Errorf("%s: %+v", path, got)
		}
		b.want(b.do(otherKey, "GET", "/api/lookup?id="+own[path], ""), 404, "entity.not_found")
	}
	for _, id := range []string{"x", "%00", "000000000000000000000", own["/api/api-keys/"], "default"} {
		status, code := 404, "entity.not_found"
		if id == "%00" {
			status, code = 400, codeInvalidInput
		}
		b.want(b.do(readKey, "GET", "/api/lookup?id="+id, ""), status, code)
	}
	b.want(b.do(readKey, "GET", "/api/lookup", ""), 400, codeInvalidInput)
}

func TestSignDelivery(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := into[struct{ ID string }](b, b.do(manageKey, "POST", "/api/webhooks", `{"name":"Signed","eventTypes":["User.Created"],"url":"https://hooks.example.com/in?a=1",
		"headers":[{"name":"Authorization","value":"canary","locked":true},{"name":"X-Team","value":"identity"},{"name":"1-odd","value":"canary","locked":true},
			{"name":"x.b","value":"canary","locked":true},{"name":"x~b","value":"canary","locked":true},{"name":"path","value":"canary","locked":true}]}`), 201)
	key := into[struct{ SigningKey string }](b, b.do(manageKey, "GET", "/api/webhooks/"+w.ID+"/signing-key", ""), 200).SigningKey
	b.post(`{"event":"User.Created","n":9007199254740993}`)
	id := b.deliveries()[0].ID
	b.clock.Advance(time.Hour) // fresh, however old the delivery
	target := "/api/deliveries/" + id + "/signature"
	got := into[struct {
		URL     string
		Headers map[string]string
	}](b, b.do(manageKey, "POST", target, ""), 200)
	body := b.do(readKey, "GET", "/api/deliveries/"+id+"/payload", "").body
	header := http.Header{}
	for name, value := range got.Headers {
		header.Set(name, value)
	}
	verifier := signature.Verifier{Keys: [][]byte{[]byte(key)}, Now: b.clock.Now}
	if err := verifier.Verify(header, []byte(body)); err != nil {
		t.Errorf("webhook-signature: %v in %v", err, got.Headers)
	}
	if err := signature.VerifyLogto(key, []byte(body), got.Headers["logto-signature-sha-256"]); err != nil {
		t.Errorf("logto-signature-sha-256: %v", err)
	}
	if got.URL != "https://hooks.example.com/in?a=1" || got.Headers["Authorization"] != "$AUTHORIZATION" || got.Headers["1-odd"] != "$_1_ODD" ||
		got.Headers["x.b"] != "$X_B" || got.Headers["x~b"] != "$X_B_2" || got.Headers["path"] != "$HEADER_PATH" ||
		got.Headers["X-Team"] != "identity" || got.Headers["content-type"] != "application/json" || got.Headers["webhook-id"] != id {
		t.Errorf("got %+v", got)
	}
	b.want(b.do(manageKey, "POST", "/api/deliveries/000000000000000000000/signature", ""), 404, "entity.not_found")
	if deleted := b.do(manageKey, "DELETE", "/api/webhooks/"+w.ID, ""); deleted.status != 204 {
		t.Fatalf("delete: %d", deleted.status)
	}
	b.want(b.do(manageKey, "POST", target, ""), 409, "webhook.deleted")
}

func TestSignDeliveryWithoutItsPayload(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.hook()
	b.post(`{"event":"User.Created"}`)
	b.attempt(won, done)
	id := b.deliveries()[0].ID
	b.exec("DELETE FROM events")
	b.want(b.do(manageKey, "POST", "/api/deliveries/"+id+"/signature", ""), 410, "event.payload_gone")
}
