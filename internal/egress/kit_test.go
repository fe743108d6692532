package egress

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"sync"
	"testing"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// noResolver fails the test when a name is resolved.
type noResolver struct{ t *testing.T }

func (r noResolver) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	r.t.Errorf("%s was resolved", host)
	return nil, errors.New("no resolver")
}

// scriptedResolver gives one answer after the other, and the last one for ever.
type scriptedResolver struct {
	mu      sync.Mutex
	answers [][]netip.Addr
	asked   int
}

func (r *scriptedResolver) LookupNetIP(context.Context, string, string) ([]netip.Addr, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	answer := r.answers[min(r.asked, len(r.answers)-1)]
	r.asked++
	return answer, nil
}

func answering(addrs ...string) *scriptedResolver {
	return &scriptedResolver{answers: [][]netip.Addr{parseAddrs(addrs...)}}
}

// recorder stands in for the network: it notes what was dialled.
type recorder struct {
	mu     sync.Mutex
	dialed []string
	fail   map[string]error
}

func (r *recorder) dial(_ context.Context, _, address string) (net.Conn, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.dialed = append(r.dialed, address)
	if err := r.fail[address]; err != nil {
		return nil, err
	}
	near, far := net.Pipe()
	far.Close()
	return near, nil
}

// take returns what was dialled since the last call.
func (r *recorder) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	taken := r.dialed
	r.dialed = nil
	return taken
}

// newRecorded returns a guard whose connections end in a recorder. The host has one
// address, a public one, unless o says otherwise.
func newRecorded(t *testing.T, o Options) (*Guard, *recorder) {
	t.Helper()
	if o.LocalAddrs == nil {
		o.LocalAddrs = func() ([]netip.Addr, error) { return parseAddrs("9.9.9.9", "127.0.0.1"), nil }
	}
	g := New(o)
	r := &recorder{fail: map[string]error{}}
	g.connect = r.dial
	return g, r
}

func mustCheck(t *testing.T, g *Guard, raw string) Target {
	t.Helper()
	target, err := g.Check(raw)
	if err != nil {
		t.Fatalf("check %q: %v", raw, err)
	}
	return target
}
