package ingest

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tidingshq/tidings/internal/webhook"
)

func TestScanRefuses(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", MaxDepth) + strings.Repeat("]", MaxDepth)
	for name, c := range map[string]struct{ body, code string }{
		"nothing":                        {"", invalidPayload},
		"white space":                    {" \n", invalidPayload},
		"an array":                       {`[{"event":"A"}]`, invalidPayload},
		"a string":                       {`"event"`, invalidPayload},
		"a byte order mark":              {"\ufeff" + `{"event":"A"}`, invalidPayload},
		"a truncated object":             {`{"event":"A"`, invalidPayload},
		"two documents":                  {`{"event":"A"}{}`, invalidPayload},
		"a comma at the end":             {`{"event":"A",}`, invalidPayload},
		"a comment":                      {`{"event":"A"/**/}`, invalidPayload},
		"a control character":            {"{\"event\":\"A\x01\"}", invalidPayload},
		"invalid UTF-8":                  {"{\"event\":\"A\",\"x\":\"\xff\"}", invalidPayload},
		"an overlong UTF-8 form":         {"{\"event\":\"A\",\"x\":\"\xc0\xaf\"}", invalidPayload},
		"deep nesting":                   {`{"event":"A","x":` + deep + `}`, invalidPayload},
		"a duplicate":                    {`{"event":"A","x":1,"x":2}`, invalidPayload},
		"a duplicate in another writing": {`{"event":"A","\u0065vent":"B"}`, invalidPayload},
		"hookId":                         {`{"event":"A","hookId":"x"}`, "event.reserved_member"},
		"hookId in another writing":      {`{"event":"A","hook\u0049d":"x"}`, "event.reserved_member"},
		"no event":                       {`{"Event":"A"}`, "event.missing_type"},
		"an event that is a number":      {`{"event":1}`, "event.missing_type"},
		"an event that is null":          {`{"event":null}`, "event.missing_type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, problem := scan([]byte(c.body)); problem == nil || problem.Code != c.code {
				t.Errorf("problem = %+v, want code %s", problem, c.code)
			}
		})
	}
}

func TestScanPassesOn(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body string
		want object
	}{
		"the least":              {`{"event":"A"}`, object{event: "A"}},
		"white space around":     {"\r\n\t " + `{"event":"A"}` + " \n", object{event: "A"}},
		"white space inside":     {`{ "event" : "A" , "x" : [ 1 , { } ] }`, object{event: "A"}},
		"a createdAt":            {`{"createdAt":"x","event":"A"}`, object{event: "A", hasCreatedAt: true}},
		"an escaped name":        {`{"\u0065vent":"\u0041"}`, object{event: "A"}},
		"numbers at the end":     {`{"event":"A","x":1e400000}`, object{event: "A"}},
		"inner duplicates":       {`{"event":"A","x":{"y":1,"y":2}}`, object{event: "A"}},
		"an inner hookId":        {`{"event":"A","data":{"hookId":"mine"}}`, object{event: "A"}},
		"braces in strings":      {`{"event":"A","x":"}{\"]["}`, object{event: "A"}},
		"lone surrogates":        {`{"event":"A","x":"\ud800"}`, object{event: "A"}},
		"members that differ in": {`{"event":"A","EVENT":"B","hookid":1}`, object{event: "A"}},
		"as deep as allowed":     {`{"event":"A","x":` + strings.Repeat("[", MaxDepth-1) + strings.Repeat("]", MaxDepth-1) + `}`, object{event: "A"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, problem := scan([]byte(c.body))
			if problem != nil {
				t.Fatalf("refused: %+v", problem)
			}
			c.want.bytes = []byte(strings.Trim(c.body, " \t\r\n"))
			if diff := cmp.Diff(c.want, got, cmp.AllowUnexported(object{})); diff != "" {
				t.Errorf("object differs (-want +got):\n%s", diff)
			}
		})
	}
}

// What is accepted composes to a body that is valid JSON, starts with the posted
// bytes and carries hookId last.
func FuzzAcceptedPayloadComposes(f *testing.F) {
	for _, seed := range []string{
		`{"event":"A"}`, `{ }`, `{"event":"A","createdAt":1}`, `{"event":"A","x":[1,{"y":"\"}"}]}`, "{\"event\":\"A\"}\n", `{"event":"A"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		o, problem := scan(body)
		if problem != nil {
			return
		}
		p := webhook.Payload{Posted: o.bytes, Composer: webhook.ComposerVersion}
		if !o.hasCreatedAt {
			p.CreatedAt = unset
		}
		composed := p.Body("hook")
		if !json.Valid(composed) || !bytes.HasPrefix(composed, o.bytes[:len(o.bytes)-1]) || !bytes.HasSuffix(composed, []byte(`"hookId":"hook"}`)) {
			t.Errorf("%q composes to %q", body, composed)
		}
		var generic map[string]any
		if err := json.Unmarshal(body, &generic); err != nil && !strings.Contains(err.Error(), "cannot unmarshal number") {
			t.Errorf("%q was accepted and is %v", body, err)
		}
	})
}
