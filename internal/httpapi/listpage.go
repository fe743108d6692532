package httpapi

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
)

// ListPages is the query of lists that are short enough to be read whole; exported
// like NumberedPages.
type ListPages struct {
	Cursor string  `query:"cursor"`
	Limit  integer `query:"limit"`
}

// listPlace is where an entry stands in a list, newest first. It keeps its meaning when
// the entry goes.
type listPlace struct {
	millis int64
	id     string
}

func (p listPlace) compare(q listPlace) int {
	return cmp.Or(cmp.Compare(q.millis, p.millis), strings.Compare(p.id, q.id))
}

// placeMark begins a cursor of such a list.
const placeMark = "2:"

func (p listPlace) cursor() string {
	return base64.RawURLEncoding.EncodeToString([]byte(placeMark + strconv.FormatInt(p.millis, 10) + ":" + p.id))
}

func parsePlace(cursor string) (listPlace, error) {
	raw, errRaw := base64.RawURLEncoding.DecodeString(cursor)
	text, marked := strings.CutPrefix(string(raw), placeMark)
	number, id, _ := strings.Cut(text, ":")
	millis, err := strconv.ParseInt(number, 10, 64)
	if errRaw != nil || err != nil || !marked {
		return listPlace{}, invalidParameter("cursor", "invalid", "The cursor is not one that was given out. Start without it.")
	}
	return listPlace{millis, id}, nil
}

// cutPage sorts a list and cuts a page out of it; next is empty on the last.
func cutPage[T any](all []T, q ListPages, placeOf func(*T) listPlace) (page []T, next string, err error) {
	limit := int64(defaultLimit)
	if q.Limit != "" {
		var ok bool
		if limit, ok = q.Limit.value(1, maxLimit); !ok {
			return nil, "", invalidParameter("limit", "out_of_range", "limit is an integer from 1 to "+strconv.Itoa(maxLimit)+".")
		}
	}
	slices.SortFunc(all, func(a, b T) int { return placeOf(&a).compare(placeOf(&b)) })
	if q.Cursor != "" {
		after, err := parsePlace(q.Cursor)
		if err != nil {
			return nil, "", err
		}
		all = slices.DeleteFunc(all, func(t T) bool { return placeOf(&t).compare(after) <= 0 })
	}
	if int64(len(all)) > limit {
		all = all[:limit]
		next = placeOf(&all[limit-1]).cursor()
	}
	return all, next, nil
}
