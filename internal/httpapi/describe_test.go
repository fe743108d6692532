package httpapi

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	contract "github.com/tidingshq/tidings/api"
)

var update = flag.Bool("update", false, "write api/openapi.json")

const documentFile = "../../api/openapi.json"

// A route without description or example fails here.
func TestDocumentIsGenerated(t *testing.T) {
	t.Parallel()
	examples := readExamples(t)
	document, err := describe(examples)
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(documentFile, document, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	committed, err := os.ReadFile(documentFile)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(document, committed) {
		t.Error("api/openapi.json is out of date: run make gen")
	}
}

// readExamples reads the files and not those in the binary, so that new ones count
// at once.
func readExamples(t *testing.T) map[string]contract.Example {
	t.Helper()
	files, err := filepath.Glob("../../api/examples/*.json")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]contract.Example{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var e contract.Example
		if err := json.Unmarshal(content, &e); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all[strings.TrimSuffix(filepath.Base(file), ".json")] = e
	}
	return all
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	examples := readExamples(t)
	delete(examples, "GetMe")
	if _, err := describe(examples); err == nil || !strings.Contains(err.Error(), "api/examples/GetMe.json") {
		t.Errorf("without an example: %v", err)
	}
	d := describer{}
	if err := d.parameters(&huma.Operation{Parameters: []*huma.Param{{Name: "new"}}}, description{}); err == nil || !strings.Contains(err.Error(), "new") {
		t.Errorf("without a description of a parameter: %v", err)
	}
}

func TestNothingIsDescribedThatIsNotThere(t *testing.T) {
	t.Parallel()
	there := map[string]bool{}
	for _, r := range new(api).routes() {
		there[r.operation] = true
	}
	for name, about := range descriptions() {
		if !there[name] {
			t.Errorf("%s is described and is no operation", name)
		}
		if about.summary == "" || about.tag == "" {
			t.Errorf("%s has no summary or no tag", name)
		}
	}
	for name := range readExamples(t) {
		if !there[name] {
			t.Errorf("api/examples/%s.json is no operation's", name)
		}
	}
}

// A route that reads a body says what is in it.
func TestEveryBodyIsDescribed(t *testing.T) {
	t.Parallel()
	all := descriptions()
	for _, r := range new(api).routes() {
		if takes := r.body.limit > 0; takes != (all[r.operation].body != nil) {
			t.Errorf("%s takes a body: %v; one is described: %v", r.operation, takes, !takes)
		}
	}
}

// Every schema says what it is; the few that may be any JSON say so.
func TestEveryValueHasAType(t *testing.T) {
	t.Parallel()
	raw, err := contract.Document()
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Components struct{ Schemas map[string]*schemaNode }
		Paths      map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Schema *schemaNode }
			RequestBody struct {
				Content map[string]struct{ Schema *schemaNode }
			}
			Responses map[string]struct {
				Content map[string]struct{ Schema *schemaNode }
			}
		}
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	for name, s := range document.Components.Schemas {
		s.check(t, name)
	}
	for _, item := range document.Paths {
		for _, op := range item {
			for _, p := range op.Parameters {
				p.Schema.check(t, op.OperationID)
			}
			for _, c := range op.RequestBody.Content {
				c.Schema.check(t, op.OperationID)
			}
			for status, r := range op.Responses {
				for _, c := range r.Content {
					c.Schema.check(t, op.OperationID+" "+status)
				}
			}
		}
	}
}

// schemaNode is a schema as far as this test looks at it.
type schemaNode struct {
	Type                 any
	Ref                  string `json:"$ref"`
	Description          string
	OneOf                []*schemaNode
	Items                *schemaNode
	Properties           map[string]*schemaNode
	AdditionalProperties any
}

func (s *schemaNode) check(t *testing.T, where string) {
	t.Helper()
	if s == nil {
		t.Errorf("%s: no schema", where)
		return
	}
	if s.Type == nil && s.Ref == "" && len(s.OneOf) == 0 && !strings.HasPrefix(s.Description, anyJSONText) {
		t.Errorf("%s: no type", where)
	}
	if s.Type == "object" && len(s.Properties) == 0 && s.AdditionalProperties == nil {
		t.Errorf("%s: an object without members", where)
	}
	if s.Type == "array" {
		s.Items.check(t, where+"[]")
	}
	for name, p := range s.Properties {
		p.check(t, where+"."+name)
	}
	for _, one := range s.OneOf {
		one.check(t, where)
	}
}

// A tenant needs one of two members, whichever it is, and the document says so.
func TestATenantNeedsAnIdentifierOrAName(t *testing.T) {
	t.Parallel()
	s := (tenantBody{}).TransformSchema(nil, &huma.Schema{})
	b := setup(t)
	for body, want := range map[string]int{`{}`: 400, `{"id":"acme"}`: 201, `{"name":"Acme"}`: 201, `{"id":"other-acme","name":"Acme"}`: 201} {
		got := b.do(adminKey, "POST", "/api/tenants", body)
		if allowed := strings.Count(body, ":") >= *s.MinProperties; got.status != want || allowed != (want == 201) {
			t.Errorf("%s: %d %s, allowed by the document: %t", body, got.status, got.body, allowed)
		}
	}
}

func TestDocumentNamesItsServer(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]string{
		"https://example.com": "https://example.com", "https://example.com/hooks/": "https://example.com/hooks", "/hooks": "/hooks/",
	} {
		b := setup(t, func(o *Options) { o.BaseURL = mustURL(t, base) })
		prefix := strings.TrimSuffix(mustURL(t, base).Path, "/")
		got := into[struct {
			OpenAPI string
			Servers []struct{ URL string }
		}](b, b.do("", "GET", prefix+"/openapi.json", ""), 200)
		if got.OpenAPI != "3.1.0" || len(got.Servers) != 1 || got.Servers[0].URL != want {
			t.Errorf("%s: %+v, want %s", base, got, want)
		}
	}
}
