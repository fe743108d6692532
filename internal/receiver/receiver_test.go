package receiver

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/tidingshq/tidings/internal/clock"
	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/signature"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	knownID = webhook.ID("abcdefghijklmnopqrstu")
	key     = "0123456789abcdefghijklmnopqrstuv"
)

var now = time.Unix(1_800_000_000, 0)

// bench is a receiver behind a mux.
type bench struct {
	*Receiver

	mux   *http.ServeMux
	inbox string
}

func setup() *bench {
	b := &bench{inbox: NewInbox(), mux: http.NewServeMux()}
	b.Receiver = New(Options{Clock: clock.NewFake(now), Key: func(_ webhook.TenantID, id webhook.ID) (webhook.Secret, bool) {
		return key, id == knownID
	}})
	b.mux.Handle(Pattern, b.Receiver)
	return b
}

func (b *bench) send(ctx context.Context, inbox, method, body string, headers map[string]string) *httptest.ResponseRecorder {
	req := httptest.NewRequestWithContext(ctx, method, "/receiver/"+inbox, strings.NewReader(body))
	for name, value := range headers {
		req.Header.Set(name, value)
	}
	recorder := httptest.NewRecorder()
	b.mux.ServeHTTP(recorder, req)
	return recorder
}

func signed(t *testing.T, body string, at time.Time) map[string]string {
	t.Helper()
	logto, err := signature.SignLogto(key, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	standard, err := signature.Sign([]byte(key), "d1", at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		signature.LogtoHeader: logto, signature.IDHeader: "d1",
		signature.TimestampHeader: strconv.FormatInt(at.Unix(), 10), signature.SignatureHeader: standard,
	}
}

func TestAnswerCannotRunAnything(t *testing.T) {
	t.Parallel()
	b := setup()
	for _, method := range []string{"GET", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"} {
		response := b.send(t.Context(), b.inbox, method, "<script>", nil)
		header := response.Header()
		if response.Code != 200 || header.Get("Content-Type") != "text/plain; charset=utf-8" ||
			header.Get("X-Content-Type-Options") != "nosniff" || header.Get("Content-Security-Policy") != "sandbox" ||
			header.Get("X-Frame-Options") != "DENY" || header.Get("Cache-Control") != "no-store" || header.Get("Referrer-Policy") != "no-referrer" ||
			len(header.Values("Set-Cookie")) > 0 {
			t.Errorf("%s: %d %v", method, response.Code, header)
		}
	}
	if got := len(b.Messages(b.inbox)); got != 6 {
		t.Errorf("%d messages", got)
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	body := fmt.Sprintf(`{"event":"User.Created","hookId":%q}`, knownID)
	other := signed(t, body+" ", now)
	without := signed(t, body, now)
	delete(without, signature.LogtoHeader)
	tests := []struct {
		name    string
		body    string
		headers map[string]string
		want    string
	}{
		{"Valid", body, signed(t, body, now), "valid (logto-signature-sha-256 and webhook-signature)"},
		{"OtherBody", body, other, "INVALID (logto-signature-sha-256: signature does not match; webhook-signature: signature does not match)"},
		{"OldTimestamp", body, signed(t, body, now.Add(-time.Hour)), "INVALID (logto-signature-sha-256: valid; webhook-signature: timestamp is too old)"},
		{"OneMissing", body, without, "INVALID (logto-signature-sha-256: signature header is missing; webhook-signature: valid)"},
		{"UnknownWebhook", `{"hookId":"x"}`, signed(t, `{"hookId":"x"}`, now), "not checked: the body names no known webhook"},
		{"NoJSON", `hello`, nil, "not checked: the body names no known webhook"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := setup()
			b.send(t.Context(), b.inbox, "POST", test.body, test.headers)
			verdict := b.Messages(b.inbox)[0].Verdict
			if verdict.String() != test.want || verdict.Valid() != (test.name == "Valid") {
				t.Errorf("got %q (valid: %v), want %q", verdict, verdict.Valid(), test.want)
			}
		})
	}
}

func TestUnknownInboxes(t *testing.T) {
	t.Parallel()
	b := setup()
	for _, id := range []string{"x", strings.ToUpper(b.inbox[:31]) + "A", b.inbox + "00", strings.Repeat("g", 32)} {
		if got := b.send(t.Context(), id, "POST", "", nil).Code; got != 404 {
			t.Errorf("%s: %d", id, got)
		}
	}
	if len(b.inboxes) != 0 {
		t.Error("an inbox was made")
	}
}

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	t.Run("Messages", func(t *testing.T) {
		t.Parallel()
		b := setup()
		for i := range MaxMessages + 5 {
			b.send(t.Context(), b.inbox, "POST", strconv.Itoa(i), nil)
		}
		messages := b.Messages(b.inbox)
		if len(messages) != MaxMessages || string(messages[0].Body) != "5" {
			t.Errorf("%d messages, the first is %s", len(messages), messages[0].Body)
		}
	})
	t.Run("Bytes", func(t *testing.T) {
		t.Parallel()
		b := setup()
		large := strings.Repeat("x", maxBody)
		first := NewInbox()
		b.send(t.Context(), first, "POST", "small", nil)
		for range maxBytes/maxBody + 2 {
			b.send(t.Context(), b.inbox, "POST", large, nil)
		}
		if b.bytes > maxBytes || len(b.Messages(first)) != 0 || len(b.Messages(b.inbox)) < maxBytes/maxBody-1 {
			t.Errorf("%d bytes in %d messages", b.bytes, len(b.Messages(b.inbox)))
		}
	})
	t.Run("Inboxes", func(t *testing.T) {
		t.Parallel()
		b := setup()
		b.send(t.Context(), b.inbox, "POST", "", nil)
		for range maxInboxes {
			b.send(t.Context(), NewInbox(), "POST", "", nil)
		}
		if len(b.inboxes) != maxInboxes || len(b.Messages(b.inbox)) != 0 {
			t.Errorf("%d inboxes", len(b.inboxes))
		}
	})
	t.Run("Body", func(t *testing.T) {
		t.Parallel()
		b := setup()
		if got := b.send(t.Context(), b.inbox, "POST", strings.Repeat("x", maxBody+1), nil).Code; got != 413 {
			t.Errorf("got %d", got)
		}
		if b.bytes != 0 {
			t.Errorf("%d bytes are kept", b.bytes)
		}
	})
}

func TestNextWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := setup()
		got := make(chan Message, 1)
		b.send(t.Context(), b.inbox, "POST", "one", nil)
		go func() {
			message, err := b.Next(t.Context(), b.inbox, 1)
			if err != nil {
				t.Error(err)
			}
			got <- message
		}()
		b.send(t.Context(), NewInbox(), "POST", "elsewhere", nil)
		synctest.Wait()
		if len(got) != 0 {
			t.Fatal("Next returned a message of another inbox")
		}
		b.send(t.Context(), b.inbox, "PUT", "two", nil)
		if message := <-got; string(message.Body) != "two" || message.Method != "PUT" || message.Number != 3 {
			t.Errorf("got %+v", message)
		}
	})
}

func TestNextEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := setup().Next(ctx, NewInbox(), 0); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
