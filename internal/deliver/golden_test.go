package deliver_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const separator = "----\n"

// Each file holds the settings of an attempt and, after the separator, the exact
// bytes of its request.
func TestRequestBytes(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/*.http")
	if err != nil || len(files) == 0 {
		t.Fatalf("found no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".http"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			input, want, _ := strings.Cut(string(text), separator)
			got := string(sent(t, input))
			if *update {
				if err := os.WriteFile(file, []byte(input+separator+got), 0o600); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// sent makes the attempt and returns the bytes of the request.
func sent(t *testing.T, input string) []byte {
	t.Helper()
	request, now := newRequest(""), ""
	request.Body = nil
	for line := range strings.Lines(input) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		header, headerValue, _ := strings.Cut(value, ": ")
		switch name {
		case "url":
			request.URL = webhook.EndpointURL(value)
		case "at":
			now = value
		case "trigger":
			request.Trigger = webhook.Trigger(value)
		case "key":
			request.SigningKey = webhook.Secret(value)
		case "delivery":
			request.Delivery = webhook.DeliveryID(value)
		case "header", "locked":
			request.Headers = append(request.Headers, webhook.Header{
				Name: header, Value: webhook.Secret(headerValue), Locked: name == "locked",
			})
		case "body":
			request.Body = []byte(value)
		default:
			t.Fatalf("unknown setting %q", name)
		}
	}
	r := testkit.NewMemoryReceiver(t)
	s := newSender(t, func(o *deliver.Options) {
		o.Dialer = plain{r.Dialer()}
		o.Clock = at(t, now)
	})
	if a := s.Send(t.Context(), request); a.Outcome != webhook.OutcomeSucceeded {
		t.Fatalf("attempt ended with %s, %s", a.Reason, a.Detail)
	}
	return r.Next(t).Raw
}

// plain judges URLs as a server on the internet does, and leaves TLS out, so that the
// bytes can be read.
type plain struct{ testkit.MemoryDialer }

func (plain) Check(raw string) (egress.Target, error) {
	target, err := egress.New(egress.Options{}).Check(raw)
	target.Scheme = "http"
	return target, err
}
