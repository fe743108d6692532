package httpapi

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/signature"
)

type inboxItem struct {
	ID, URL, CreatedAt, LastMessageAt string
	MessageCount                      int
	Behaviour                         behaviourItem
}

type behaviourItem struct {
	Status, DelayMs, FailNext, FailPercent int
	Body                                   string
	Drop                                   bool
}

type messageItem struct {
	Number, Size                                                 int
	ReceivedAt, Method, Target, EventType, WebhookID, DeliveryID string
	Headers                                                      [][2]*string
	Verdict                                                      struct{ Result, Logto, Standard string }
	Answer                                                       struct {
		Status, DelayMs int
		Dropped         bool
	}
}

const inboxesPath = "/api/receiver/inboxes"

func (b *bundle) inbox() inboxItem {
	b.t.Helper()
	return into[inboxItem](b, b.do(manageKey, "POST", inboxesPath, ""), 201)
}

// send delivers a message to an inbox, as an endpoint gets it; headers are pairs.
func (b *bundle) send(inbox, body string, headers ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	r := httptest.NewRequestWithContext(b.t.Context(), http.MethodPost, "/receiver/"+inbox+"?a=1", strings.NewReader(body))
	r.SetPathValue("inbox", inbox)
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	b.inboxes.ServeHTTP(w, r)
	return w
}

// inboxWith is an inbox that has received this.
func (b *bundle) inboxWith(body string) string {
	b.t.Helper()
	id := b.inbox().ID
	b.send(id, body)
	return id
}

func (b *bundle) messages(key, inbox, query string) pageOf[messageItem] {
	b.t.Helper()
	return into[pageOf[messageItem]](b, b.do(key, "GET", inboxesPath+"/"+inbox+"/messages"+query, ""), 200)
}

func TestInboxes(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.inbox()
	if first.MessageCount != 0 || first.LastMessageAt != "" || first.CreatedAt != "2026-11-23T12:00:00.000Z" ||
		first.Behaviour != (behaviourItem{Status: 200, Body: "received\n"}) {
		t.Errorf("a new inbox: %+v", first)
	}
	b.clock.Advance(time.Second)
	second := b.inbox()
	b.send(first.ID, "hello")
	items := into[pageOf[inboxItem]](b, b.do(readKey, "GET", inboxesPath, ""), 200).Items
	if len(items) != 2 || items[0].ID != second.ID || items[1].ID != first.ID || items[1].MessageCount != 1 || items[1].LastMessageAt != "2026-11-23T12:00:01.000Z" {
		t.Errorf("list: %+v", items)
	}
	if got := into[inboxItem](b, b.do(readKey, "GET", inboxesPath+"/"+first.ID, ""), 200); got != items[1] {
		t.Errorf("got %+v", got)
	}
	if got := into[pageOf[inboxItem]](b, b.do(otherKey, "GET", inboxesPath, ""), 200).Items; len(got) != 0 {
		t.Errorf("another tenant sees %+v", got)
	}
	for range 2 { // emptying what is empty is no mistake
		if got := b.do(manageKey, "DELETE", inboxesPath+"/"+first.ID+"/messages", ""); got.status != 204 {
			t.Errorf("empty: %d %s", got.status, got.body)
		}
	}
	if got := b.messages(readKey, first.ID, ""); len(got.Items) != 0 {
		t.Errorf("after emptying: %+v", got)
	}
	if got := b.do(manageKey, "DELETE", inboxesPath+"/"+first.ID, ""); got.status != 204 {
		t.Errorf("close: %d %s", got.status, got.body)
	}
	b.want(b.do(manageKey, "DELETE", inboxesPath+"/"+first.ID, ""), 404, "entity.not_found")
}

func TestInboxURLHasThePrefix(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *Options) { o.BaseURL = mustURL(t, "https://example.com/hooks") })
	a := b.handler.(*api)
	if got := a.viewInbox(b.inboxes.Open("default", strings.Repeat("0", 32))); got.URL != "https://example.com/hooks/receiver/"+got.ID {
		t.Errorf("got %s", got.URL)
	}
}

// Outside development mode every one of the operations says the same.
func TestNoReceiver(t *testing.T) {
	t.Parallel()
	b := setup(t, func(o *Options) { o.Receiver = nil })
	tried := 0
	for _, r := range b.handler.(*api).routes() {
		if strings.HasPrefix(r.path, inboxesPath) {
			tried++
			target := strings.NewReplacer("{id}", strings.Repeat("0", 32), "{number}", "1").Replace(r.path)
			b.want(b.do(adminKey, r.method, target, entries()[r.method+" "+r.path].body), 404, "receiver.off")
		}
	}
	if tried < 10 {
		t.Errorf("only %d operations were tried", tried)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	h := b.hook()
	id := b.inbox().ID
	body := `{"event":"User.Created","n":9007199254740993,"hookId":"` + h.ID + `"}`
	logto, err := signature.SignLogto(h.SigningKey, []byte(body))
	b.must(err)
	b.send(id, body, "Logto-Signature-Sha-256", logto, "X-Two", "b", "Webhook-Id", "d1")
	b.send(id, "odd \xff\x00")
	page := b.messages(manageKey, id, "?limit=1")
	if len(page.Items) != 1 || page.Items[0].Number != 2 || page.Items[0].Verdict.Result != "unchecked" || page.Next == "" {
		t.Fatalf("first page: %+v", page)
	}
	page = b.messages(manageKey, id, "?limit=1&cursor="+page.Next)
	if len(page.Items) != 1 || page.Next != "" {
		t.Fatalf("second page: %+v", page)
	}
	m := page.Items[0]
	if m.Number != 1 || m.Method != "POST" || m.Target != "/receiver/"+id+"?a=1" || m.EventType != "User.Created" || m.WebhookID != h.ID || m.DeliveryID != "d1" ||
		m.Size != len(body) || m.ReceivedAt != "2026-11-23T12:00:00.000Z" || m.Answer.Status != 200 {
		t.Errorf("message: %+v", m)
	}
	if m.Verdict.Result != "invalid" || m.Verdict.Logto != "valid" || m.Verdict.Standard != signature.ErrMissingHeader.Error() {
		t.Errorf("verdict: %+v", m.Verdict)
	}
	one := into[messageItem](b, b.do(manageKey, "GET", inboxesPath+"/"+id+"/messages/1", ""), 200)
	if diff := cmp.Diff(m, one); diff != "" {
		t.Errorf("one message (-list +one):\n%s", diff)
	}
	got := b.do(readKey, "GET", inboxesPath+"/"+id+"/messages/1/body", "")
	if got.status != 200 || got.body != body || got.header.Get("Content-Disposition") != `attachment; filename="message-1.bin"` || got.header.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("body: %d %v %s", got.status, got.header, got.body)
	}
	if got := b.do(readKey, "GET", inboxesPath+"/"+id+"/messages/2/body?limit=5", ""); got.body != "odd \xff" {
		t.Errorf("some of the body: %q", got.body)
	}
	for _, target := range []string{"/messages/3", "/messages/3/body", "/messages/0", "/messages/x/body", "/messages/01"} {
		b.want(b.do(readKey, "GET", inboxesPath+"/"+id+target, ""), 404, "entity.not_found")
	}
	for _, query := range []string{"?limit=0", "?limit=101", "?limit=x", "?cursor=x", "?cursor=0", "?cursor=-1"} {
		b.want(b.do(readKey, "GET", inboxesPath+"/"+id+"/messages"+query, ""), 400, codeInvalidInput)
	}
}

// shownHeaders are the headers of the newest message, as a key sees them.
func (b *bundle) shownHeaders(key, inbox string) map[string]string {
	b.t.Helper()
	values := map[string]string{}
	for _, pair := range b.messages(key, inbox, "").Items[0].Headers {
		if values[*pair[0]] = "(masked)"; pair[1] != nil {
			values[*pair[0]] = *pair[1]
		}
	}
	delete(values, "host")
	return values
}

// The receiver shows no more of a header than the webhook does.
func TestMessagesMaskHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w := into[struct{ ID string }](b, b.do(manageKey, "POST", "/api/webhooks", `{"name":"Locked","eventTypes":["User.Created"],"url":"https://hooks.example.com/",
		"headers":[{"name":"X-Canary","value":"canary","locked":true},{"name":"X-Team","value":" identity"},{"name":"Accept","value":"canary/accept"}]}`), 201)
	id := b.inbox().ID
	sent := []string{
		"X-Canary", "canary", "X-Team", "identity", "Accept", "canary/accept", "Authorization", "canary",
		"Webhook-Id", "d1", "User-Agent", "Tidings/1.2.3", "Content-Type", "application/json",
	}
	b.send(id, `{"hookId":"`+w.ID+`"}`, sent...)
	want := map[string]string{
		"x-canary": "(masked)", "authorization": "(masked)", "x-team": "identity", "accept": "canary/accept",
		"webhook-id": "d1", "user-agent": "Tidings/1.2.3", "content-type": "application/json",
	}
	if diff := cmp.Diff(want, b.shownHeaders(manageKey, id)); diff != "" {
		t.Errorf("with manage (-want +got):\n%s", diff)
	}
	hidden := maps.Clone(want)
	hidden["x-team"], hidden["accept"] = "(masked)", "(masked)"
	if diff := cmp.Diff(hidden, b.shownHeaders(readKey, id)); diff != "" {
		t.Errorf("with read (-want +got):\n%s", diff)
	}
	for _, body := range []string{`{"event":"User.Created"}`, `{"hookId":1}`, `{"hookId":"` + strings.Repeat("a", 21) + `"}`, "[", ""} {
		b.send(id, body, sent...)
		if diff := cmp.Diff(hidden, b.shownHeaders(manageKey, id)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", body, diff)
		}
	}
}

// What has become of a webhook since brings no value to light that was locked when it
// was sent.
func TestLockedValuesStayHiddenAfterwards(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.inbox().ID
	w := into[struct{ ID string }](b, b.do(manageKey, "POST", "/api/webhooks", `{"name":"Locked","eventTypes":["User.Created"],"url":"https://hooks.example.com/",
		"headers":[{"name":"X-Canary","value":"canary","locked":true},{"name":"User-Agent","value":"canary agent","locked":true}]}`), 201)
	path := "/api/webhooks/" + w.ID
	b.send(id, `{"hookId":"`+w.ID+`"}`, "X-Canary", "canary", "User-Agent", "canary agent", "Webhook-Signature", "v1,x")
	want := map[string]string{"x-canary": "(masked)", "user-agent": "(masked)", "webhook-signature": "v1,x"}
	for _, step := range []struct{ method, body string }{
		{"GET", ""},
		{"PATCH", `{"headers":[{"name":"X-Canary","value":"other"},{"name":"User-Agent","value":"other"}]}`},
		{"PATCH", `{"headers":[]}`},
		{"DELETE", ""},
	} {
		tag := b.do(manageKey, "GET", path, "").header.Get("ETag")
		if got := b.do(manageKey, step.method, path, step.body, "If-Match", tag); got.status > 204 {
			t.Fatalf("%s: %d %s", step.method, got.status, got.body)
		}
		for _, key := range []string{manageKey, readKey} {
			if diff := cmp.Diff(want, b.shownHeaders(key, id)); diff != "" {
				t.Errorf("after %s %s (-want +got):\n%s", step.method, step.body, diff)
			}
		}
	}
}

// What was sent by hand is shown to those who may manage webhooks.
func TestMessagesSentByHand(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.inbox().ID
	b.send(id, "hello", "User-Agent", "curl/8", "X-Two", "b", "X-Token", "canary")
	want := map[string]string{"user-agent": "curl/8", "x-two": "b", "x-token": "(masked)"}
	if diff := cmp.Diff(want, b.shownHeaders(manageKey, id)); diff != "" {
		t.Errorf("with manage (-want +got):\n%s", diff)
	}
	want["user-agent"], want["x-two"] = "(masked)", "(masked)"
	if diff := cmp.Diff(want, b.shownHeaders(readKey, id)); diff != "" {
		t.Errorf("with read (-want +got):\n%s", diff)
	}
}

func TestBehaviour(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.inbox().ID
	target := inboxesPath + "/" + id + "/behaviour"
	put := func(body string) behaviourItem {
		return into[behaviourItem](b, b.do(manageKey, "PUT", target, body), 200)
	}
	want := behaviourItem{Status: 404, FailNext: 1, FailPercent: 0, Body: "gone", Drop: false}
	if got := put(`{"status":404,"failNext":1,"body":"gone"}`); got != want {
		t.Errorf("set: %+v", got)
	}
	if got := into[behaviourItem](b, b.do(readKey, "GET", target, ""), 200); got != want {
		t.Errorf("get: %+v", got)
	}
	for _, status := range []int{503, 404} {
		if got := b.send(id, ""); got.Code != status {
			t.Errorf("a message is answered %d, want %d", got.Code, status)
		}
	}
	if got := into[behaviourItem](b, b.do(readKey, "GET", target, ""), 200); got.FailNext != 0 {
		t.Errorf("afterwards: %+v", got)
	}
	if got := put(`{}`); got != (behaviourItem{Status: 200, Body: "received\n"}) {
		t.Errorf("what is left out: %+v", got)
	}
	if got := put(`{"status":599,"delayMs":30000,"failNext":1000,"failPercent":100,"drop":true,"body":""}`); got != (behaviourItem{599, 30000, 1000, 100, "", true}) {
		t.Errorf("the most: %+v", got)
	}
	for _, body := range []string{
		`{"status":199}`, `{"status":600}`, `{"status":"200"}`, `{"status":200.5}`, `{"delayMs":-1}`, `{"delayMs":30001}`, `{"failNext":1001}`, `{"failNext":-1}`,
		`{"failPercent":101}`, `{"failPercent":-1}`, `{"drop":1}`, `{"body":1}`, `{"body":"` + strings.Repeat("x", 4097) + `"}`, `{"Status":200}`, `[]`, `null`,
	} {
		b.want(b.do(manageKey, "PUT", target, body), 400, codeInvalidInput)
	}
	b.want(b.do(manageKey, "PUT", inboxesPath+"/"+strings.Repeat("0", 32)+"/behaviour", `{}`), 404, "entity.not_found")
	if got := into[behaviourItem](b, b.do(readKey, "GET", target, ""), 200); got.Status != 599 {
		t.Errorf("what was refused has changed something: %+v", got)
	}
}
