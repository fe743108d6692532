package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/testkit/pgtest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// wallClock is the clock of a machine that somebody sets.
type wallClock struct{ off atomic.Int64 }

func (w *wallClock) Now() time.Time { return time.Now().Round(0).Add(time.Duration(w.off.Load())) }

// TestClockThatIsSet is about which parts go by a clock as it is, and which by the time that
// does not jump with it. What comes of that is held in virtual time (dispatch, upkeep).
func TestClockThatIsSet(t *testing.T) {
	t.Parallel()
	signed := make(chan string, 1)
	endpoint := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { signed <- r.Header.Get("webhook-timestamp") }))
	t.Cleanup(endpoint.Close)
	log, wall := &logText{}, &wallClock{}
	o := options(t, log)
	o.Clock = wall
	b := open(t, log, o)
	b.start()
	hook := into[struct{ ID string }](b, b.do("POST", "/api/hooks",
		fmt.Sprintf(`{"name":"app","events":["User.Created"],"config":{"url":%q}}`, endpoint.URL)), http.StatusCreated)

	const back = 10 * time.Hour
	wall.off.Store(int64(-back))
	posted := b.post()
	seconds, err := strconv.ParseInt(<-signed, 10, 64)
	if off := time.Since(time.Unix(seconds, 0)) - back; err != nil || off.Abs() > time.Minute {
		t.Errorf("the timestamp is %v from what the clock shows, %v", off, err)
	}
	now := func(what string, at time.Time) {
		t.Helper()
		if time.Since(at).Abs() > time.Minute {
			t.Errorf("%s is %v, although no such time has passed", what, at)
		}
	}
	type times struct {
		AcceptedAt time.Time
		Attempts   []struct{ StartedAt time.Time }
	}
	got := into[times](b, b.do("GET", "/api/deliveries/"+b.ended(posted.ID).ID, ""), http.StatusOK)
	now("acceptedAt", got.AcceptedAt)
	now("startedAt", got.Attempts[0].StartedAt)
	into[struct{}](b, b.do("PATCH", "/api/hooks/"+hook.ID, `{"enabled":false}`), http.StatusOK)
	if w, found := b.registry.Find(webhook.DefaultTenant, webhook.ID(hook.ID)); !found || w.DisabledAt == nil {
		t.Error("the webhook is not disabled")
	} else {
		now("disabledAt", *w.DisabledAt)
	}

	type check struct {
		Name, Detail string
		Warning      bool
	}
	for _, c := range into[struct{ Checks []check }](b, b.do("GET", "/api/system", ""), http.StatusOK).Checks {
		if c.Name == "clock" && (!c.Warning || !strings.Contains(c.Detail, "It has jumped")) {
			t.Errorf("the system page says of the clock: %+v", c)
		}
	}
	if n := strings.Count(log.String(), "clock.jumped"); n != 1 || !strings.Contains(log.String(), `"by":"-10h0m0`) && !strings.Contains(log.String(), `"by":"-9h59m59.`) {
		t.Errorf("told %d times of the jump:\n%s", n, log)
	}
}

// A webhook's lines in the log go on, whatever the clock shows.
func TestAttemptsAreLoggedAfterASetBack(t *testing.T) {
	t.Parallel()
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }))
	t.Cleanup(endpoint.Close)
	log, wall := &logText{}, &wallClock{}
	o := options(t, log)
	o.Clock = wall
	b := open(t, log, o)
	b.start()
	b.subscribe(endpoint.URL)
	lines := func() int { return strings.Count(log.String(), `"delivery.attempted"`) }
	b.post()
	b.until("the first line is there", func() bool { return lines() == 1 })
	wall.off.Store(int64(-time.Hour))
	b.until("there is another", func() bool { b.post(); return lines() > 1 })
}

// A clock that was set back between two runs holds up nothing that waits.
func TestClockThatWasSetBackBeforeARestart(t *testing.T) {
	t.Parallel()
	attempts := make(chan struct{}, 10)
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		attempts <- struct{}{}
		w.WriteHeader(http.StatusBadGateway)
	}))
	t.Cleanup(endpoint.Close)
	log, wall := &logText{}, &wallClock{}
	o := options(t, log)
	o.Clock = wall
	wall.off.Store(int64(24 * time.Hour))
	b := open(t, log, o)
	b.start()
	into[struct{}](b, b.do("POST", "/api/hooks",
		fmt.Sprintf(`{"name":"app","events":["User.Created"],"config":{"url":%q}}`, endpoint.URL)), http.StatusCreated)
	b.post()
	<-attempts
	if err := b.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	wall.off.Store(0)
	open(t, log, o).start()
	select {
	case <-attempts:
	case <-time.After(patience):
		t.Errorf("no retry came in %v\n%s", patience, log)
	}
}

// On PostgreSQL the time is that of the database from the first event on.
func TestClockOfTheDatabase(t *testing.T) {
	t.Parallel()
	cluster := pgtest.Start(t)
	log, wall := &logText{}, &wallClock{}
	wall.off.Store(int64(-time.Hour))
	o := options(t, log, "database", cluster.DSN(cluster.Database(t, "")))
	o.Clock = wall
	b := open(t, log, o)
	b.start()
	posted := b.post()
	got := into[struct{ AcceptedAt time.Time }](b, b.do("GET", "/api/events/"+posted.ID, ""), http.StatusOK)
	if off := time.Since(got.AcceptedAt); off.Abs() > time.Minute {
		t.Errorf("accepted at %v, which is %v off", got.AcceptedAt, off)
	}
}
