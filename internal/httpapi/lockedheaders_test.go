package httpapi

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
)

// goingOut are the headers of a webhook that an attempt would carry, with a mark on
// those that are withheld.
func (b *bundle) goingOut(id string) []string {
	b.t.Helper()
	w, ok := b.reg.Find(webhook.DefaultTenant, webhook.ID(id))
	if !ok {
		b.t.Fatal("the webhook is gone")
	}
	var out []string
	for _, h := range w.Headers {
		text := h.Name + "=" + h.Value.Reveal()
		if h.Withheld {
			text = "(" + text + ")"
		}
		out = append(out, text)
	}
	slices.Sort(out)
	return out
}

func (b *bundle) goesOut(id string, want ...string) {
	b.t.Helper()
	if diff := cmp.Diff(want, b.goingOut(id)); diff != "" {
		b.t.Error(diff)
	}
}

// origins are URLs that the locked value given for https://hooks.example.com must not
// go to.
var origins = []string{
	"https://other.example.com/in", "https://hooks.example.com:8443/in", "https://hooks.example.com.example.org/in",
	"https://sub.hooks.example.com/in", "https://example.com/hooks.example.com",
}

// TestMovingAWebhookNeedsItsLockedValuesAgain changes the URL on our own route.
func TestMovingAWebhookNeedsItsLockedValuesAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, tag := b.own(ownSample)
	target := "/api/webhooks/" + w.ID
	refused := func(body string, want ...string) {
		b.t.Helper()
		got := b.do(manageKey, "PATCH", target, body, "If-Match", tag)
		if diff := cmp.Diff(want, issuesOf(b, got)); got.status != 400 || diff != "" {
			t.Errorf("%s: %d %s", body, got.status, diff)
		}
		b.goesOut(w.ID, "Authorization=locked-value", "x-team=blue")
	}
	for _, url := range origins {
		refused(`{"url":"`+url+`"}`, "headers required")
		refused(`{"url":"`+url+`","headers":[{"name":"x-team","value":"red"},{"name":"authorization","locked":true}]}`, "headers.1.value required")
		refused(`{"url":"`+url+`","headers":[{"name":"authorization"}]}`, "headers.0.value locked_value")
	}
	// A URL that cannot be saved is what is wrong, not that it leads elsewhere.
	for _, url := range []string{"", "nonsense", "ftp://x.com", "http://hooks.example.com/in"} {
		refused(`{"url":"`+url+`"}`, "url scheme")
		refused(`{"url":"`+url+`","headers":[{"name":"authorization","locked":true}]}`, "url scheme")
	}
	refused(`{"url":"nonsense","eventTypes":["nope"]}`, "eventTypes.0 unknown_event_type", "url scheme")
	// The same origin in another spelling, and another path.
	_, tag = b.patch(w.ID, tag, `{"url":"https://HOOKS.example.com:443/other?x"}`)
	b.goesOut(w.ID, "Authorization=locked-value", "x-team=blue")
	// Given again, though it is the same, or left out.
	_, tag = b.patch(w.ID, tag, `{"url":"https://other.example.com/in","headers":[{"name":"authorization","value":"locked-value","locked":true}]}`)
	b.goesOut(w.ID, "authorization=locked-value")
	refusedNow := b.do(manageKey, "PATCH", target, `{"url":"https://hooks.example.com/"}`, "If-Match", tag)
	if refusedNow.status != 400 {
		t.Errorf("back with the value of the other origin: %d", refusedNow.status)
	}
	b.patch(w.ID, tag, `{"url":"https://hooks.example.com/","headers":[{"name":"x-team","value":"blue"}]}`)
	b.goesOut(w.ID, "x-team=blue")
}

// TestLogtoClientMovesAWebhook: it does not know of locked headers, and must not be
// refused for them.
func TestLogtoClientMovesAWebhook(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, _ := b.own(ownSample)
	target := "/api/hooks/" + w.ID
	move := func(config string) {
		b.t.Helper()
		if got := b.do(manageKey, "PATCH", target, `{"config":`+config+`}`); got.status != 200 || strings.Contains(got.body, "locked-value") {
			t.Errorf("%s: %d %s", config, got.status, got.body)
		}
	}
	withheld := func(want bool) {
		b.t.Helper()
		shown := into[ownWebhook](b, b.do(readKey, "GET", "/api/webhooks/"+w.ID, ""), 200)
		for _, h := range shown.Headers {
			if h.Withheld != (h.Locked && want) {
				t.Errorf("%s: withheld %t, want %t", h.Name, h.Withheld, want)
			}
		}
	}
	for _, url := range origins {
		move(`{"url":"` + url + `","headers":{"x-new":"1"}}`)
		b.goesOut(w.ID, "(Authorization=locked-value)", "x-new=1")
		withheld(true)
	}
	b.patch(w.ID, "*", `{"name":"Renamed","headers":[{"name":"authorization","locked":true}]}`)
	b.goesOut(w.ID, "(authorization=locked-value)")
	move(`{"url":"https://hooks.example.com/back"}`)
	b.goesOut(w.ID, "authorization=locked-value")
	withheld(false)
	move(`{"url":"https://other.example.com/","headers":{"Authorization":"theirs"}}`)
	b.goesOut(w.ID, "Authorization=theirs")
}

// A Logto client that gives a header under the name of a locked one hears of that, and
// where it is changed; a name that it gives twice itself is another mistake.
func TestLogtoClientGivesTheNameOfALockedHeader(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, _ := b.own(ownSample)
	refused := func(headers, code, message string) {
		b.t.Helper()
		got := b.do(manageKey, "PATCH", "/api/hooks/"+w.ID, `{"config":{"url":"https://hooks.example.com/in","headers":`+headers+`}}`)
		if got.status != 400 || !strings.Contains(got.body, `"`+code+`"`) || !strings.Contains(got.body, message) {
			t.Errorf("%s: %d %s", headers, got.status, got.body)
		}
		b.goesOut(w.ID, "Authorization=locked-value", "x-team=blue")
	}
	const where = "The webhook has a locked header AUTHORIZATION, which this API does not show. Leave it out here; it is changed in the console or with PATCH /api/webhooks/{id}."
	refused(`{"x-new":"1","AUTHORIZATION":"theirs"}`, "locked", where)
	refused(`{"x-new":"1","X-New":"2"}`, "duplicate", "The header is given twice")
}

// TestTestsDoNotSendWithheldHeaders: the URL stored now is not the one that the value
// was given for.
func TestTestsDoNotSendWithheldHeaders(t *testing.T) {
	t.Parallel()
	b := setup(t)
	w, _ := b.own(ownSample)
	b.do(manageKey, "PATCH", "/api/hooks/"+w.ID, `{"config":{"url":"https://other.example.com/in","headers":{}}}`)
	target := "/api/webhooks/" + w.ID + "/test"
	for body, want := range map[string]int{
		`{"eventType":"User.Created"}`:                                                                                       0,
		`{"eventType":"User.Created","url":"https://third.example.com/"}`:                                                    0,
		`{"eventType":"User.Created","url":"https://hooks.example.com/"}`:                                                    1,
		`{"eventType":"User.Created","url":"https://hooks.example.com/","headers":[{"name":"authorization","locked":true}]}`: 1,
	} {
		if got := b.do(manageKey, "POST", target, body); got.status != 200 {
			t.Errorf("%s: %d %s", body, got.status, got.body)
		}
		last := b.sender.requests[len(b.sender.requests)-1]
		if len(last.Headers) != want || want == 1 && (last.Headers[0].Withheld || last.Headers[0].Value.Reveal() != "locked-value") {
			t.Errorf("%s: sent %d headers, want %d", body, len(last.Headers), want)
		}
	}
	got := b.do(manageKey, "POST", target, `{"eventType":"User.Created","headers":[{"name":"authorization","locked":true}]}`)
	if diff := cmp.Diff([]string{"headers.0.value required"}, issuesOf(b, got)); diff != "" {
		t.Error(diff)
	}
}
