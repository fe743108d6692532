package httpapi

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/tidingshq/tidings/internal/webhook"
)

const jsonType = "application/json; charset=utf-8"

// route is a row of the table.
type route struct {
	method, path string
	// scope is what the caller must have; public needs no credential.
	scope webhook.Scope
	// operation names the route in the OpenAPI document.
	operation string
	body      bodyRule
	handler   mounter
}

// isLogtos says whether the route is one that Logto's clients use.
func (r route) isLogtos() bool {
	return strings.HasPrefix(r.path, "/api/hooks") || strings.HasPrefix(r.path, "/api/logs")
}

// mounter puts a handler behind the guard of its route.
type mounter func(a *api, r route)

// plain mounts a handler that reads and writes bytes.
func plain(handle func(c *call)) mounter {
	return func(a *api, r route) { a.mux.Handle(r.method+" "+r.path, a.guard(r, nil, handle)) }
}

// operation mounts a handler whose answer huma writes. What the handler cannot do
// is an error; problemOf decides on status and code.
func operation[I, O any](handle func(ctx context.Context, c *call, in *I) (*O, error), change ...func(*huma.Operation)) mounter {
	return func(a *api, r route) {
		op := huma.Operation{
			Method: r.method, Path: r.path, OperationID: r.operation,
			// Limits and types of parameters are checked by us, who know the answers
			// that Logto's clients expect.
			SkipValidateParams: true,
			Metadata:           map[string]any{routeKey: r},
		}
		for _, c := range change {
			c(&op)
		}
		huma.Register(a.described, op, func(ctx context.Context, in *I) (*O, error) {
			c := callOf(ctx)
			out, err := handle(ctx, c, in)
			if err != nil {
				return nil, a.problemOf(c, err)
			}
			return out, nil
		})
	}
}

// created makes an operation answer 201.
func created(op *huma.Operation) { op.DefaultStatus = http.StatusCreated }

// accepted makes an operation answer 202.
func accepted(op *huma.Operation) { op.DefaultStatus = http.StatusAccepted }

const routeKey = "route"

// mountAll mounts the table, and for each of its paths the answer to the methods
// that it does not have.
func (a *api) mountAll() {
	setHumaDefaults()
	config := humaConfig()
	if a.schemas != nil {
		config.Components = &huma.Components{Schemas: a.schemas}
	}
	a.described = huma.NewAPI(config, adapter{a})
	allowed := map[string][]string{}
	for _, r := range a.routes() {
		r.handler(a, r)
		if r.method == http.MethodGet {
			allowed[r.path] = append(allowed[r.path], http.MethodHead)
		}
		allowed[r.path] = append(allowed[r.path], r.method)
	}
	// A mux of its own: in one mux the path of a route without methods and the
	// wildcard of another with one can be in conflict.
	paths := http.NewServeMux()
	for path, methods := range allowed {
		paths.Handle(path, otherMethods(strings.Join(methods, ", ")))
	}
	paths.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { writeProblem(w, errNoRoute) })
	a.mux.Handle("/", paths)
}

func otherMethods(allow string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Allow", allow)
		if r.Method == http.MethodOptions {
			return
		}
		writeProblem(w, errMethod)
	}
}

// adapter hands huma's operations to the mux, behind the guard.
type adapter struct{ api *api }

func (m adapter) Handle(op *huma.Operation, handle func(huma.Context)) {
	r, ok := op.Metadata[routeKey].(route)
	if !ok {
		panic("operation " + op.OperationID + " is not in the route table")
	}
	m.api.mux.Handle(r.method+" "+r.path, m.api.guard(r, op.Parameters, func(c *call) {
		ctx := context.WithValue(c.request.Context(), callKey{}, c)
		answer := func() { handle(humago.NewContext(op, c.request.WithContext(ctx), c)) }
		if isHeavy(op) {
			light := answer
			answer = func() { m.api.inTurn(c, light) }
		}
		if isTagged(op) {
			withTag(c, answer)
			return
		}
		answer()
	}))
}

func (m adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.api.ServeHTTP(w, r) }

// humaConfig turns off what huma serves on its own: documents, schemas, links.
func humaConfig() huma.Config {
	return huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info:    &huma.Info{Title: "Tidings", Version: "1"},
		},
		Formats:       map[string]huma.Format{jsonType: {Marshal: writeJSON, Unmarshal: json.Unmarshal}},
		DefaultFormat: jsonType,
	}
}

// setHumaDefaults sets what huma keeps in package variables, once, before the
// first API exists.
var setHumaDefaults = sync.OnceFunc(func() {
	huma.NewError = problemOfHuma
	huma.DefaultArrayNullable = false
})

// problemOfHuma is the answer to what huma itself finds wrong.
func problemOfHuma(status int, message string, errs ...error) huma.StatusError {
	if status == http.StatusUnprocessableEntity {
		status = http.StatusBadRequest
	}
	p := &problem{status: status, Code: codeInvalidInput, Message: message}
	if status >= http.StatusInternalServerError {
		return &problem{status: status, Code: codeInternal, Message: internalMessage}
	}
	var found []issue
	for _, err := range errs {
		if detail, ok := err.(huma.ErrorDetailer); ok {
			d := detail.ErrorDetail()
			found = append(found, ownIssue{Path: d.Location, Code: "invalid", Message: d.Message})
		}
	}
	if len(found) > 0 {
		p.Data = issueList{Issues: found}
	}
	return p
}

// writeJSON writes v as JavaScript would: no escaping of <, > and &, no newline.
func writeJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(lineless{w})
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// lineless passes on what is written but for the newline at its end. An encoder
// writes a document in one piece.
type lineless struct{ io.Writer }

func (l lineless) Write(b []byte) (int, error) {
	n, err := l.Writer.Write(bytes.TrimSuffix(b, []byte("\n")))
	if err != nil {
		return n, err
	}
	return len(b), nil
}
