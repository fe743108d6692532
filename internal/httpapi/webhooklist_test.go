package httpapi

import (
	"encoding/base64"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
)

func (b *bundle) ownList(query string) ownPage {
	b.t.Helper()
	return into[ownPage](b, b.do(readKey, "GET", "/api/webhooks?"+query, ""), 200)
}

func (p ownPage) names() []string {
	names := []string{}
	for _, w := range p.Items {
		names = append(names, w.Name)
	}
	return names
}

// webhookWith makes a webhook of this name, created a second after the one before,
// with the results of so many requests.
func (b *bundle) webhookWith(name string, succeeding, failed int) ownWebhook {
	b.t.Helper()
	b.clock.Advance(time.Second)
	w, _ := b.own(`{"name":"` + name + `","eventTypes":["User.Created"],"url":"https://` + name + `.example.com/in"}`)
	for i := range succeeding + failed {
		if i < succeeding {
			b.one(`{"event":"User.Created"}`, succeeded(""), done)
		} else {
			b.one(`{"event":"User.Created"}`, endingIn(404, webhook.ReasonStatus4xx), lost)
		}
	}
	b.patch(w.ID, "*", `{"eventTypes":["Role.Deleted"]}`)
	return w
}

func TestWebhookListByHealthHasWhatFailsFirst(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for name, counts := range map[string][2]int{"well": {1, 0}, "idle": {0, 0}, "poor": {0, 1}, "bad": {1, 1}, "fair": {9, 1}} {
		b.webhookWith(name, counts[0], counts[1])
	}
	want := []string{"bad", "poor", "fair", "idle", "well"}
	if diff := cmp.Diff(want, b.ownList("sort=health").names()); diff != "" {
		t.Error(diff)
	}
	first := b.ownList("sort=health&limit=3")
	rest := b.ownList("sort=health&limit=3&cursor=" + first.Next)
	if diff := cmp.Diff(want, append(first.names(), rest.names()...)); diff != "" {
		t.Error(diff)
	}
}

func TestWebhookList(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.webhookWith("beta", 9, 1)  // 90 %
	b.webhookWith("Alpha", 0, 2) // 0 %
	b.webhookWith("gamma", 3, 0) // 100 %
	quiet := b.webhookWith("idle", 0, 0)
	off := b.webhookWith("off", 0, 1)
	b.patch(off.ID, "*", `{"enabled":false}`)

	counts := map[string]int{"all": 5, "failing": 1, "degraded": 1, "healthy": 1, "idle": 1, "disabled": 1}
	for query, want := range map[string][]string{
		"": {"off", "idle", "gamma", "Alpha", "beta"}, "sort=createdAt": {"beta", "Alpha", "gamma", "idle", "off"},
		"sort=name": {"Alpha", "beta", "gamma", "idle", "off"}, "sort=-name": {"off", "idle", "gamma", "beta", "Alpha"},
		"sort=-requests": {"beta", "gamma", "Alpha", "off", "idle"}, "sort=successRate": {"off", "Alpha", "beta", "gamma", "idle"},
		"sort=-successRate": {"gamma", "beta", "off", "Alpha", "idle"},
		"health=failing":    {"Alpha"}, "health=degraded": {"beta"}, "health=healthy": {"gamma"}, "health=idle": {"idle"}, "health=disabled": {"off"},
	} {
		page := b.ownList(query)
		if diff := cmp.Diff(want, page.names()); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
		if diff := cmp.Diff(counts, page.Counts); diff != "" {
			t.Errorf("%q: %s", query, diff)
		}
		// In pages of one it is the same list.
		paged := []string{}
		for next := ""; ; {
			page := b.ownList(query + "&limit=1&cursor=" + next)
			paged = append(paged, page.names()...)
			if next = page.Next; next == "" {
				break
			}
		}
		if diff := cmp.Diff(want, paged); diff != "" {
			t.Errorf("%q in pages: %s", query, diff)
		}
	}
	for query, want := range map[string][]string{"q=ALPHA": {"Alpha"}, "q=.example.com/in": {"off", "idle", "gamma", "Alpha", "beta"}, "q=" + quiet.ID: {"idle"}, "q=no": {}} {
		page := b.ownList(query)
		if diff := cmp.Diff(want, page.names()); diff != "" || page.Counts["all"] != len(want) {
			t.Errorf("%q: %s %v", query, diff, page.Counts)
		}
	}
	row := b.ownList("q=beta").Items[0]
	if row.Health.RequestCount != 10 || row.Health.SuccessCount != 9 || row.LastDelivery == nil || row.LastDelivery.State != "failed" || row.Hours[23].Succeeded != 9 || row.Hours[23].Failed != 1 {
		t.Errorf("row: %+v", row)
	}
	other := base64.RawURLEncoding.EncodeToString([]byte(`{"s":"name"}`))
	for _, bad := range []string{"sort=x", "health=x", "limit=0", "limit=101", "cursor=x", "cursor=" + other} {
		b.want(b.do(readKey, "GET", "/api/webhooks?"+bad, ""), 400, "guard.invalid_input")
	}
	if got := b.do(otherKey, "GET", "/api/webhooks", "").body; got != `{"items":[],"counts":{"all":0,"failing":0,"degraded":0,"healthy":0,"idle":0,"disabled":0}}` {
		t.Errorf("another tenant: %s", got)
	}
}

func TestHealthClasses(t *testing.T) {
	t.Parallel()
	on := &webhook.Webhook{Enabled: true}
	for text, want := range map[string]healthClass{
		"0/0": classIdle, "899/1000": classFailing, "900/1000": classDegraded, "989/1000": classDegraded, "990/1000": classHealthy, "1/1": classHealthy, "0/1": classFailing,
	} {
		var h webhook.Health
		if _, err := fmt.Sscanf(text, "%d/%d", &h.SuccessCount, &h.RequestCount); err != nil {
			t.Fatal(err)
		}
		if got := classOf(on, h); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
	now := start
	for _, w := range []*webhook.Webhook{{}, {Enabled: true, SuspendedAt: &now}} {
		if got := classOf(w, webhook.Health{RequestCount: 1}); got != classDisabled {
			t.Errorf("%+v is %s", w, got)
		}
	}
}
