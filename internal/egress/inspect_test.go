package egress

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestInspectNeverConnects(t *testing.T) {
	t.Parallel()
	network := &recorder{}
	for _, test := range []struct {
		answer  []string
		blocked []bool
		refused bool
	}{
		{[]string{"93.184.216.34"}, []bool{false}, false},
		{[]string{"93.184.216.34", "10.0.0.1", "169.254.169.254"}, []bool{false, true, true}, true},
		{[]string{"::ffff:127.0.0.1"}, []bool{true}, true},
		{nil, nil, false},
	} {
		g := New(Options{Resolver: answering(test.answer...)})
		g.connect = network.dial
		target, err := g.Check("https://hooks.example.com/in")
		if err != nil {
			t.Fatal(err)
		}
		found := g.Inspect(context.Background(), target)
		var blocked []bool
		for _, f := range found.Addresses {
			blocked = append(blocked, f.Blocked)
		}
		if diff := cmp.Diff(test.blocked, blocked); diff != "" || found.Blocked() != test.refused || found.Unresolved != (len(test.answer) == 0) {
			t.Errorf("%v: %+v %s", test.answer, found, diff)
		}
	}
	if len(network.dialed) > 0 {
		t.Errorf("dialled %v", network.dialed)
	}
}
