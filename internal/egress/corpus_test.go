package egress

import (
	"context"
	"errors"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"
)

// corpusRow is a row of testdata/ssrf.tsv; the file's header says what the fields mean.
type corpusRow struct {
	url, verdict, stage, note string
}

// readCorpus reads the corpus and, in the same form, more members of its groups.
func readCorpus(t *testing.T) []corpusRow {
	t.Helper()
	return append(readRows(t, "testdata/ssrf.tsv", 150), readRows(t, "testdata/ssrf-more.tsv", 400)...)
}

func readRows(t *testing.T, file string, atLeast int) []corpusRow {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var rows []corpusRow
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		f := strings.Split(line, "\t")
		raw, err := strconv.Unquote(`"` + f[0] + `"`)
		if err != nil || len(f) != 4 {
			t.Fatalf("row %q: %v", line, err)
		}
		rows = append(rows, corpusRow{raw, f[1], f[2], f[3]})
	}
	if len(rows) < atLeast {
		t.Fatalf("%s has only %d rows", file, len(rows))
	}
	return rows
}

// tokens are the words key=value at the start of a note.
func (r corpusRow) tokens() map[string]string {
	tokens := map[string]string{}
	machine, _, _ := strings.Cut(r.note, ";")
	for _, word := range strings.Fields(machine) {
		if key, value, found := strings.Cut(word, "="); found {
			tokens[key] = value
		}
	}
	return tokens
}

func TestCorpusCreate(t *testing.T) {
	t.Parallel()
	g := New(Options{Resolver: noResolver{t}})
	for _, row := range readCorpus(t) {
		target, err := g.Check(row.url)
		wantAllow := row.stage == "dial" || row.verdict == "allow"
		if (err == nil) != wantAllow {
			t.Errorf("%q (%s): got error %v, want %s", row.url, row.note, err, row.verdict)
			continue
		}
		if err != nil {
			continue
		}
		if want, _, _ := strings.Cut(row.url, "#"); target.Stored != want {
			t.Errorf("%q: stored as %q", row.url, target.Stored)
		}
		if target.DevAddress {
			t.Errorf("%q: marked as a development address", row.url)
		}
	}
}

func TestCorpusDial(t *testing.T) {
	t.Parallel()
	for _, row := range readCorpus(t) {
		tokens := row.tokens()
		// What the endpoint answers is not the dialer's business: redirects and headers
		// are tested where the answer is read.
		if row.stage != "dial" || tokens["redirect"] != "" || tokens["header"] != "" {
			continue
		}
		first, second := parseAnswer(t, tokens["dns"]), parseAnswer(t, tokens["dns2"])
		g, calls := newRecorded(t, Options{Resolver: &scriptedResolver{answers: [][]netip.Addr{first, second}}})
		target, err := g.Check(row.url)
		if err != nil {
			t.Errorf("%q: %v", row.url, err)
			continue
		}
		_, _, err = g.Dial(context.Background(), target)
		if second != nil {
			assertDialled(t, calls, first[0], err)
			_, _, err = g.Dial(context.Background(), target)
		}
		if row.verdict == "allow" {
			assertDialled(t, calls, first[0], err)
			continue
		}
		var dialErr *DialError
		if !errors.As(err, &dialErr) || dialErr.Kind != KindBlocked {
			t.Errorf("%q (%s): got %v, want blocked", row.url, row.note, err)
		}
		if got := calls.take(); len(got) != 0 {
			t.Errorf("%q (%s): dialled %v", row.url, row.note, got)
		}
	}
}

func parseAnswer(t *testing.T, text string) []netip.Addr {
	t.Helper()
	if text == "" {
		return nil
	}
	var addrs []netip.Addr
	for a := range strings.SplitSeq(text, ",") {
		addr, err := netip.ParseAddr(a)
		if err != nil {
			t.Fatal(err)
		}
		addrs = append(addrs, addr)
	}
	return addrs
}

func assertDialled(t *testing.T, calls *recorder, want netip.Addr, err error) {
	t.Helper()
	if err != nil {
		t.Errorf("dial: %v", err)
	}
	got := calls.take()
	if wanted := netip.AddrPortFrom(want.Unmap(), 443).String(); len(got) != 1 || got[0] != wanted {
		t.Errorf("dialled %v, want %s", got, wanted)
	}
}
