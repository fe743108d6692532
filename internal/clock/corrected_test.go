package clock_test

import (
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/clock"
)

func TestCorrected(t *testing.T) {
	t.Parallel()
	start := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	base := clock.NewFake(start)
	c := clock.NewCorrected(base)
	if !c.Now().Equal(start) {
		t.Errorf("shows %v before it was corrected", c.Now())
	}
	// The other clock is an hour ahead and was read in the middle of 20 ms.
	if off := c.Correct(start, start.Add(time.Hour+10*time.Millisecond), start.Add(20*time.Millisecond)); off != time.Hour {
		t.Errorf("off by %v", off)
	}
	base.Advance(time.Second)
	if want := start.Add(time.Hour + time.Second); !c.Now().Equal(want) || !c.Base().Equal(start.Add(time.Second)) {
		t.Errorf("shows %v over %v, want %v", c.Now(), c.Base(), want)
	}
}
