package httpapi

import (
	"encoding/base64"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// integer is a query parameter that should be one. It is taken as text, because
// what is said about a bad value differs from route to route.
type integer string

// Schema describes the parameter.
func (integer) Schema(huma.Registry) *huma.Schema { return &huma.Schema{Type: huma.TypeInteger} }

// value is the integer, if it is one from low to high in its plain spelling.
func (i integer) value(low, high int64) (int64, bool) {
	n, err := strconv.ParseInt(string(i), 10, 64)
	if err != nil || n < low || n > high || string(i) != strconv.FormatInt(n, 10) {
		return 0, false
	}
	return n, true
}

const (
	defaultPageSize = 20
	maxPageSize     = 100
	// maxPage keeps the offset of a page within an integer.
	maxPage = math.MaxInt32
	// countCap is where counting stops when a caller asks for that.
	countCap = 10_000
)

// NumberedPages is the query of lists that Logto divides into numbered pages.
// It is exported for package huma, which sees embedded structs only then.
type NumberedPages struct {
	Page     integer `query:"page"`
	PageSize integer `query:"page_size"`
}

// page is one of the numbered pages.
type page struct {
	number, size int
}

func (p page) offset() int { return (p.number - 1) * p.size }

// page reads the query; asked is false if neither parameter is there.
func (q NumberedPages) page() (p page, asked bool, err error) {
	p = page{number: 1, size: defaultPageSize}
	if q.Page != "" {
		n, ok := q.Page.value(1, maxPage)
		if !ok {
			return p, true, errPagination
		}
		p.number = int(n)
	}
	if q.PageSize != "" {
		n, ok := q.PageSize.value(1, maxPageSize)
		if !ok {
			return p, true, errPagination
		}
		p.size = int(n)
	}
	return p, q.Page != "" || q.PageSize != "", nil
}

// pageHeaders tells a client about the pages around this one.
type pageHeaders struct {
	Total  string   `header:"Total-Number"`
	Capped string   `header:"Total-Number-Is-Capped"`
	Link   []string `header:"Link"`
}

// headersOf makes the headers of a page of total entries. With capped there are
// more than total, and nobody knows which page is the last.
func (a *api) headersOf(c *call, p page, total int, capped bool) pageHeaders {
	link := func(number int, rel string) string {
		return "<" + a.pageURL(c, number) + `>; rel="` + rel + `"`
	}
	last := max(1, (total+p.size-1)/p.size)
	h := pageHeaders{Total: strconv.Itoa(total), Link: []string{link(1, "first")}}
	if p.number > 1 {
		h.Link = append(h.Link, link(p.number-1, "prev"))
	}
	if capped {
		h.Total, h.Capped = strconv.Itoa(total+1), "true"
		return h
	}
	h.Link = append(h.Link, link(last, "last"))
	if p.number < last {
		h.Link = append(h.Link, link(p.number+1, "next"))
	}
	return h
}

// pageURL is the URL of this request with another page; the order of its query
// stays.
func (a *api) pageURL(c *call, number int) string {
	var pairs []string
	found := false
	for pair := range strings.SplitSeq(c.request.URL.RawQuery, "&") {
		if pair == "" {
			continue
		}
		name, value := unescapePair(pair)
		if name == "page" {
			value, found = strconv.Itoa(number), true
		}
		pairs = append(pairs, formEscape(name)+"="+formEscape(value))
	}
	if !found {
		pairs = append(pairs, "page="+strconv.Itoa(number))
	}
	origin := url.URL{Scheme: a.BaseURL.Scheme, Host: a.BaseURL.Host}
	return origin.String() + a.prefix + c.request.URL.EscapedPath() + "?" + strings.Join(pairs, "&")
}

// isYes says whether a flag of Logto's query is on.
func isYes(flag string) bool {
	return slices.Contains([]string{"1", "true", "y", "yes", "yep", "yeah"}, strings.ToLower(flag))
}

// CursorPages is the query of our own lists; exported like NumberedPages.
type CursorPages struct {
	Cursor string  `query:"cursor"`
	Limit  integer `query:"limit"`
	From   string  `query:"from"`
	To     string  `query:"to"`
}

const (
	defaultLimit = 50
	maxLimit     = 100
	// cursorMark begins a cursor, so that one of another kind is told from it.
	cursorMark = "1:"
)

// span is what CursorPages asks for. before is the identifier to go on behind.
type span struct {
	before   string
	limit    int
	from, to time.Time
}

func (q CursorPages) span() (span, error) {
	s := span{limit: defaultLimit}
	if q.Limit != "" {
		n, ok := q.Limit.value(1, maxLimit)
		if !ok {
			return s, invalidParameter("limit", "out_of_range", "limit is an integer from 1 to "+strconv.Itoa(maxLimit)+".")
		}
		s.limit = int(n)
	}
	if q.Cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(q.Cursor)
		id, ok := strings.CutPrefix(string(raw), cursorMark)
		if err != nil || !ok || !isID(id) {
			return s, invalidParameter("cursor", "invalid", "The cursor is not one that was given out. Start without it.")
		}
		s.before = id
	}
	var err error
	if s.from, err = instantParameter("from", q.From); err != nil {
		return s, err
	}
	s.to, err = instantParameter("to", q.To)
	return s, err
}

func cursorOf(id string) string { return base64.RawURLEncoding.EncodeToString([]byte(cursorMark + id)) }

// maxMillis is the latest time that JavaScript can hold, in Unix milliseconds.
const maxMillis = 8_640_000_000_000_000

// The first and the last time that RFC 3339 can hold, in Unix milliseconds: our own
// answers write every time so.
const firstInstant, lastInstant = -62_167_219_200_000, 253_402_300_799_999

// instantParameter reads a time given in RFC 3339 or in Unix milliseconds.
func instantParameter(name, given string) (time.Time, error) {
	if given == "" {
		return time.Time{}, nil
	}
	if millis, ok := integer(given).value(0, lastInstant); ok {
		return time.UnixMilli(millis).UTC(), nil
	}
	t, err := time.Parse(time.RFC3339, given)
	if err != nil || t.UnixMilli() < 0 || t.UnixMilli() > lastInstant {
		return time.Time{}, invalidParameter(name, "invalid", name+" is a time in RFC 3339 or in Unix milliseconds.")
	}
	return t.UTC(), nil
}

// isID says whether an identifier can exist. What cannot is not looked for.
func isID(id string) bool {
	if len(id) != 21 {
		return false
	}
	for _, c := range []byte(id) {
		if (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}

// cut takes the page off a list that was read with one entry more than asked.
func cut[T any](rows []T, limit int, id func(T) string) (kept []T, next string) {
	if len(rows) <= limit {
		return rows, ""
	}
	return rows[:limit], cursorOf(id(rows[limit-1]))
}
