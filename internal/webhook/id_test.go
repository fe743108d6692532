package webhook

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"pgregory.net/rapid"
)

func TestNewID(t *testing.T) {
	t.Parallel()
	seen := map[ID]bool{}
	for range 1000 {
		id, err := NewID(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if len(id) != 21 || strings.Trim(string(id), idAlphabet) != "" || seen[id] {
			t.Fatalf("identifier %q", id)
		}
		seen[id] = true
	}
}

func TestRandomTextIsWithoutBias(t *testing.T) {
	t.Parallel()
	every := make([]byte, 256)
	for i := range every {
		every[i] = byte(i)
	}
	// 252 bytes are used, 7 for each of 36 characters; 252 to 255 would favour the
	// first four.
	text, err := randomText(io.MultiReader(bytes.NewReader(every), iotest.ErrReader(errors.New("read on"))), idAlphabet, 204)
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Repeat(idAlphabet, 7)[:204]; text != want {
		t.Errorf("got  %s\nwant %s", text, want)
	}
	skipped, err := randomText(io.MultiReader(bytes.NewReader([]byte{255, 254, 253, 252, 35, 0, 36}), bytes.NewReader(every)), idAlphabet, 3)
	if err != nil || skipped != "z00" {
		t.Errorf("got %q, %v", skipped, err)
	}
}

func TestWithoutRandomness(t *testing.T) {
	t.Parallel()
	broken := iotest.ErrReader(io.ErrClosedPipe)
	if _, err := NewID(broken); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("identifier: %v", err)
	}
	if _, err := NewSigningKey(broken); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("signing key: %v", err)
	}
	if _, err := NewSuffixes(broken, 2); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("suffixes: %v", err)
	}
	if _, err := NewID(strings.NewReader("too short")); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("short read: %v", err)
	}
}

func TestSuffixes(t *testing.T) {
	t.Parallel()
	suffix, err := NewSuffixes(rand.Reader, 100)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for i := range 100 {
		s := suffix(i)
		if len(s) != SuffixLength || strings.Trim(s, idAlphabet) != "" || seen[s] || suffix(i) != s {
			t.Fatalf("suffix %d: %q", i, s)
		}
		seen[s] = true
	}
}

// TestSequence moves the clock at will: numbers ascend without a gap within a call.
func TestSequence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		last := rapid.Int64Range(0, NumberAt(noon)).Draw(t, "last")
		sequence := NewSequence(last)
		lastID := FormatID(last, strings.Repeat("z", SuffixLength))
		for range rapid.IntRange(1, 50).Draw(t, "calls") {
			now := noon.Add(time.Duration(rapid.Int64Range(-int64(time.Hour), int64(time.Hour)).Draw(t, "clock")))
			n := rapid.IntRange(1, 2000).Draw(t, "n")
			first := sequence.Take(now, n)
			if first <= last || first < NumberAt(now) {
				t.Fatalf("first %d after %d at %v", first, last, now)
			}
			if first != last+1 && first != NumberAt(now) {
				t.Fatalf("first %d is neither next to %d nor the present", first, last)
			}
			if NumberTime(first).Before(now.Truncate(time.Millisecond)) {
				t.Fatalf("%d stands for %v, before %v", first, NumberTime(first), now)
			}
			last = first + int64(n) - 1
			if id := FormatID(first, strings.Repeat("0", SuffixLength)); id <= lastID {
				t.Fatalf("%s does not come after %s", id, lastID)
			}
			lastID = FormatID(last, strings.Repeat("z", SuffixLength))
		}
	})
}

// highest is the highest number that an identifier holds: 36^10 - 1.
const highest = 3656158440062975

func TestIdentifierThereAndBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Int64Range(0, highest).Draw(t, "number")
		suffix := rapid.StringOfN(rapid.RuneFrom([]rune(idAlphabet)), SuffixLength, SuffixLength, -1).Draw(t, "suffix")
		id := FormatID(number, suffix)
		if gotNumber, gotSuffix, ok := ParseID(id); !ok || gotNumber != number || gotSuffix != suffix || len(id) != 21 {
			t.Fatalf("%s is read as %d %q %t", id, gotNumber, gotSuffix, ok)
		}
		other := rapid.Int64Range(0, highest).Draw(t, "other")
		if number != other && (number < other) != (id < FormatID(other, suffix)) {
			t.Fatalf("%d and %d are in another order as identifiers", number, other)
		}
	})
	if lasts := time.UnixMilli(highest / perMillisecond); lasts.Year() < 2190 {
		t.Errorf("identifiers run out in %v", lasts)
	}
}

func FuzzParseID(f *testing.F) {
	for _, id := range []string{"", "0", strings.Repeat("0", 21), strings.Repeat("z", 21), strings.Repeat("Z", 21), strings.Repeat("z", 22), "000000000\x00abcdefghijk", "0000000000abcdefghij\u00e9"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		number, suffix, ok := ParseID(id)
		if valid := len(id) == 21 && strings.Trim(id, idAlphabet) == ""; ok != valid {
			t.Fatalf("%q: ok %t", id, ok)
		}
		if ok && FormatID(number, suffix) != id {
			t.Fatalf("%q becomes %q", id, FormatID(number, suffix))
		}
		if !ok && (number != 0 || suffix != "") {
			t.Fatalf("%q is refused with %d and %q", id, number, suffix)
		}
	})
}
