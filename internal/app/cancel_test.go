package app

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tidingshq/tidings/internal/webhook"
)

// gated is an endpoint that answers nobody until it is opened.
type gated struct {
	open     chan struct{}
	mu       sync.Mutex
	requests map[string]int // by delivery; guarded by mu
}

func (g *gated) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	g.mu.Lock()
	g.requests[r.Header.Get("Webhook-Id")]++
	g.mu.Unlock()
	<-g.open
}

// of is how many requests of the delivery have come; arrived, how many deliveries have.
func (g *gated) of(id string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.requests[id]
}

func (g *gated) arrived() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.requests)
}

// TestCancelledThroughAnotherNode cancels by one node what the other has in hand: what is in
// its lane is not sent, and what it is sending is not redelivered before that has ended.
func TestCancelledThroughAnotherNode(t *testing.T) {
	t.Parallel()
	one, two := nodes(t)
	g := &gated{open: make(chan struct{}), requests: map[string]int{}}
	endpoint := httptest.NewServer(g)
	t.Cleanup(endpoint.Close)
	open := sync.OnceFunc(func() { close(g.open) })
	t.Cleanup(open)
	one.subscribe(endpoint.URL)
	one.listen("") // then the renewal that tells of it has told how many nodes there are
	two.until("it knows of the other node", two.node.Watched)

	inLane := func() int {
		stats := two.dispatcher.Stats()
		return stats.Held - stats.InFlightFast - stats.InFlightSlow
	}
	posted := 0
	for ; inLane() < 4; posted++ {
		two.post()
	}
	two.until("what is not in the lane has arrived", func() bool {
		return two.dispatcher.Stats().Held+one.dispatcher.Stats().Held == posted && g.arrived() == posted-inLane()
	})
	var waiting []string
	var underWay string
	for _, d := range into[struct{ Items []delivery }](one, one.do("GET", "/api/deliveries?limit=100", ""), http.StatusOK).Items {
		if g.of(d.ID) > 0 {
			underWay = d.ID
			continue
		}
		waiting = append(waiting, d.ID)
	}
	for _, id := range append(waiting, underWay) {
		into[struct{}](one, one.do("POST", "/api/deliveries/"+id+"/cancel", ""), http.StatusOK)
	}
	two.until("the other node has let go of what is in its lane", func() bool {
		b, err := one.store.Backlog(t.Context(), two.node.Process())
		return err == nil && len(b.Cancelled) == 1 && b.Cancelled[0].Delivery == webhook.DeliveryID(underWay)
	})
	for _, node := range []*bundle{one, two} {
		got := node.do("POST", "/api/deliveries/"+underWay+"/redeliver", "")
		if got.status != http.StatusConflict || !strings.Contains(got.body, "delivery.in_progress") {
			t.Errorf("while its attempt is under way, redelivering is answered with %d %s", got.status, got.body)
		}
	}
	open()
	read := func() delivery {
		return into[delivery](one, one.do("GET", "/api/deliveries/"+underWay, ""), http.StatusOK)
	}
	two.until("the attempt is in the log", func() bool { return len(read().Attempts) == 1 })
	into[struct{}](one, one.do("POST", "/api/deliveries/"+underWay+"/redeliver", ""), http.StatusAccepted)
	two.until("it is redelivered", func() bool { return read().State == "succeeded" && len(read().Attempts) == 2 })
	two.until("all others are delivered", func() bool { return one.dispatcher.Stats().Held+two.dispatcher.Stats().Held == 0 })
	for _, id := range waiting {
		if n := g.of(id); n > 0 {
			t.Errorf("%s was sent although it was cancelled", id)
		}
	}
	if n := g.of(underWay); n != 2 {
		t.Errorf("%d requests of the one that was redelivered, want 2", n)
	}
}
