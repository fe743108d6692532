package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

// TestKilledNodeIsTakenOver kills a node with deliveries under way and waiting: the other
// one makes all of them. How long that takes at most is held in virtual time
// (TestKilledNodeIsTakenOverWithinTenSeconds); here it is told.
func TestKilledNodeIsTakenOver(t *testing.T) {
	t.Parallel()
	const events = 100 // more than both have under way for one webhook, and one page of the list
	database := pgtest.Start(t)
	endpoint, binary := newSlowEndpoint(t), program(t)
	dsn := database.DSN(database.Database(t, ""))
	one, two := newServer(t, binary), newServer(t, binary)
	one.dsn, two.dsn = dsn, dsn
	one.start()
	two.planted = one.planted
	two.planted.hook = "planted"
	two.start()
	one.createWebhook("orders", endpoint.URL)
	batch := make([]string, events) // at once, so that no attempt is over before all wait
	for n := range batch {
		batch[n] = eventBody(n)
	}
	one.request(http.MethodPost, "/api/events/batch", "["+strings.Join(batch, ",")+"]", http.StatusAccepted)
	missing := make(map[string]int, events)
	for _, id := range one.pendingDeliveries() {
		missing[id] = 0
	}
	if len(missing) != events {
		t.Fatalf("%d deliveries are pending, want %d", len(missing), events)
	}
	underWay := map[string]bool{endpoint.next(t): true}
	one.kill()
	killed := time.Now()
	for len(endpoint.arrived) > 0 {
		underWay[<-endpoint.arrived] = true
	}
	for id := range underWay { // what the other node has sent by then comes once
		delete(missing, id)
	}
	endpoint.answer()
	awaitArrivals(t, endpoint, missing)
	found, interrupted := two.awaitEnd(), 0
	t.Logf("all %d, of which %d were under way, have ended %v after the kill", events, len(underWay), time.Since(killed).Round(10*time.Millisecond))
	for _, d := range found {
		last := len(d.Attempts) - 1
		if d.State != "succeeded" || d.Attempts[last].Outcome != "succeeded" {
			t.Errorf("delivery %s is %s: %+v", d.ID, d.State, d.Attempts)
		}
		for _, a := range d.Attempts[:last] {
			if interrupted++; a.Outcome != "interrupted" {
				t.Errorf("delivery %s came more than once, and not for the kill: %+v", d.ID, d.Attempts)
			}
		}
	}
	if len(found) != events || interrupted == 0 {
		t.Errorf("%d deliveries have ended, want %d; the log shows %d attempts that were interrupted", len(found), events, interrupted)
	}
}
