package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	contract "github.com/tidingshq/tidings/api"
)

// description is what the OpenAPI document says of an operation beyond what its
// row in the table and its Go types say.
type description struct {
	tag     string
	summary string
	text    string
	// body is a value of the type of the request's body, nil if it has none.
	body any
	// media are the types of the body if they are not JSON alone.
	media []string
	// parameters are those that mean something else here than elsewhere, or that the
	// handler reads by itself.
	parameters map[string]parameter
	// answer is a value of the type of a success that the handler writes by itself,
	// and status the status of it, 200 if it is 0.
	answer any
	status int
	// produces is the type of such an answer if it is not JSON.
	produces string
	// refused is a value of the type of a 400 that has another shape than elsewhere.
	refused any
	// empty says that what is not there is answered like what is empty.
	empty bool
	// others are statuses that do not follow from the route.
	others []int
}

// parameter describes a parameter by its name.
type parameter struct {
	text     string
	enum     []any
	from, to float64
	fallback any
	// in is header or query for one that the handler reads by itself.
	in string
}

// describer makes the OpenAPI document.
type describer struct {
	oapi     *huma.OpenAPI
	schemas  huma.Registry
	examples map[string]contract.Example
}

// describe makes the OpenAPI document from the table, the types of the handlers, the
// descriptions and the examples. It panics on a type that cannot be described.
func describe(examples map[string]contract.Example) ([]byte, error) {
	a := &api{mux: http.NewServeMux(), schemas: huma.NewMapRegistry("#/components/schemas/", schemaName)}
	registerEnums(a.schemas)
	a.mountAll()
	d := &describer{oapi: a.described.OpenAPI(), schemas: a.schemas, examples: examples}
	d.head()
	all := descriptions()
	for _, r := range a.routes() {
		about, ok := all[r.operation]
		if !ok {
			return nil, fmt.Errorf("%s %s: operation %s has no description", r.method, r.path, r.operation)
		}
		if err := d.describe(r, about); err != nil {
			return nil, fmt.Errorf("describe %s: %w", r.operation, err)
		}
	}
	for _, s := range d.schemas.Map() {
		// Members that a client does not know may be added; what is sent beyond the
		// known ones is ignored.
		if s.AdditionalProperties == false {
			s.AdditionalProperties = nil
		}
	}
	return printDocument(d.oapi)
}

func printDocument(document *huma.OpenAPI) ([]byte, error) {
	raw, err := json.Marshal(document)
	if err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	// Plain characters instead of \u003c, and one line for each value.
	for _, c := range []string{"<", ">", "&"} {
		raw = bytes.ReplaceAll(raw, fmt.Appendf(nil, `\u%04x`, c[0]), []byte(c))
	}
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "  "); err != nil {
		return nil, fmt.Errorf("write document: %w", err)
	}
	out.WriteByte('\n')
	return out.Bytes(), nil
}

// describe completes one operation.
func (d *describer) describe(r route, about description) error {
	op := d.find(r)
	if op == nil {
		// The handler writes its answer itself: huma knows nothing of it.
		op = &huma.Operation{Method: r.method, Path: r.path, OperationID: r.operation, Responses: map[string]*huma.Response{}}
		d.pathParameters(op, r)
		d.oapi.AddOperation(op)
		op = d.find(r)
	}
	op.Summary, op.Description, op.Tags = about.summary, about.text, []string{about.tag}
	op.Security = []map[string][]string{}
	if r.scope != public {
		if r.scope != person {
			op.Security = append(op.Security, map[string][]string{"apiKey": {}}, map[string][]string{"accessToken": {}})
		}
		op.Security = append(op.Security, map[string][]string{"session": {}})
		op.Description = strings.TrimSpace(op.Description + "\n\n" + scopeText(r.scope))
	}
	if err := d.parameters(op, about); err != nil {
		return err
	}
	example, ok := d.examples[r.operation]
	if !ok {
		return fmt.Errorf("there is no example api/examples/%s.json", r.operation)
	}
	d.requestBody(op, about, example)
	if err := d.success(op, about, example); err != nil {
		return err
	}
	return d.problems(op, r, about)
}

// find returns the operation of a route, nil if huma does not know it.
func (d *describer) find(r route) *huma.Operation {
	item := d.oapi.Paths[r.path]
	if item == nil {
		return nil
	}
	return map[string]*huma.Operation{
		http.MethodGet: item.Get, http.MethodPost: item.Post, http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodDelete: item.Delete,
	}[r.method]
}

func (d *describer) pathParameters(op *huma.Operation, r route) {
	for part := range strings.SplitSeq(r.path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			op.Parameters = append(op.Parameters, &huma.Param{
				Name: strings.TrimSuffix(name, "}"), In: "path", Required: true, Schema: &huma.Schema{Type: huma.TypeString},
			})
		}
	}
}

// parameters describes those that huma found and adds those that it cannot know.
func (d *describer) parameters(op *huma.Operation, about description) error {
	for _, name := range slices.Sorted(mapKeys(about.parameters)) {
		if p := about.parameters[name]; p.in != "" {
			op.Parameters = append(op.Parameters, &huma.Param{Name: name, In: p.in, Schema: &huma.Schema{Type: huma.TypeString}})
		}
	}
	common := commonParameters()
	for _, p := range op.Parameters {
		known, ok := about.parameters[p.Name]
		if !ok {
			known, ok = common[p.Name]
		}
		if !ok {
			return fmt.Errorf("parameter %s has no description", p.Name)
		}
		schema := *p.Schema
		inner := &schema
		if schema.Type == huma.TypeArray {
			items := *schema.Items
			inner, schema.Items = &items, &items
		}
		if len(known.enum) > 0 {
			inner.Enum = known.enum
		}
		if known.to > 0 {
			inner.Minimum, inner.Maximum = &known.from, &known.to
		}
		schema.Default = known.fallback
		if schema.Type != huma.TypeArray {
			p.Explode = nil
		}
		p.Description, p.Schema = known.text, &schema
		p.Example = exampleOf(d.examples[op.OperationID].Request, p)
	}
	return nil
}

func (d *describer) requestBody(op *huma.Operation, about description, example contract.Example) {
	if about.body == nil {
		op.RequestBody = nil
		return
	}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{}}
	media := about.media
	if len(media) == 0 {
		media = []string{"application/json"}
	}
	schema := d.schemas.Schema(reflect.TypeOf(about.body), true, op.OperationID+"Body")
	for i, name := range media {
		content := &huma.MediaType{Schema: schema}
		if strings.HasSuffix(name, "ndjson") {
			content.Schema = &huma.Schema{Type: huma.TypeString, Description: "One such value per line."}
		} else if i == 0 && len(example.Request.Body) > 0 {
			content.Example = fill(example.Request.Body)
		}
		op.RequestBody.Content[name] = content
	}
}

// success completes the answer in the good case.
func (d *describer) success(op *huma.Operation, about description, example contract.Example) error {
	if about.answer != nil {
		status := max(about.status, http.StatusOK)
		produces := about.produces
		if produces == "" {
			produces = "application/json"
		}
		op.Responses = map[string]*huma.Response{strconv.Itoa(status): {
			Description: http.StatusText(status), Content: map[string]*huma.MediaType{
				produces: {Schema: d.schemas.Schema(reflect.TypeOf(about.answer), true, op.OperationID+"Answer")},
			},
		}}
	}
	delete(op.Responses, "default")
	answer := op.Responses[strconv.Itoa(example.Response.Status)]
	if answer == nil || example.Response.Status/100 != 2 {
		return fmt.Errorf("status %d of the example is not that of the operation", example.Response.Status)
	}
	answer.Description = successText[example.Response.Status]
	for name, header := range answer.Headers {
		known, ok := responseHeaders()[name]
		if !ok {
			return fmt.Errorf("header %s has no description", name)
		}
		header.Description = known
	}
	if isTagged(op) {
		d.tag(op, answer)
	}
	for kind, content := range answer.Content {
		switch {
		case len(example.Response.Body) > 0:
			content.Example = fill(example.Response.Body)
		case kind == "text/event-stream":
			// The schema is about the data of one message; the text of a stream would not fit it.
			answer.Description += "\n\n```\n" + example.Response.Text + "```"
		case example.Response.Text != "":
			content.Example = example.Response.Text
		}
	}
	return nil
}

// tag describes that the answer carries a tag and need not be sent again.
func (d *describer) tag(op *huma.Operation, answer *huma.Response) {
	if answer.Headers == nil {
		answer.Headers = map[string]*huma.Param{}
	}
	answer.Headers["ETag"] = &huma.Header{Description: responseHeaders()["ETag"], Schema: &huma.Schema{Type: huma.TypeString}}
	op.Responses["304"] = &huma.Response{Description: "The client has this answer already: its If-None-Match names the ETag."}
}

// problems adds the answers that are not a success: those that follow from the
// route, and those that the description names.
func (d *describer) problems(op *huma.Operation, r route, about description) error {
	statuses := append([]int{http.StatusInternalServerError, http.StatusServiceUnavailable}, about.others...)
	if r.scope != public {
		statuses = append(statuses, http.StatusUnauthorized, http.StatusForbidden)
	}
	inPath := func(p *huma.Param) bool { return p.In == "path" }
	if about.body != nil || !allOf(op.Parameters, inPath) {
		statuses = append(statuses, http.StatusBadRequest)
	}
	if strings.Contains(r.path, "{") && !about.empty {
		statuses = append(statuses, http.StatusNotFound)
	}
	if r.body.limit > 0 {
		statuses = append(statuses, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	for _, status := range statuses {
		answer, err := d.problem(status)
		if err != nil {
			return err
		}
		op.Responses[strconv.Itoa(status)] = answer
	}
	if about.refused != nil {
		op.Responses["400"] = &huma.Response{Description: "The request is refused.", Content: map[string]*huma.MediaType{
			"application/json": {Schema: d.schemas.Schema(reflect.TypeOf(about.refused), true, "")},
		}}
	}
	return nil
}

func allOf[T any](values []T, is func(T) bool) bool {
	return !slices.ContainsFunc(values, func(v T) bool { return !is(v) })
}
