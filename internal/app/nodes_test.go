package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

// nodes are two servers on one database.
func nodes(t *testing.T) (one, two *bundle) {
	t.Helper()
	cluster := pgtest.Start(t)
	dsn := cluster.DSN(cluster.Database(t, ""))
	// Both start at once, on a database without a schema.
	logs := [2]*logText{{}, {}}
	made := [2]chan *bundle{make(chan *bundle, 1), make(chan *bundle, 1)}
	for i := range made {
		o := options(t, logs[i], "database", dsn)
		go func() {
			defer close(made[i])
			if a, err := New(t.Context(), o); err == nil {
				made[i] <- &bundle{App: a, t: t, log: logs[i], scheme: "http", client: &http.Client{Timeout: patience}}
			} else {
				t.Error(err)
			}
		}()
	}
	var both []*bundle
	for i := range made {
		if b := <-made[i]; b != nil {
			t.Cleanup(func() {
				b.client.CloseIdleConnections()
				ctx, cancel := context.WithTimeout(context.Background(), patience)
				defer cancel()
				if err := b.Stop(ctx); err != nil {
					t.Errorf("stop: %v", err)
				}
			})
			b.start()
			both = append(both, b)
		}
	}
	if len(both) != 2 {
		t.FailNow()
	}
	return both[0], both[1]
}

// TestNodesAgree is about what holds on every node, whichever was asked.
func TestNodesAgree(t *testing.T) {
	t.Parallel()
	one, two := nodes(t)
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(endpoint.Close)
	hook := into[struct{ ID string }](one, one.do("POST", "/api/hooks",
		fmt.Sprintf(`{"name":"app","events":["User.Created"],"config":{"url":%q}}`, endpoint.URL)), http.StatusCreated)

	first := into[accepted](one, one.do("POST", "/api/events", event, "Idempotency-Key", "a"), http.StatusAccepted)
	again := into[accepted](two, two.do("POST", "/api/events", event, "Idempotency-Key", "a"), http.StatusAccepted)
	if first != again || first.Deliveries != 1 {
		t.Errorf("under one key %v and %v", first, again)
	}
	if got := two.do("POST", "/api/events", `{"event":"User.Created","n":2}`, "Idempotency-Key", "a"); got.status != http.StatusConflict {
		t.Errorf("another body under the key is answered with %d", got.status)
	}

	// Once a change has been answered, no node matches what came before it.
	into[struct{}](one, one.do("PATCH", "/api/hooks/"+hook.ID, `{"enabled":false}`), http.StatusOK)
	if got := two.post(); got.Deliveries != 0 {
		t.Errorf("a webhook that was disabled on the other node gets %d deliveries", got.Deliveries)
	}
	key := into[struct{ ID, Key string }](one, one.do("POST", "/api/api-keys", `{"name":"k","scopes":["read"]}`), http.StatusCreated)
	as := func(b *bundle) int {
		return b.do("GET", "/api/deliveries", "", "Authorization", "Bearer "+key.Key).status
	}
	two.until("the key counts on the other node", func() bool { return as(two) == http.StatusOK })
	one.do("DELETE", "/api/api-keys/"+key.ID, "")
	revoked := time.Now()
	two.until("the key is revoked on the other node", func() bool { return as(two) == http.StatusUnauthorized })
	t.Logf("revoked after %v", time.Since(revoked))

	if got := two.ended(first.ID); got.State != "succeeded" {
		t.Errorf("on the other node the delivery is %s", got.State)
	}
	if page, err := two.try("GET", "http://"+two.OpsAddr()+"/metrics", ""); err != nil || !strings.Contains(page.body, "tidings_queue_depth 0\n") {
		t.Errorf("metrics: %v", err)
	}
}

// TestChangesCountOnEveryNode changes a webhook on one node while the other one sends: its
// attempts follow. That this takes a second at most is held in virtual time
// (TestRunNoticesChangesOfOthersWithinASecond in registry); here it is told.
func TestChangesCountOnEveryNode(t *testing.T) {
	t.Parallel()
	one, two := nodes(t)
	arrived := make(chan bool, 1000) // whether the new key has signed it
	var newKey atomic.Pointer[string]
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if key := newKey.Load(); key != nil && err == nil {
			mac := hmac.New(sha256.New, []byte(*key))
			mac.Write(body)
			arrived <- hex.EncodeToString(mac.Sum(nil)) == r.Header.Get("Logto-Signature-Sha-256")
		}
	}))
	t.Cleanup(endpoint.Close)
	hook := into[struct{ ID string }](one, one.do("POST", "/api/hooks",
		fmt.Sprintf(`{"name":"app","events":["User.Created"],"config":{"url":%q}}`, endpoint.URL)), http.StatusCreated)
	two.ended(two.post().ID)

	rotated := into[struct{ SigningKey string }](one, one.do("PATCH", "/api/hooks/"+hook.ID+"/signing-key", ""), http.StatusOK)
	newKey.Store(&rotated.SigningKey)
	began := time.Now()
	two.until("the other node signs with the new key", func() bool {
		two.post()
		return <-arrived
	})
	t.Logf("signed with the new key after %v", time.Since(began))

	// What waits is held, and goes on, by what the other node hears.
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(refusing.Close)
	into[struct{}](one, one.do("PATCH", "/api/hooks/"+hook.ID, fmt.Sprintf(`{"config":{"url":%q}}`, refusing.URL)), http.StatusOK)
	waiting := two.post()
	into[struct{}](one, one.do("PATCH", "/api/hooks/"+hook.ID, `{"enabled":false}`), http.StatusOK)
	two.until("what waits on the other node is held", func() bool {
		return slices.ContainsFunc(two.deliveries(), func(d delivery) bool { return d.EventID == waiting.ID && d.State == "held" })
	})
	into[struct{}](one, one.do("PATCH", "/api/hooks/"+hook.ID, fmt.Sprintf(`{"enabled":true,"config":{"url":%q}}`, endpoint.URL)), http.StatusOK)
	if got := two.ended(waiting.ID); got.State != "succeeded" {
		t.Errorf("enabled again on the other node, the delivery is %s", got.State)
	}
}

// TestStreamsTellOfOtherNodes watches one node while the other works.
func TestStreamsTellOfOtherNodes(t *testing.T) {
	t.Parallel()
	one, two := nodes(t)
	endpoint := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(endpoint.Close)
	one.subscribe(endpoint.URL)
	stream := two.listen("")
	one.until("the node knows that it is watched", one.node.Watched)
	posted := one.post()
	all := stream.until("delivery.created", posted.ID)
	seen := false
	for _, m := range all {
		seen = seen || m.is("event.accepted", posted.ID)
	}
	if !seen {
		t.Errorf("the event %s was not told: %v", posted.ID, all)
	}
	// What becomes of a delivery later is told as well.
	id := two.ended(posted.ID).ID
	if got := one.do("POST", "/api/deliveries/"+id+"/redeliver", ""); got.status >= 300 {
		t.Fatalf("redelivering is answered with %d %s", got.status, got.body)
	}
	stream.until("delivery.updated", id)
}

// TestLeftWorkIsTakenOver: what a node gives back when it ends is made by another.
func TestLeftWorkIsTakenOver(t *testing.T) {
	t.Parallel()
	one, two := nodes(t)
	arrived, release := make(chan string, 100), make(chan struct{})
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		arrived <- r.Header.Get("Webhook-Id")
		<-release
	}))
	t.Cleanup(endpoint.Close)
	one.subscribe(endpoint.URL)
	const events = 40 // more than one node has under way for one webhook
	for range events {
		one.post()
	}
	<-arrived
	stopped := make(chan error, 1)
	go func() { stopped <- one.Stop(t.Context()) }()
	close(release)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
	two.until("everything is delivered", func() bool {
		n := 0
		for _, d := range two.deliveries() {
			if d.State == "succeeded" && len(d.Attempts) == 1 {
				n++
			}
		}
		return n == events
	})
}
