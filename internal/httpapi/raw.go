package httpapi

import (
	"fmt"
	"math"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// rawOutput is bytes as they are, for saving to a file: no browser is to show them.
type rawOutput struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// rawMedia is what bytes are answered as, whatever they hold: as the document says.
const rawMedia = "application/octet-stream"

// raw answers the bytes, or only the first limit of them.
func raw(content []byte, limit integer, name string) (*rawOutput, error) {
	if limit != "" {
		n, ok := limit.value(0, math.MaxInt32)
		if !ok {
			return nil, invalidParameter("limit", "out_of_range", "limit is a number of bytes.")
		}
		content = content[:min(int(n), len(content))]
	}
	return &rawOutput{ContentType: rawMedia, Disposition: fmt.Sprintf("attachment; filename=%q", name), Body: content}, nil
}

// rawContent describes an operation that answers bytes.
func rawContent(op *huma.Operation) {
	op.DefaultStatus = http.StatusOK
	op.Responses = map[string]*huma.Response{"200": {
		Description: "The bytes as they are",
		Content: map[string]*huma.MediaType{
			rawMedia: {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}},
		},
	}}
}

// instant is a time in our own answers: RFC 3339 in UTC, to the millisecond.
type instant time.Time

const instantFormat = "2006-01-02T15:04:05.000Z"

// Schema describes the time.
func (instant) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
}

// MarshalJSON writes the time.
func (i instant) MarshalJSON() ([]byte, error) {
	return time.Time(i).UTC().AppendFormat(nil, `"`+instantFormat+`"`), nil
}

func instantOf(t *time.Time) *instant {
	if t == nil || t.IsZero() {
		return nil
	}
	i := instant(*t)
	return &i
}
