package deliver_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	signingKey = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
	deliveryID = "0123456789abcdefghijk"
	body       = `{"event":"User.Created","createdAt":"2026-01-02T03:04:05.000Z","hookId":"w"}`
)

// newSender returns a sender that may reach this machine. change may be nil.
func newSender(tb testing.TB, change func(*deliver.Options)) *deliver.Sender {
	tb.Helper()
	o := deliver.Options{
		Dialer:  egress.New(egress.Options{Dev: true}),
		Version: "1.2.3",
		OnPanic: func(value any, stack []byte) { tb.Errorf("panic: %v\n%s", value, stack) },
	}
	if change != nil {
		change(&o)
	}
	s := deliver.New(o)
	tb.Cleanup(s.Close)
	return s
}

// newRequest is the first attempt of a delivery to the URL.
func newRequest(url string) webhook.Request {
	return webhook.Request{
		Delivery:   deliveryID,
		URL:        webhook.EndpointURL(url),
		SigningKey: signingKey,
		Body:       []byte(body),
		Number:     1,
		Trigger:    webhook.TriggerEvent,
	}
}

// newMemorySender returns a sender to the receiver, for virtual time.
func newMemorySender(tb testing.TB, r *testkit.Receiver, change func(*deliver.Options)) *deliver.Sender {
	tb.Helper()
	return newSender(tb, func(o *deliver.Options) {
		o.Dialer = r.Dialer()
		if change != nil {
			change(o)
		}
	})
}

// at is a clock that stands still.
func at(tb testing.TB, text string) clock.Clock {
	tb.Helper()
	instant, err := time.Parse(time.RFC3339, text)
	if err != nil {
		tb.Fatal(err)
	}
	return clock.NewFake(instant)
}

// strict is a guard as on the internet, to which every name is this machine.
func strict(tb testing.TB) deliver.Dialer {
	tb.Helper()
	return egress.New(egress.Options{Resolver: testkit.Resolver(func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	})})
}
