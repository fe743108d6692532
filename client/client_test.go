package client_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/client"
)

func TestAddressOfTheServerIsChecked(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"", "localhost:8080", "ftp://example.com", "https://", "https://user:secret@example.com", "http://a b"} {
		if _, err := client.New(address, "key"); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: %v", address, err)
		}
	}
}

func TestPayloadKeepsItsBytes(t *testing.T) {
	t.Parallel()
	c := connect(t)
	ctx := t.Context()
	for payload, want := range map[string]string{
		` {"b":1.0,"a":12345678901234567890,"t":"<&>"} `: `{"event":"User.Created","b":1.0,"a":12345678901234567890,"t":"<&>"}`,
		`{}`: `{"event":"User.Created"}`,
	} {
		accepted, err := c.Emit(ctx, client.NewEvent{Type: "User.Created", Payload: []byte(payload)})
		must(err)
		posted, err := c.GetEventPayload(ctx, accepted.ID, client.GetEventPayloadParams{})
		must(err)
		if diff := cmp.Diff(want, string(posted)); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
	}
}

func TestPayloadThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()
	c, err := client.New("http://127.0.0.1:4", "key")
	must(err)
	for _, payload := range []any{[]byte(`[]`), []byte(`{`), "text", []byte(`null`), map[string]string{"event": "Other"}, make(chan int)} {
		if _, err := c.Emit(t.Context(), client.NewEvent{Type: "User.Created", Payload: payload}); err == nil || strings.Contains(err.Error(), "reach the server") {
			t.Errorf("%v: %v", payload, err)
		}
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	c := connect(t)
	event := client.NewEvent{Type: "User.Created", Payload: map[string]int{"n": 1}, IdempotencyKey: "once"}
	first, err := c.Emit(t.Context(), event)
	must(err)
	second, err := c.Emit(t.Context(), event)
	must(err)
	if first.ID != second.ID {
		t.Errorf("%s and %s", first.ID, second.ID)
	}
	event.Payload = map[string]int{"n": 2}
	var refused *client.Error
	if _, err := c.Emit(t.Context(), event); !errors.As(err, &refused) || refused.Status != 409 || refused.Code != "idempotency.key_reused" {
		t.Errorf("another payload: %v", err)
	}
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	t.Parallel()
	c := connect(t)
	_, err := c.EmitAll(t.Context(), "", client.NewEvent{Type: "User.Created"}, client.NewEvent{Type: "User.Creatd"})
	var refused *client.Error
	if !errors.As(err, &refused) || refused.Status != 400 || len(refused.Data.Issues) != 1 {
		t.Fatalf("%v", err)
	}
	if issue := refused.Data.Issues[0]; issue.Index == nil || *issue.Index != 1 || issue.Message == "" {
		t.Errorf("%+v", issue)
	}
	if !strings.Contains(err.Error(), refused.Code) {
		t.Errorf("%q does not name the code", err)
	}
}

func TestSomethingElseThatAnswers(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "3")
		w.WriteHeader(http.StatusBadGateway)
		fmt.Fprint(w, "<html>")
	}))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL+"/", "key")
	must(err)
	t.Cleanup(c.Close)
	_, err = c.GetMe(t.Context())
	var refused *client.Error
	if !errors.As(err, &refused) || refused.Status != 502 || refused.Code != "" || refused.RetryAfter != 3*time.Second {
		t.Errorf("%v", err)
	}
}

func TestKeyGoesToTheNamedServerOnly(t *testing.T) {
	t.Parallel()
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { t.Errorf("it followed to %s", r.URL) }))
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.RedirectHandler(other.URL, http.StatusTemporaryRedirect))
	t.Cleanup(server.Close)
	c, err := client.New(server.URL, "key")
	must(err)
	t.Cleanup(c.Close)
	var refused *client.Error
	if _, err := c.GetMe(t.Context()); !errors.As(err, &refused) || refused.Status != http.StatusTemporaryRedirect {
		t.Errorf("%v", err)
	}
}

func TestListsGoOnPageByPage(t *testing.T) {
	t.Parallel()
	c := connect(t)
	for range 5 {
		_, err := c.Emit(t.Context(), client.NewEvent{Type: "User.Created"})
		must(err)
	}
	seen := map[string]bool{}
	for event, err := range c.Events(t.Context(), client.ListEventsParams{Limit: 2}) {
		must(err)
		seen[event.ID] = true
	}
	if len(seen) != 5 {
		t.Errorf("%d events", len(seen))
	}
	next, stop := iter.Pull2(c.Events(t.Context(), client.ListEventsParams{Limit: 2}))
	_, err, more := next()
	stop() // which must not hang
	if err != nil || !more {
		t.Errorf("the first of a walk that is broken off: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	errs := 0
	for _, err := range c.Events(ended, client.ListEventsParams{}) {
		if err == nil {
			t.Error("an entry without an answer")
		}
		errs++
	}
	if errs != 1 {
		t.Errorf("%d errors", errs)
	}
}
