package httpapi

import (
	"context"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/tidingshq/tidings/internal/store"
)

// slowLog is a store whose log can be held up.
type slowLog struct {
	Store
	entered, leave chan struct{}
}

func (s slowLog) Recent(ctx context.Context, q store.RecentQuery) (store.RecentPage, error) {
	s.entered <- struct{}{}
	<-s.leave
	return s.Store.Recent(ctx, q)
}

func TestHeavyAnswersTakeTurns(t *testing.T) {
	t.Parallel()
	slow := slowLog{entered: make(chan struct{}, 10), leave: make(chan struct{})}
	b := setup(t, func(o *Options) { slow.Store = o.Store; o.Store = slow })
	target := "/api/hooks/" + strings.Repeat("a", 21) + "/recent-logs"
	var asked sync.WaitGroup
	for range 2 * heavyAtOnce {
		asked.Go(func() {
			if got := b.do(readKey, "GET", target, ""); got.status != 200 {
				t.Errorf("%d %s", got.status, got.body)
			}
		})
	}
	for range heavyAtOnce {
		<-slow.entered
	}
	// All turns are taken: a client that goes is told so and nothing is read for it.
	gone, leave := context.WithCancel(t.Context())
	leave()
	r := httptest.NewRequestWithContext(gone, "GET", target, nil)
	r.Header.Set("Authorization", "Bearer "+readKey)
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	b.want(answer{w.Code, w.Header(), w.Body.String()}, 503, "server.busy")
	if len(slow.entered) != 0 {
		t.Error("more than the turns are taken")
	}
	close(slow.leave)
	asked.Wait()
}
