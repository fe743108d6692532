package deliver_test

import (
	"context"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

// What endpoints compare with their clock is of the clock as it is.
func TestWallIsSignedAndComparedWith(t *testing.T) {
	t.Parallel()
	r := testkit.NewReceiver(t, testkit.Status(503, "Retry-After: Fri, 02 Jan 2026 02:05:05 GMT"))
	s := newSender(t, func(o *deliver.Options) {
		o.Clock, o.Wall = at(t, "2026-01-02T03:04:05Z"), at(t, "2026-01-02T02:04:05Z")
	})
	got := s.Send(t.Context(), newRequest(r.URL))
	if !got.StartedAt.Equal(s.Clock.Now()) || got.RetryAfter == nil || *got.RetryAfter != time.Minute {
		t.Errorf("started at %v, again after %v", got.StartedAt, got.RetryAfter)
	}
	if raw := string(r.Next(t).Raw); !strings.Contains(raw, "webhook-timestamp: 1767319445\r\n") {
		t.Errorf("signed another time: %s", raw)
	}
}

func TestSendReportsWhatWasSentAndAnswered(t *testing.T) {
	t.Parallel()
	r := testkit.NewReceiver(t, testkit.Respond(201, "thanks", "X-One: 1", "x-one: 2", "Empty:"))
	s := newSender(t, func(o *deliver.Options) { o.Clock = at(t, "2026-01-02T03:04:05Z") })
	request := newRequest(r.URL + "/in?a=b")
	request.Headers = []webhook.Header{
		{Name: "X-Team", Value: "blue"},
		{Name: "Authorization", Value: "Bearer t"},
		{Name: "X-Plain", Value: "hidden", Locked: true},
		{Name: "X-Elsewhere", Value: "withheld", Locked: true, Withheld: true},
		{Name: "User-Agent", Value: "withheld", Locked: true, Withheld: true},
	}

	got := s.Send(t.Context(), request)
	if raw := string(r.Next(t).Raw); strings.Contains(raw, "withheld") || strings.Contains(raw, "X-Elsewhere") {
		t.Errorf("a header that is withheld was sent: %s", raw)
	}

	parsed, err := url.Parse(r.URL)
	if err != nil {
		t.Fatal(err)
	}
	want := webhook.Attempt{
		Number:    1,
		Trigger:   webhook.TriggerEvent,
		StartedAt: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		Outcome:   webhook.OutcomeSucceeded,
		Status:    201,
		Request: webhook.RequestRecord{
			Method: "POST", URL: request.URL, BodySize: len(body),
			Headers: []webhook.HeaderRecord{
				{Name: "host", Value: parsed.Host},
				{Name: "user-agent", Value: "Tidings/1.2.3"},
				{Name: "content-type", Value: "application/json"},
				{Name: "content-length", Value: "76"},
				{Name: "logto-signature-sha-256", Value: "checked elsewhere"},
				{Name: "webhook-id", Value: deliveryID},
				{Name: "webhook-timestamp", Value: "1767323045"},
				{Name: "webhook-signature", Value: "checked elsewhere"},
				{Name: "X-Team", Value: "blue"},
				{Name: "Authorization", Masked: true},
				{Name: "X-Plain", Masked: true},
			},
		},
		Response: webhook.ResponseRecord{
			Headers: []webhook.HeaderRecord{
				{Name: "X-One", Value: "1"}, {Name: "x-one", Value: "2"}, {Name: "Empty"}, {Name: "Content-Length", Value: "6"},
			},
			Body:     []byte("thanks"),
			BodySize: 6,
		},
		Address:     r.Address,
		HTTPVersion: "HTTP/1.1",
	}
	signatures := cmp.FilterPath(func(p cmp.Path) bool {
		return p.String() == "Request.Headers.Value" && (p.Index(-2).(cmp.SliceIndex).Key() == 4 || p.Index(-2).(cmp.SliceIndex).Key() == 7)
	}, cmp.Ignore())
	if diff := cmp.Diff(want, got, signatures, cmpopts.IgnoreFields(webhook.Attempt{}, "Duration", "Timing")); diff != "" {
		t.Error(diff)
	}
	if got.Duration <= 0 || got.Timing.Connect <= 0 || got.Timing.Wait <= 0 {
		t.Errorf("duration %v, timing %+v; want some of each", got.Duration, got.Timing)
	}
}

func TestReceiversCanVerify(t *testing.T) {
	t.Parallel()
	for name, size := range map[string]int{"Small": 10, "Large": 1 << 20} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := testkit.NewReceiver(t)
			request := newRequest(r.URL)
			request.Body = make([]byte, size)
			for range 3 {
				if a := newSender(t, nil).Send(t.Context(), request); a.Outcome != webhook.OutcomeSucceeded {
					t.Fatalf("attempt: %s, %s", a.Reason, a.Detail)
				}
				received := r.Next(t)
				if err := received.Verify(signingKey); err != nil {
					t.Error(err)
				}
				if len(received.Body) != size || received.Delivery() != deliveryID {
					t.Errorf("got %d bytes of delivery %q", len(received.Body), received.Delivery())
				}
			}
		})
	}
}

// panicking is a dialer with a mistake.
type panicking struct{}

func (panicking) Check(string) (egress.Target, error) { panic("mistake") }

func (panicking) Dial(context.Context, egress.Target) (net.Conn, egress.Trace, error) {
	panic("mistake")
}

func TestPanicIsAnInternalFailure(t *testing.T) {
	t.Parallel()
	told := ""
	s := newSender(t, func(o *deliver.Options) {
		o.Dialer = panicking{}
		o.OnPanic = func(value any, _ []byte) { told, _ = value.(string) }
	})
	a := s.Send(t.Context(), newRequest("https://example.com"))
	if a.Outcome != webhook.OutcomeFailed || a.Reason != webhook.ReasonInternal || !a.Retryable() {
		t.Errorf("got %s, %s; want a failure that is internal and retried", a.Outcome, a.Reason)
	}
	if told != "mistake" {
		t.Errorf("OnPanic was told %q", told)
	}
}

func TestEmptyKeyIsNotSent(t *testing.T) {
	t.Parallel()
	r := testkit.NewReceiver(t)
	request := newRequest(r.URL)
	request.SigningKey = ""
	a := newSender(t, nil).Send(t.Context(), request)
	if a.Reason != webhook.ReasonInternal || r.Connections() != 0 {
		t.Errorf("got %s after %d connections; want internal after 0", a.Reason, r.Connections())
	}
}
