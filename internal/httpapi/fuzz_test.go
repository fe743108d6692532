package httpapi

import (
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/tidingshq/tidings/internal/ingest"
	"github.com/tidingshq/tidings/internal/webhook"
)

// FuzzPagination holds that a page that is accepted lies within the bounds, and that
// the links around it are URLs of this API that hold the page once.
func FuzzPagination(f *testing.F) {
	for _, seed := range [][3]string{
		{"", "", ""},
		{"1", "20", "page=1&page_size=20"},
		{"0", "0", ""},
		{"2147483647", "100", "page=2147483647"},
		{"2147483648", "101", ""},
		{"01", "+1", "page=01"},
		{"1e1", "-1", "a=%zz&page=3&%"},
		{"3", "7", "q=\r\nX: y&page=3;page=4&=&&page"},
		{"5", "", "q=%00%ff&a=b=c#d"},
	} {
		f.Add(seed[0], seed[1], seed[2], uint32(7))
	}
	a := &api{Options: Options{BaseURL: &url.URL{Scheme: "https", Host: "api.example.com", Path: "/prefix"}}, prefix: "/prefix"}
	f.Fuzz(func(t *testing.T, number, size, query string, total uint32) {
		p, asked, err := NumberedPages{Page: integer(number), PageSize: integer(size)}.page()
		if err != nil {
			return
		}
		if p.number < 1 || p.size < 1 || p.size > maxPageSize || p.offset() < 0 || p.offset() > math.MaxInt32*maxPageSize || asked != (number+size != "") {
			t.Fatalf("%q, %q: %+v", number, size, p)
		}
		if number != "" && strconv.Itoa(p.number) != number || size != "" && strconv.Itoa(p.size) != size {
			t.Fatalf("%q, %q is read as %+v", number, size, p)
		}
		r := httptest.NewRequest(http.MethodGet, "/api/hooks", http.NoBody)
		r.URL.RawQuery = query
		for _, link := range a.headersOf(&call{request: r}, p, int(total), total%2 == 0).Link {
			assertLink(t, link)
		}
	})
}

func assertLink(t *testing.T, link string) {
	t.Helper()
	raw, _, found := strings.Cut(strings.TrimPrefix(link, "<"), `>; rel="`)
	u, err := url.Parse(raw)
	if err != nil || !found || u.Host != "api.example.com" || u.Path != "/prefix/api/hooks" || strings.ContainsAny(link, "\r\n\x00") {
		t.Fatalf("%q: %v", link, err)
	}
	if n, err := strconv.Atoi(u.Query().Get("page")); err != nil || n < 1 {
		t.Fatalf("%q leads to page %d: %v", link, n, err)
	}
}

// FuzzCursor holds that a cursor that is accepted names a place, and the same one
// when it is given out again.
func FuzzCursor(f *testing.F) {
	const id = "0123456789abcdefghijk"
	for _, seed := range []string{"", "x", cursorOf(id), cursorOf(id) + "\n", cursorOf("' OR 1=1 --"), listPlace{17, id}.cursor(), listPlace{math.MinInt64, ""}.cursor(), "MTo", "Mjo6", "\x00", "===="} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, cursor string) {
		if s, err := (CursorPages{Cursor: cursor}).span(); err == nil && cursor != "" {
			again, err := CursorPages{Cursor: cursorOf(s.before)}.span()
			if err != nil || again != s || !isID(s.before) {
				t.Fatalf("%q: %+v, again %+v, %v", cursor, s, again, err)
			}
		}
		if p, err := parsePlace(cursor); err == nil {
			if again, err := parsePlace(p.cursor()); err != nil || again != p {
				t.Fatalf("%q: %+v, again %+v, %v", cursor, p, again, err)
			}
		}
	})
}

// FuzzTimeWindow holds that a time that is accepted fits a column of Unix
// milliseconds and JavaScript, and one of our own API also RFC 3339.
func FuzzTimeWindow(f *testing.F) {
	for _, seed := range []string{
		"", "0", "-1", "1e3", "8640000000000000", "8640000000000001", "9223372036854775808", "2026-11-23T12:00:00Z", "2026-11-23T12:00:00.123456789+14:00",
		"9999-12-31T23:59:59-23:59", "0000-01-01T00:00:00Z", "1970-01-01T00:00:00+23:59", "2026-02-30T00:00:00Z", "\u0661",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		check := func(latest int64, at time.Time, err error) {
			if ms := at.UnixMilli(); err == nil && !at.IsZero() && (ms < 0 || ms > latest || at.Location() != time.UTC) {
				t.Fatalf("%q is read as %v", given, at)
			}
		}
		own, err := instantParameter("from", given)
		check(lastInstant, own, err)
		logtos, err := logTime("start_time", integer(given), true)
		check(maxMillis, logtos, err)
	})
}

// FuzzIdempotencyKey holds that a key is taken as it is or not at all.
func FuzzIdempotencyKey(f *testing.F) {
	for _, seed := range []string{"", "a", strings.Repeat("k", 255), strings.Repeat("k", 256), "a b~", "\t", "\x7f", "\u00e9", "a\r\nb", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		key, p := idempotencyKey(http.Header{"Idempotency-Key": {given}})
		printable := strings.IndexFunc(given, func(r rune) bool { return r < ' ' || r > '~' }) < 0
		valid := given != "" && len(given) <= ingest.MaxIdempotencyKey && printable
		if (p == nil) != valid || valid && key != given {
			t.Fatalf("%q: key %q, problem %v", given, key, p)
		}
	})
}

// FuzzID holds that the two places that look at identifiers agree.
func FuzzID(f *testing.F) {
	for _, seed := range []string{"", "0", strings.Repeat("0", 21), strings.Repeat("Z", 21), strings.Repeat("z", 22), "0123456789abcdefghij\x00", "0123456789abcdefghi\u00e9"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, given string) {
		if _, _, ok := webhook.ParseID(given); ok != isID(given) {
			t.Fatalf("%q: %t and %t", given, ok, isID(given))
		}
	})
}
