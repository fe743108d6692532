package app

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	contract "github.com/tidingshq/tidings/api"
	"github.com/tidingshq/tidings/internal/account"
)

var record = flag.Bool("record", false, "write the answers to the examples into api/examples")

// Every example is sent to a server; status and answer are those of the document.
func TestExamplesAreTrue(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := readDocument(t)
	examples, err := contract.Examples()
	if err != nil {
		t.Fatal(err)
	}
	for name := range doc.operations {
		if _, ok := examples[name]; !ok {
			t.Errorf("%s has no example", name)
		}
	}
	for name, example := range examples {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			op, ok := doc.operations[name]
			if !ok {
				t.Fatal("no operation has this name")
			}
			// Each has objects of its own, whatever the others do with theirs.
			own := *b
			signsIn := op.tag == "Session"
			if *record || signsIn {
				own = *setup(t)
			}
			own.t = t
			s := &scene{bundle: &own, made: map[string]string{}}
			if !signsIn {
				s.deliver()
			} else if name != "SetUp" && name != "CheckSetupLink" {
				s.person()
			}
			if body := []byte(s.fill(string(example.Request.Body))); len(body) > 0 {
				media := "application/json"
				if op.form {
					media = "application/x-www-form-urlencoded"
				}
				doc.check(t, body, "paths", op.path, strings.ToLower(op.method), "requestBody", "content", media, "schema")
			}
			if op.stream {
				s.tryStream(doc, op, name, example)
				return
			}
			got := s.send(op, example.Request)
			if got.status != example.Response.Status {
				t.Fatalf("got %d %s, want %d", got.status, got.body, example.Response.Status)
			}
			doc.validate(t, op, got.status, []byte(got.body))
			if *record {
				s.record(name, example, got)
				return
			}
			doc.validate(t, op, example.Response.Status, []byte(string(example.Response.Body)+example.Response.Text))
		})
	}
}

// What is refused is refused with a status that the document has, in its shape.
func TestRefusalsAreTrue(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doc := readDocument(t)
	for name, op := range doc.operations {
		described := at(doc.raw, "paths", op.path, strings.ToLower(op.method)).(map[string]any)
		if keys, _ := described["security"].([]any); len(keys) == 0 {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := *b
			own.t = t
			target := strings.NewReplacer("{id}", "000000000000000000000", "{number}", "1", "{name}", "No.Such").Replace(op.path)
			refused := own.do(op.method, target, "", "Authorization", "Bearer wrong")
			if refused.status != http.StatusUnauthorized {
				t.Errorf("with a wrong key: %d %s", refused.status, refused.body)
			}
			doc.validate(t, op, refused.status, []byte(refused.body))
			body := ""
			if described["requestBody"] != nil {
				body = "{"
			}
			if body == "" && target == op.path {
				return
			}
			refused = own.do(op.method, target, body, "If-Match", "*")
			// As in Logto, the log of a webhook that is not there is empty.
			if refused.status/100 != 4 && name != "ListHookRecentLogs" {
				t.Errorf("with what is wrong or not there: %d %s", refused.status, refused.body)
			}
			doc.validate(t, op, refused.status, []byte(refused.body))
		})
	}
}

// operation is a method and a path of the document.
type operation struct {
	id, method, path string
	// form says that the body is a form, stream that the answer goes on and on.
	form, stream bool
	tag          string
}

// document is the OpenAPI document with its schemas.
type document struct {
	raw        map[string]any
	operations map[string]operation
	mu         sync.Mutex
	compiler   *jsonschema.Compiler
}

func readDocument(t *testing.T) *document {
	t.Helper()
	raw, err := contract.Document()
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	d := &document{raw: parsed.(map[string]any), operations: map[string]operation{}, compiler: jsonschema.NewCompiler()}
	for route, item := range d.raw["paths"].(map[string]any) {
		for method, op := range item.(map[string]any) {
			id := op.(map[string]any)["operationId"].(string)
			form := at(op, "requestBody", "content", "application/x-www-form-urlencoded") != nil
			tag := op.(map[string]any)["tags"].([]any)[0].(string)
			stream := at(op, "responses", "200", "content", "text/event-stream") != nil
			d.operations[id] = operation{id, strings.ToUpper(method), route, form, stream, tag}
		}
	}
	// Clients put up with members that they do not know; here they are a mistake.
	for _, schema := range at(d.raw, "components", "schemas").(map[string]any) {
		if s := schema.(map[string]any); s["properties"] != nil && s["additionalProperties"] == nil {
			s["additionalProperties"] = false
		}
	}
	d.compiler.AssertFormat()
	if err := d.compiler.AddResource("openapi.json", d.raw); err != nil {
		t.Fatal(err)
	}
	return d
}

// validate checks the body of an answer against the schema of its status.
func (d *document) validate(t *testing.T, op operation, status int, body []byte) {
	t.Helper()
	place := []string{"paths", op.path, strings.ToLower(op.method), "responses", fmt.Sprint(status)}
	answer, ok := at(d.raw, place...).(map[string]any)
	if !ok {
		t.Fatalf("the document has no status %d", status)
	}
	if shared, ok := answer["$ref"].(string); ok {
		place = strings.Split(strings.TrimPrefix(shared, "#/"), "/")
		answer, _ = at(d.raw, place...).(map[string]any)
	}
	content, ok := answer["content"].(map[string]any)
	if !ok {
		if len(body) > 0 {
			t.Errorf("the document has no body for status %d: %s", status, body)
		}
		return
	}
	if content["application/json"] == nil {
		return
	}
	d.check(t, body, append(place, "content", "application/json", "schema")...)
}

// check checks JSON against the schema at a place of the document.
func (d *document) check(t *testing.T, body []byte, place ...string) {
	t.Helper()
	pointer := "openapi.json#"
	for _, part := range place {
		pointer += "/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(part))
	}
	d.mu.Lock()
	schema, err := d.compiler.Compile(pointer)
	d.mu.Unlock()
	if err != nil {
		t.Fatalf("%s: %v", pointer, err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		t.Fatalf("%v: %s", err, body)
	}
	if err := schema.Validate(value); err != nil {
		t.Errorf("%s: %v\n%s", strings.Join(place, " "), err, body)
	}
}

// at walks down the members of an object, nil if one is missing.
func at(value any, members ...string) any {
	for _, m := range members {
		object, _ := value.(map[string]any)
		value = object[m]
	}
	return value
}

// scene makes the objects that the placeholders of an example stand for.
type scene struct {
	*bundle
	made map[string]string
}

func (s *scene) send(op operation, r contract.Request) answer {
	s.t.Helper()
	target, query := op.path, url.Values{}
	for name, value := range r.Parameters {
		value = s.fill(value)
		if strings.Contains(target, "{"+name+"}") {
			target = strings.ReplaceAll(target, "{"+name+"}", url.PathEscape(value))
			continue
		}
		query.Set(name, value)
	}
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	var headers []string
	for name, value := range r.Headers {
		headers = append(headers, name, s.fill(value))
	}
	body := s.fill(string(r.Body))
	if op.form {
		var members map[string]string
		if err := json.Unmarshal([]byte(body), &members); err != nil {
			s.t.Fatal(err)
		}
		form := url.Values{}
		for name, value := range members {
			form.Set(name, value)
		}
		return s.post(target, form)
	}
	if op.tag == "Session" {
		headers = append(headers, "Authorization", "", "Origin", s.scheme+"://"+s.Addr())
	}
	return s.do(op.method, target, body, headers...)
}

const personsPassword = "correct horse battery staple"

// person makes the first user.
func (s *scene) person() {
	s.t.Helper()
	err := s.accounts.FirstUser(s.t.Context(), account.NewUser{Name: "Ada", Email: "ada@example.com", Password: personsPassword})
	if err != nil {
		s.t.Fatal(err)
	}
}

// token is what the link has in its fragment.
func (s *scene) token(link OneTimeLink, err error) string {
	s.t.Helper()
	_, token, found := strings.Cut(link.URL, "=")
	if err != nil || !found {
		s.t.Fatalf("%s: %v", link.URL, err)
	}
	return token
}

func (s *scene) session() string {
	s.t.Helper()
	in, err := s.accounts.SignIn(s.t.Context(), "ada@example.com", personsPassword, "127.0.0.1")
	if err != nil {
		s.t.Fatal(err)
	}
	return in.Token.Reveal()
}

// post sends a form, without an API key.
func (s *scene) post(target string, form url.Values) answer {
	s.t.Helper()
	response, err := s.client.PostForm(s.scheme+"://"+s.Addr()+target, form)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header, string(text)}
}

// fill puts an object in the place of each {name}.
func (s *scene) fill(text string) string {
	for name, make := range s.makers() {
		if strings.Contains(text, "{"+name+"}") {
			if s.made[name] == "" {
				s.made[name] = make()
			}
			text = strings.ReplaceAll(text, "{"+name+"}", s.made[name])
		}
	}
	return text
}

// makers make the objects that the examples need.
func (s *scene) makers() map[string]func() string {
	return map[string]func() string{
		"receiver":   s.endpoint,
		"session":    s.session,
		"setupToken": func() string { return s.token(s.SetupLink(s.t.Context())) },
		"linkToken":  func() string { return s.token(s.DemoLink(s.t.Context())) },
		"webhook":    func() string { return s.webhook("Role.Created", s.endpoint()) },
		"etag":       func() string { return s.do("GET", s.fill("/api/webhooks/{webhook}"), "").header.Get("ETag") },
		"retrying":   s.retrying,
		"key":        func() string { s.key(); return s.made["key"] },
		"secret":     func() string { s.key(); return s.made["secret"] },
		"tenant":     func() string { return s.create("/api/tenants", fmt.Sprintf(`{"name":%q}`, s.t.Name())).ID },
		"eventType": func() string {
			name := "Made." + path.Base(s.t.Name())
			s.create("/api/event-types", fmt.Sprintf(`{"name":%q,"group":"Made","description":"An invoice has been paid.",
				"schema":{"required":["data"],"properties":{"data":{"required":["invoiceId"]}}},"example":{"event":%[1]q,"data":{"invoiceId":"in_1"}}}`, name))
			return name
		},
		"inbox":    func() string { return s.create("/api/receiver/inboxes", "").ID },
		"received": func() string { s.receive(); return s.made["received"] },
		"message":  func() string { s.receive(); return s.made["message"] },
		"logged":   func() string { s.deliver(); return s.made["logged"] },
		"event":    func() string { s.deliver(); return s.made["event"] },
		"delivery": func() string { s.deliver(); return s.made["delivery"] },
	}
}

const inbox = "/receiver/00112233445566778899aabbccddeeff"

func (s *scene) endpoint() string { return s.scheme + "://" + s.Addr() + inbox }

// made is what a newly made object says of itself.
type made struct{ ID, Key string }

func (s *scene) create(target, body string) made {
	s.t.Helper()
	return into[made](s.bundle, s.do("POST", target, body), http.StatusCreated)
}

func (s *scene) webhook(eventType, endpoint string) string {
	s.t.Helper()
	body := fmt.Sprintf(`{"name":"Sync users","events":[%q],"config":{"url":%q,"headers":{"x-team":"identity"}}}`, eventType, endpoint)
	return s.create("/api/hooks", body).ID
}

func (s *scene) key() {
	s.t.Helper()
	if s.made["key"] == "" {
		key := s.create("/api/api-keys", `{"name":"Import","scopes":["manage"]}`)
		s.made["key"], s.made["secret"] = key.ID, key.Key
	}
}

// retrying makes a delivery that goes on: nobody answers at its endpoint.
func (s *scene) retrying() (id string) {
	s.t.Helper()
	webhook := s.webhook("Scope.Created", "http://127.0.0.1:4/")
	into[accepted](s.bundle, s.do("POST", "/api/events", `{"event":"Scope.Created"}`), http.StatusAccepted)
	s.until("the delivery is retrying", func() bool {
		for _, d := range into[struct{ Items []delivery }](s.bundle, s.do("GET", "/api/deliveries?webhook="+webhook, ""), http.StatusOK).Items {
			id = d.ID
			return d.State == "retrying"
		}
		return false
	})
	return id
}

// deliver hands over an event and waits for the end of its delivery.
func (s *scene) deliver() {
	s.t.Helper()
	if s.made["event"] != "" {
		return
	}
	s.made["logged"] = s.webhook("User.Created", s.endpoint())
	body := `{"event":"User.Created","data":{"id":"u_1","primaryEmail":"ada@example.com"}}`
	s.made["event"] = into[accepted](s.bundle, s.do("POST", "/api/events", body), http.StatusAccepted).ID
	s.until("the delivery has ended", func() bool {
		found := s.do("GET", "/api/deliveries?webhook="+s.made["logged"], "")
		for _, d := range into[struct{ Items []delivery }](s.bundle, found, http.StatusOK).Items {
			s.made["delivery"] = d.ID
			return d.State == "succeeded"
		}
		return false
	})
}

// receive makes a message in an inbox, signed with the key of a webhook.
func (s *scene) receive() {
	s.t.Helper()
	if s.made["message"] != "" {
		return
	}
	s.made["received"] = s.create("/api/receiver/inboxes", "").ID
	s.made["sender"] = s.webhook("Role.Created", s.scheme+"://"+s.Addr()+"/receiver/"+s.made["received"])
	body := `{"eventType":"Role.Created"}`
	into[struct{}](s.bundle, s.do("POST", "/api/webhooks/"+s.made["sender"]+"/test", body), http.StatusOK)
	found := into[struct{ Items []struct{ Number int64 } }](s.bundle, s.do("GET", "/api/receiver/inboxes/"+s.made["received"]+"/messages", ""), http.StatusOK)
	s.made["message"] = fmt.Sprint(found.Items[0].Number)
}

// record writes the answer into the file of the example, with the identifiers and
// addresses of this server replaced by those that the document shows.
func (s *scene) record(name string, example contract.Example, got answer) {
	s.t.Helper()
	text := got.body
	for placeholder, id := range s.made {
		if placeholder == "message" {
			continue // a short number is in many places
		}
		text = strings.ReplaceAll(text, id, "{"+placeholder+"}")
	}
	text = strings.ReplaceAll(text, s.endpoint(), "{receiver}")
	text = strings.ReplaceAll(text, s.scheme+"://"+s.Addr(), contract.Server)
	text = strings.ReplaceAll(text, s.Addr(), "hooks.example.com")
	if name == "GetOpenAPI" {
		text = `{"openapi":"3.1.0","info":{"title":"Tidings","version":"1"},"paths":{}}`
	}
	example.Response.Body, example.Response.Text = nil, ""
	if kind := got.header.Get("Content-Type"); text != "" {
		if strings.HasPrefix(kind, "application/json") && got.header.Get("Content-Disposition") == "" {
			example.Response.Body = json.RawMessage(text)
		} else {
			example.Response.Text = text
		}
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(example); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join("../../api/examples", name+".json"), out.Bytes(), 0o600); err != nil {
		s.t.Fatal(err)
	}
}
