package webhook

import (
	"strings"
	"testing"
)

func TestEventTypeNames(t *testing.T) {
	t.Parallel()
	tests := map[EventType]bool{
		"order.paid": true, "Order": true, "a.b-c.d_e.F9": true, EventType(strings.Repeat("a", 128)): true,
		EventType(strings.Repeat("a", 129)): false, "": false, ".": false, "a.": false, ".a": false, "a..b": false, "*": false, "order.*": false,
		"a b": false, "a/b": false, "ä": false, "a\n": false, "a\x00": false, "a:b": false,
	}
	for name, want := range tests {
		if got := name.ValidName(); got != want {
			t.Errorf("%.20q: %v", name, got)
		}
	}
}
