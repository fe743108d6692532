package httpapi

import (
	"context"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// call is one request on its way. It is the ResponseWriter that handlers get, so
// that the hot path needs no context value to find it.
type call struct {
	http.ResponseWriter
	request *http.Request
	// wrote says that the answer has begun.
	wrote bool
	// id names the request in the answer and in the log.
	id string
	// caller is nobody on public routes.
	caller
	// body is what was read of the request.
	body []byte
	// lines says that the body is one JSON document per line.
	lines bool
	// mayManage says that the caller may see secrets.
	mayManage bool
}

// WriteHeader begins the answer.
func (c *call) WriteHeader(status int) {
	c.wrote = true
	c.ResponseWriter.WriteHeader(status)
}

// Write goes on with the answer, or begins it.
func (c *call) Write(b []byte) (int, error) {
	c.wrote = true
	return c.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (c *call) Unwrap() http.ResponseWriter { return c.ResponseWriter }

type callKey struct{}

// callOf finds the call of an operation.
func callOf(ctx context.Context) *call { return ctx.Value(callKey{}).(*call) }

// bodyRule is what a route takes as a body.
type bodyRule struct {
	// limit is the greatest length; 0 leaves a body unread.
	limit int64
	// code is the answer's to a longer one.
	code string
	// lines accepts application/x-ndjson too.
	lines bool
	// form takes a form in place of JSON.
	form bool
	// within is how long the body may take to arrive; 0 leaves that to the server.
	within time.Duration
}

// guard lets a request through to its handler: first the credential, then the
// query, then the body.
func (a *api) guard(r route, parameters []*huma.Param, handle func(*call)) http.Handler {
	names := pathNames(r.path)
	return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		textInPath(request, names)
		c := w.(*call)
		c.request = request
		if p := a.admit(r, parameters, c); p != nil {
			writeProblem(c, p)
			return
		}
		if r.body.limit > 0 {
			reserved, p := a.readBodyInTime(c, r.body)
			defer a.budget.release(reserved)
			if p != nil {
				writeProblem(c, p)
				return
			}
		}
		handle(c)
	})
}

func (a *api) admit(r route, parameters []*huma.Param, c *call) *problem {
	if r.scope != public {
		if p := a.authenticate(c, r.scope); p != nil {
			return p
		}
	} else if strings.HasPrefix(r.path, "/api/") {
		// Nobody is to be signed in by another site.
		if p := a.checkOrigin(c.request, false); p != nil {
			return p
		}
	}
	c.request = plainQuery(c.request)
	if p := checkQuery(c.request, parameters, r.isLogtos()); p != nil {
		return p
	}
	if r.body.limit > 0 {
		return checkMediaType(c, r.body)
	}
	return nil
}

// checkQuery refuses a known parameter that is given twice or holds bytes that are
// no text, in the words of Logto or in ours. Unknown parameters are ignored.
func checkQuery(r *http.Request, parameters []*huma.Param, logtos bool) *problem {
	if len(parameters) == 0 || r.URL.RawQuery == "" {
		return nil
	}
	query := r.URL.Query()
	if slices.ContainsFunc(parameters, func(p *huma.Param) bool { return p.Name == "page" }) {
		// As in Logto, ahead of the other parameters.
		if _, _, err := (NumberedPages{integer(query.Get("page")), integer(query.Get("page_size"))}).page(); err != nil {
			return errPagination
		}
	}
	for _, p := range parameters {
		values := query[p.Name]
		repeatable := p.Schema != nil && p.Schema.Type == huma.TypeArray
		repeated := len(values) > 1 && !repeatable
		switch {
		case !repeated && !slices.ContainsFunc(values, isNoText):
		case p.Name == "page" || p.Name == "page_size":
			return errPagination
		case !logtos && repeated:
			return invalidParameter(p.Name, "repeated", p.Name+" is given more than once.")
		case !logtos:
			return invalidParameter(p.Name, "not_text", p.Name+" holds bytes that are no text in UTF-8, or a NUL.")
		case repeated:
			return invalidQuery(typeIssue{Code: "invalid_type", Expected: "string", Received: "array", Path: []any{p.Name}, Message: "Expected string, received array"})
		default:
			return invalidQuery(customIssue{Code: "custom", Path: []any{p.Name}, Message: "The value is not text."})
		}
	}
	return nil
}

// isNoText finds what no column of text may be compared with.
func isNoText(s string) bool { return !utf8.ValidString(s) || strings.ContainsRune(s, 0) }

// checkMediaType looks at what the body says of itself, before it is read.
func checkMediaType(c *call, rule bodyRule) *problem {
	h := c.request.Header
	if len(h["Content-Encoding"]) > 0 {
		return errContentEncoding
	}
	switch types := h["Content-Type"]; {
	case len(types) != 1:
		return errMediaType(rule)
	case !rule.form && (types[0] == "application/json" || types[0] == jsonType):
		return nil
	default:
		return checkOddMediaType(c, types[0], rule)
	}
}

func checkOddMediaType(c *call, given string, rule bodyRule) *problem {
	media, parameters, err := mime.ParseMediaType(given)
	if charset, ok := parameters["charset"]; err != nil || ok && !strings.EqualFold(charset, "utf-8") {
		return errMediaType(rule)
	}
	switch {
	case rule.form:
		if media == "application/x-www-form-urlencoded" {
			return nil
		}
		return errMediaType(rule)
	case media == "application/json":
		return nil
	case media == "application/x-ndjson" && rule.lines:
		c.lines = true
		return nil
	default:
		return errMediaType(rule)
	}
}
