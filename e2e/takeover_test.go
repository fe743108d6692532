package e2e

import (
	"net/http"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

// TestKilledNodeIsTakenOver kills a node with deliveries under way and waiting: the other
// one makes all of them. How long that takes at most is held in virtual time
// (TestKilledNodeIsTakenOverWithinTenSeconds); here it is told.
func TestKilledNodeIsTakenOver(t *testing.T) {
	t.Parallel()
	const events = 100 // more than a node has under way for one webhook
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
	for n := range events {
		one.request(http.MethodPost, "/api/events", eventBody(n), http.StatusAccepted)
	}
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
	for len(endpoint.arrived) > 0 { // what the node had sent
		underWay[<-endpoint.arrived] = true
	}
	endpoint.answer()
	awaitArrivals(t, endpoint, missing)
	t.Logf("all %d, of which %d were under way, have come again %v after the kill", events, len(underWay), time.Since(killed).Round(10*time.Millisecond))
	for _, d := range two.awaitEnd() {
		if d.State != "succeeded" {
			t.Errorf("delivery %s is %s", d.ID, d.State)
		}
		if underWay[d.ID] && d.Attempts[0].Outcome != "interrupted" {
			t.Errorf("the log does not show that the first attempt of %s was interrupted: %+v", d.ID, d.Attempts)
		}
	}
}
