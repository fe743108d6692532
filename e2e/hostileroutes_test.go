package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// described is what this test reads of /openapi.json.
type described struct {
	Paths map[string]map[string]struct {
		Parameters  []struct{ Name, In string }
		RequestBody struct {
			Content map[string]struct{ Example json.RawMessage }
		}
	}
}

// TestEveryRouteTakesHostileInput makes, from the description of the API, requests
// with one thing wrong each: every identifier, every parameter of the query, every
// place in the body. Whatever is refused changes nothing, and nothing ends in 5xx.
//
//nolint:tparallel // the subtests share a server and compare its state
func TestEveryRouteTakesHostileInput(t *testing.T) {
	t.Parallel()
	h := newHostile(t, program(t))
	var api described
	h.must(json.Unmarshal(h.request(http.MethodGet, "/openapi.json", "", http.StatusOK), &api))
	sent := 0
	for _, path := range slices.Sorted(maps.Keys(api.Paths)) {
		for _, method := range slices.Sorted(maps.Keys(api.Paths[path])) {
			operation := api.Paths[path][method]
			cases := hostilePaths(method, path)
			usual := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(path, "${HOOK}")
			for _, p := range operation.Parameters {
				if p.In == "query" {
					cases = append(cases, hostileQueries(method, usual, p.Name)...)
				}
			}
			for _, mediaType := range slices.Sorted(maps.Keys(operation.RequestBody.Content)) {
				cases = append(cases, hostileBodies(method, usual, mediaType, operation.RequestBody.Content[mediaType].Example)...)
			}
			if !thorough() {
				cases = everyThird(cases, sent)
			}
			sent += len(cases)
			t.Run(strings.ToUpper(method)+" "+path, func(t *testing.T) {
				h.runAll(t, cases)
			})
		}
	}
	if sent < 2000 {
		t.Errorf("only %d requests", sent)
	}
	if err := h.returnsTo(h.base); err != nil {
		t.Error(err)
	}
}

// thorough says that time is no concern: make hostile.
func thorough() bool { return os.Getenv("TIDINGS_HOSTILE") != "" }

// everyThird takes another third of the cases each time from.
func everyThird(cases []*badCase, from int) []*badCase {
	var some []*badCase
	for i := from % 3; i < len(cases); i += 3 {
		some = append(some, cases[i])
	}
	return some
}

// runAll sends the cases of an operation, and then once more those that were refused,
// which must leave the state as it is.
func (h *hostile) runAll(t *testing.T, cases []*badCase) {
	t.Helper()
	defer h.reportTo(t)()
	var refused []*badCase
	for _, c := range cases {
		if r := h.runOne(t, c); r.status >= http.StatusBadRequest {
			refused = append(refused, c)
		} else if c.Method == http.MethodDelete {
			h.reset()
		}
	}
	before := h.dump()
	for _, c := range refused {
		h.runOne(t, c)
	}
	if diff := cmp.Diff(before, h.dump()); diff != "" {
		t.Errorf("what was refused changed the state:\n%s", diff)
	}
	h.reset()
	h.request(http.MethodGet, "/healthz", "", http.StatusOK)
}

func (h *hostile) runOne(t *testing.T, c *badCase) *reply {
	t.Helper()
	c.Method = strings.ToUpper(c.Method)
	h.addMatch(c)
	r, err := h.send(t, c, 10*time.Second)
	if err != nil {
		t.Fatalf("%s: %v\n%s", c.Why, err, h.log)
	}
	if r.status >= http.StatusInternalServerError || r.took > 3*time.Second {
		t.Errorf("%s: %d after %v: %s", c.Why, r.status, r.took, r.body)
	}
	if c.Path != "/oidc/token" { // which answers as OAuth has it
		h.checkAnswer(t, c, r)
	}
	return r
}

// addMatch lets a change of a webhook get as far as its body.
func (h *hostile) addMatch(c *badCase) {
	if c.Method != http.MethodPatch || !strings.HasPrefix(c.Path, "/api/webhooks/") {
		return
	}
	var current struct{ Version int64 }
	if status, answer, err := h.try(http.MethodGet, "/api/webhooks/"+h.values["HOOK"], ""); err == nil && status == http.StatusOK {
		h.must(json.Unmarshal(answer, &current))
	}
	match := fmt.Sprintf(`"%d"`, current.Version)
	c.Headers = map[string]*string{"If-Match": &match}
}

// hostileText is text that something, somewhere, takes for more than text.
func hostileText() []string {
	return []string{
		"", " ", "\x00", "a\x00b", "\r\nX-A: b", "\n", "'", "' OR 1=1 --", `"`, "%", "%00", "%s%n", "_", "*", "..", "../../etc/passwd", ".", "/", `\`, "\u202e",
		"\ufeff", "\ufffd", "\u00e9", "e\u0301", "\U0001f600", "null", "undefined", "NaN", "-1", "0", "1e308", "9223372036854775808", "0123456789abcdefghijk", "__proto__",
		"constructor", "<script>alert(1)</script>", "{{7*7}}", "${jndi:ldap://x}", "javascript:alert(1)", strings.Repeat("a", 300), strings.Repeat("\u4e2d", 5000), "default", "Other",
	}
}

func hostilePaths(method, path string) []*badCase {
	if !strings.Contains(path, "{") {
		return nil
	}
	body := "{}"
	var all []*badCase
	for _, text := range append(hostileText(), "\xff", "\xc0\xaf", "${OTHER_TENANT_HOOK}") {
		escaped := url.PathEscape(text)
		if strings.HasPrefix(text, "${OTHER") {
			escaped = text
		}
		filled := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllLiteralString(path, escaped)
		if method == "delete" && strings.HasPrefix(path, "/api/tenants/") && text == "other" {
			continue
		}
		c := &badCase{Method: method, Path: filled, Why: fmt.Sprintf("%s %s", method, shown(filled))}
		if method == "post" || method == "put" || method == "patch" {
			c.Body = &body
		}
		all = append(all, c)
	}
	return all
}

func hostileQueries(method, path, name string) []*badCase {
	var all []*badCase
	for _, text := range append(hostileText(), "\xff", "true", "[]", "1,2", "2026-11-23T12:00:00Z", "User.*") {
		query := name + "=" + url.QueryEscape(text)
		for _, query := range []string{query, query + "&" + query, name + "[]=" + url.QueryEscape(text)} {
			all = append(all, &badCase{Method: method, Path: path, Query: query, Why: fmt.Sprintf("%s %s?%s", method, path, shown(query))})
		}
	}
	return all
}

func shown(text string) string { return text[:min(len(text), 120)] }

// hostileBodies makes bodies with one place each that differs from the example.
func hostileBodies(method, path, mediaType string, example json.RawMessage) []*badCase {
	bodies := []string{"", "null", "[]", "{}", "1", `"x"`, "{", "[[", "{}{}", "\x00", "\xff", `{"a":1,"a":2}`, strings.Repeat("[", 100) + strings.Repeat("]", 100)}
	if mediaType == "application/json" && len(example) > 0 {
		text := string(example)
		bodies = append(bodies, text[:len(text)-1], text+",", text+text, "\ufeff"+text, strings.Replace(text, `"`, `'`, 2))
		for _, value := range hostileValues() {
			bodies = append(bodies, mutations(example, value)...)
		}
	}
	var all []*badCase
	for _, body := range bodies {
		all = append(all, &badCase{
			Method: method, Path: path, Body: &body, Headers: map[string]*string{"Content-Type": &mediaType}, Why: fmt.Sprintf("%s %s %s", method, path, shown(body)),
		})
	}
	return all
}

func hostileValues() []string {
	values := []string{
		"null", "true", "false", "0", "-0", "1", "-1", "1.5", "1e400", "-1e-400", "9223372036854775808", strings.Repeat("9", 1000), "[]", "{}", "[null]", "[[]]", `[""]`, `{"a":{}}`,
		`"\ud800"`, `"\u0000"`, `"\uDC00\uD800"`, "\"\xff\"", `"\x41"`, "0x10", "01", "NaN", "tru", strings.Repeat("[", 70) + strings.Repeat("]", 70),
		"[" + strings.Repeat("0,", 2000) + "0]", `{"$ref":"#"}`, `{"$ref":"http://127.0.0.1/"}`, `{"$ref":"file:///etc/passwd"}`, `{"pattern":"(a+)+$"}`,
	}
	for _, text := range hostileText() {
		quoted, _ := json.Marshal(text) // text always can be
		values = append(values, string(quoted))
	}
	return values
}

// mutations puts the value in the place of each value in the document, one at a time.
func mutations(document json.RawMessage, value string) []string {
	all := []string{value}
	var object map[string]json.RawMessage
	var array []json.RawMessage
	switch {
	case bytes.HasPrefix(document, []byte("{")) && json.Unmarshal(document, &object) == nil:
		for _, name := range slices.Sorted(maps.Keys(object)) {
			inner := object[name]
			for _, changed := range mutations(inner, value) {
				all = append(all, objectWith(object, name, changed))
			}
			if value == "null" {
				all = append(all, objectWith(object, strings.ToUpper(name), string(inner)), objectWith(object, name+"\u017f", string(inner)))
			}
		}
	case bytes.HasPrefix(document, []byte("[")) && json.Unmarshal(document, &array) == nil:
		for i, inner := range array {
			for _, changed := range mutations(inner, value) {
				items := slices.Clone(array)
				items[i] = json.RawMessage(changed)
				all = append(all, "["+joined(items)+"]")
			}
		}
	}
	return all
}

// objectWith writes an object with one member changed; the value need not be JSON.
func objectWith(object map[string]json.RawMessage, name, value string) string {
	quoted, _ := json.Marshal(name) // text always can be
	parts := []json.RawMessage{json.RawMessage(string(quoted) + ":" + value)}
	for _, other := range slices.Sorted(maps.Keys(object)) {
		if other != name {
			quoted, _ := json.Marshal(other)
			parts = append(parts, json.RawMessage(string(quoted)+":"+string(object[other])))
		}
	}
	return "{" + joined(parts) + "}"
}

func joined(parts []json.RawMessage) string {
	texts := make([]string, len(parts))
	for i, part := range parts {
		texts[i] = string(part)
	}
	return strings.Join(texts, ",")
}
