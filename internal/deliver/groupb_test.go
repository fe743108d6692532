package deliver_test

import (
	"context"
	"net"
	"regexp"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/deliver"
	"github.com/tidingshq/tidings/internal/egress"
	"github.com/tidingshq/tidings/internal/testkit"
	"github.com/tidingshq/tidings/internal/webhook"
)

// Group B is the list of what endpoints do wrong, rows 17 to 54. A case is named
// after its row: B21, or B21a and B21b where a row has several. This suite holds what
// one attempt can show; testkit.EngineRows lists what needs a whole delivery.
const firstRow, lastRow = 17, 54

// rowCase is one case of group B.
type rowCase struct {
	name string
	// run is the case. The declarative ones below are made by answers and fails.
	run func(t *testing.T)
}

func groupB() []rowCase {
	var all []rowCase
	for _, part := range [][]rowCase{
		connectRows(), slowRows(), headRows(), bodyRows(), statusRows(), protocolRows(), deliveryRows(), poolRows(),
	} {
		all = append(all, part...)
	}
	return all
}

func TestGroupB(t *testing.T) {
	t.Parallel()
	for _, c := range groupB() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.run(t)
		})
	}
}

var rowName = regexp.MustCompile(`^B(\d\d)[a-z]*[A-Z]`)

// Every row has a case, and every case belongs to a row.
func TestGroupBIsComplete(t *testing.T) {
	t.Parallel()
	held, names := make(map[int]bool), make(map[string]bool)
	for _, c := range groupB() {
		match := rowName.FindStringSubmatch(c.name)
		if match == nil || names[c.name] {
			t.Errorf("case %q is not named after a row, or named twice", c.name)
			continue
		}
		row, err := strconv.Atoi(match[1])
		if err != nil || row < firstRow || row > lastRow {
			t.Errorf("case %q names a row outside %d to %d", c.name, firstRow, lastRow)
		}
		held[row], names[c.name] = true, true
	}
	for row := firstRow; row <= lastRow; row++ {
		if !held[row] {
			t.Errorf("row %d has no case", row)
		}
	}
}

// want is what an attempt has to say.
type want struct {
	outcome webhook.Outcome
	reason  webhook.Reason
	phase   webhook.Phase
	status  int
	retry   bool
	// cut says that the stored body is not all of it.
	cut bool
}

func ok(status int) want { return want{outcome: webhook.OutcomeSucceeded, status: status} }

// broken is a success whose body broke off.
func broken(status int) want {
	return want{outcome: webhook.OutcomeSucceeded, status: status, phase: webhook.PhaseBody, cut: true}
}

// failure is an attempt without a valid status line.
func failure(reason webhook.Reason, phase webhook.Phase) want {
	return want{outcome: webhook.OutcomeFailed, reason: reason, phase: phase, retry: true}
}

// refusal is an attempt that was answered with a status that is no success.
func refusal(reason webhook.Reason, status int, retry bool) want {
	return want{outcome: webhook.OutcomeFailed, reason: reason, status: status, retry: retry}
}

func (w want) check(t *testing.T, a webhook.Attempt) {
	t.Helper()
	got := want{a.Outcome, a.Reason, a.Phase, a.Status, a.Retryable(), a.Response.Truncated}
	if got != w {
		t.Errorf("got %+v (%s)\nwant %+v", got, a.Detail, w)
	}
	if (a.Detail == "") != (a.Outcome == webhook.OutcomeSucceeded && a.Phase == webhook.PhaseNone) {
		t.Errorf("detail is %q", a.Detail)
	}
}

// attempt sends one request to a receiver with the script over a real socket.
func attempt(t *testing.T, w want, script ...testkit.Behaviour) (webhook.Attempt, *testkit.Receiver) {
	t.Helper()
	r := testkit.NewReceiver(t, script...)
	a := newSender(t, nil).Send(t.Context(), newRequest(r.URL))
	w.check(t, a)
	return a, r
}

// answers is a case of one attempt at an endpoint that does one thing.
func answers(name string, w want, script ...testkit.Behaviour) rowCase {
	return rowCase{name, func(t *testing.T) { attempt(t, w, script...) }}
}

// short is the deadline of attempts that reach it on a real socket: no less, or a busy
// machine spends it on connecting. lenient is a bound for their end.
const (
	short   = time.Second
	lenient = 20 * time.Second
)

// expires is a case that ends by the deadline: on a real socket with a short one, and
// in virtual time with the real one, to the nanosecond.
func expires(name string, w want, behaviour testkit.Behaviour) rowCase {
	onSocket := func(t *testing.T) {
		t.Parallel()
		r := testkit.NewReceiver(t, behaviour)
		s := newSender(t, func(o *deliver.Options) { o.Deadline = short })
		a := s.Send(t.Context(), newRequest(r.URL))
		w.check(t, a)
		if a.Duration < short || a.Duration > lenient {
			t.Errorf("the attempt took %v, want %v and not much more", a.Duration, short)
		}
		r.WaitUntilLeft(t)
	}
	inVirtualTime := func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, func(t *testing.T) {
			r := testkit.NewMemoryReceiver(t, behaviour)
			a := newMemorySender(t, r, nil).Send(t.Context(), newRequest(r.URL))
			w.check(t, a)
			if a.Duration != 10*time.Second {
				t.Errorf("the attempt took %v, want 10 s", a.Duration)
			}
			r.WaitUntilLeft(t)
		})
	}
	return rowCase{name, func(t *testing.T) {
		t.Run("Socket", onSocket)
		t.Run("VirtualTime", inVirtualTime)
	}}
}

// counting is a dialer that counts what is read from its connections.
type counting struct {
	deliver.Dialer
	read *atomic.Int64
}

type countingConn struct {
	net.Conn
	read *atomic.Int64
}

func (c countingConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.read.Add(int64(n))
	return n, err
}

func (c counting) Dial(ctx context.Context, t egress.Target) (net.Conn, egress.Trace, error) {
	conn, trace, err := c.Dialer.Dial(ctx, t)
	if err != nil {
		return nil, trace, err
	}
	return countingConn{conn, c.read}, trace, nil
}

// reads is a case that also bounds the bytes read from the connection.
func reads(name string, w want, most int64, script ...testkit.Behaviour) rowCase {
	return rowCase{name, func(t *testing.T) {
		r := testkit.NewReceiver(t, script...)
		read := new(atomic.Int64)
		s := newSender(t, func(o *deliver.Options) { o.Dialer = counting{o.Dialer, read} })
		a := s.Send(t.Context(), newRequest(r.URL))
		w.check(t, a)
		if got := read.Load(); got > most {
			t.Errorf("read %d bytes, want at most %d", got, most)
		}
		if a.Response.BodySize > 64<<10 || len(a.Response.Body) > 16<<10 {
			t.Errorf("read %d and kept %d bytes of the body", a.Response.BodySize, len(a.Response.Body))
		}
		r.WaitUntilLeft(t)
	}}
}

// The limits in bytes: what may be read of a head or a body, and of both; a buffer may
// have been filled beyond.
const (
	limit    = 64 << 10
	oneRead  = limit + 4<<10
	twoReads = 2*limit + 4<<10
)
