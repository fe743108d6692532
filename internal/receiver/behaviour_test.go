package receiver

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// answered sends a message and says how it was answered; 0 is a closed connection.
func (b *bench) answered(ctx context.Context, inbox string) (status int, text string) {
	defer func() {
		if reason := recover(); reason != nil && reason != http.ErrAbortHandler { //nolint:errorlint // it is a value of its own
			panic(reason)
		}
	}()
	response := b.send(ctx, inbox, "POST", "", nil)
	return response.Code, response.Body.String()
}

func (b *bench) behave(t *testing.T, inbox string, how Behaviour) {
	t.Helper()
	if !b.Behave(tenant, inbox, how) {
		t.Fatal("there is no such inbox")
	}
}

func TestStatusAndBody(t *testing.T) {
	t.Parallel()
	b := setup()
	id := b.opened()
	if status, text := b.answered(t.Context(), id); status != 200 || text != "received\n" {
		t.Errorf("at first: %d %q", status, text)
	}
	b.behave(t, id, Behaviour{Status: 418, Body: "short and stout"})
	if status, text := b.answered(t.Context(), id); status != 418 || text != "short and stout" {
		t.Errorf("got %d %q", status, text)
	}
	other := b.opened()
	if status, _ := b.answered(t.Context(), other); status != 200 {
		t.Errorf("another inbox answers %d", status)
	}
	messages, _ := b.Read(tenant, id)
	if messages[0].Answer.Status != 200 || messages[1].Answer.Status != 418 {
		t.Errorf("the messages say %+v and %+v", messages[0].Answer, messages[1].Answer)
	}
}

func TestFailNextThenSucceed(t *testing.T) {
	t.Parallel()
	b := setup()
	id := b.opened()
	b.behave(t, id, Behaviour{Status: 204, FailNext: 2})
	for i, want := range []int{503, 503, 204, 204} {
		if status, _ := b.answered(t.Context(), id); status != want {
			t.Errorf("message %d: %d, want %d", i+1, status, want)
		}
		if got, _ := b.Inbox(tenant, id); got.Behaviour.FailNext != max(0, 1-i) {
			t.Errorf("after message %d %d more are to fail", i+1, got.Behaviour.FailNext)
		}
	}
}

func TestFailPercent(t *testing.T) {
	t.Parallel()
	b := setup()
	id := b.opened()
	drawn := 0.0
	b.options.Random = func() float64 { return drawn }
	for _, test := range []struct {
		percent, want int
		drawn         float64
	}{{0, 200, 0}, {30, 503, 0.29}, {30, 200, 0.30}, {100, 503, 0.999}} {
		b.behave(t, id, Behaviour{Status: 200, FailPercent: test.percent})
		drawn = test.drawn
		if status, _ := b.answered(t.Context(), id); status != test.want {
			t.Errorf("%d%%, drawn %v: %d, want %d", test.percent, drawn, status, test.want)
		}
	}
}

func TestDelay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup()
		id := b.opened()
		b.behave(t, id, Behaviour{Status: 200, Delay: 7 * time.Second})
		began := time.Now()
		done := make(chan int, 1)
		go func() { status, _ := b.answered(t.Context(), id); done <- status }()
		synctest.Wait()
		if messages, _ := b.Read(tenant, id); len(messages) != 1 || len(done) != 0 {
			t.Errorf("%d messages before the answer", len(messages))
		}
		if status := <-done; status != 200 || time.Since(began) != 7*time.Second {
			t.Errorf("%d after %v", status, time.Since(began))
		}
	})
}

// Who gives up before the answer keeps nothing running.
func TestDelayEndsWithTheRequest(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup()
		id := b.opened()
		b.behave(t, id, Behaviour{Status: 200, Delay: MaxDelay})
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errors.New("the sender has given up"))
		defer cancel()
		began := time.Now()
		if status, _ := b.answered(ctx, id); status != 0 || time.Since(began) != time.Second {
			t.Errorf("%d after %v", status, time.Since(began))
		}
	})
}

func TestDrop(t *testing.T) {
	t.Parallel()
	b := setup()
	server := httptest.NewServer(b.mux)
	defer server.Close()
	id := b.opened()
	b.behave(t, id, Behaviour{Status: 200, Drop: true})
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+"/receiver/"+id, nil)
	if err != nil {
		t.Fatal(err)
	}
	if response, err := server.Client().Do(request); err == nil {
		response.Body.Close()
		t.Errorf("got %s", response.Status)
	}
	if messages, _ := b.Read(tenant, id); len(messages) != 1 || !messages[0].Answer.Dropped || messages[0].Answer.Status != 0 {
		t.Errorf("messages: %+v", messages)
	}
}
