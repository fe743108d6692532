package httpapi

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOwnRoutesNameMistakesInOneForm: path, code and message, whatever found them.
func TestOwnRoutesNameMistakesInOneForm(t *testing.T) {
	t.Parallel()
	b := setup(t)
	long := strings.Repeat("\u00e9", 257)
	for target, want := range map[string]string{
		"/api/deliveries?limit=1&limit=2":       "limit repeated",
		"/api/deliveries?webhook=a&webhook=b":   "webhook repeated",
		"/api/deliveries?q=a%00b":               "q not_text",
		"/api/deliveries?state=%ff":             "state not_text",
		"/api/deliveries?q=" + long:             "q too_long",
		"/api/deliveries/summary?from=1&from=2": "from repeated",
		"/api/events?cursor=x&cursor=y":         "cursor repeated",
		"/api/events?q=" + long:                 "q too_long",
		"/api/webhooks?q=%00":                   "q not_text",
		"/api/webhooks?q=" + long:               "q too_long",
		"/api/webhooks?sort=name&sort=-name":    "sort repeated",
		"/api/webhooks?limit=0":                 "limit out_of_range",
		"/api/deliveries?eventType=%c3%28":      "eventType not_text",
	} {
		got := b.do(readKey, "GET", target, "")
		b.want(got, 400, codeInvalidInput)
		if diff := cmp.Diff([]string{want}, issuesOf(b, got)); diff != "" || strings.Contains(got.body, "ZodError") {
			t.Errorf("%.60s: %s %s", target, diff, got.body)
		}
	}
	for _, target := range []string{"/api/webhooks?q=" + long[2:], "/api/deliveries?state=failed&state=held&eventType=a&eventType=b"} {
		if got := b.do(readKey, "GET", target, ""); got.status != 200 {
			t.Errorf("%.60s: %d %s", target, got.status, got.body)
		}
	}
}

// TestFanOutAlwaysCountsStates also where there is nothing to count.
func TestFanOutAlwaysCountsStates(t *testing.T) {
	t.Parallel()
	b := setup(t)
	id := b.post(`{"event":"PostSignIn"}`).ID
	for _, target := range []string{"/api/events", "/api/events/" + string(id)} {
		if got := b.do(readKey, "GET", target, ""); !strings.Contains(got.body, `"fanOut":{"total":0,"byState":{}}`) {
			t.Errorf("%s: %s", target, got.body)
		}
	}
}
