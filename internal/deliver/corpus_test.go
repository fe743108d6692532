package deliver_test

import (
	"context"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

// countingDialer judges URLs as on the internet and leads every dial to one
// receiver.
type countingDialer struct {
	guard    *egress.Guard
	receiver *testkit.Receiver
	dialled  []string
}

// Check implements deliver.Dialer. The connection is plain so that what is said on
// it can be scripted.
func (d *countingDialer) Check(raw string) (egress.Target, error) {
	target, err := d.guard.Check(raw)
	target.Scheme = "http"
	return target, err
}

// Dial implements deliver.Dialer.
func (d *countingDialer) Dial(_ context.Context, t egress.Target) (net.Conn, egress.Trace, error) {
	d.dialled = append(d.dialled, t.HostHeader)
	return d.receiver.Pipe(), egress.Trace{Address: "93.184.216.34:443"}, nil
}

// TestCorpusAnswersLeadNowhere holds the rows whose endpoint points elsewhere in its
// answer: the status is recorded and nobody else is called.
func TestCorpusAnswersLeadNowhere(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../egress/testdata/ssrf.tsv")
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.Lines(string(text)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		status, header, found := pointsElsewhere(f[len(f)-1])
		if strings.HasPrefix(line, "#") || !found {
			continue
		}
		rows++
		t.Run(f[0], func(t *testing.T) {
			t.Parallel()
			d := &countingDialer{guard: egress.New(egress.Options{}), receiver: testkit.NewMemoryReceiver(t, testkit.Status(status, header))}
			a := newSender(t, func(o *deliver.Options) { o.Dialer = d }).Send(t.Context(), newRequest(f[0]))
			if a.Status != status || (a.Outcome == webhook.OutcomeSucceeded) != (status < 300) || status >= 300 && a.Reason != webhook.ReasonRedirect {
				t.Errorf("%s: %+v", header, a)
			}
			if len(d.dialled) != 1 || d.dialled[0] != "pub4.ssrf.example.com" || len(d.receiver.Requests()) != 1 {
				t.Errorf("%s: dialled %v", header, d.dialled)
			}
		})
	}
	if rows < 5 {
		t.Errorf("the corpus has only %d such rows", rows)
	}
}

// pointsElsewhere reads the tokens redirect= and header= of a note.
func pointsElsewhere(note string) (status int, header string, found bool) {
	machine, _, _ := strings.Cut(note, "; ")
	for token := range strings.FieldsSeq(machine) {
		name, value, _ := strings.Cut(token, "=")
		first, rest, _ := strings.Cut(value, ":")
		switch name {
		case "redirect":
			status, _ = strconv.Atoi(first) // the receiver refuses 0
			return status, "Location: " + rest, true
		case "header":
			return 200, first + ": " + rest, true
		}
	}
	return 0, "", false
}
