package ingest

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

func TestWellFormedTakesApart(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{}`:                                   ``,
		`[ ]`:                                  ``,
		`"a"`:                                  ``,
		`{ "a" : 1 , "b\"" : [ 2, {"c":3} ] }`: `"a" 1;"b\"" [ 2, {"c":3} ];`,
		`[true,null , {"a":[]},"x"]`:           ` true; null; {"a":[]}; "x";`,
	} {
		parts, ok := wellFormed([]byte(text), MaxDepth)
		var got strings.Builder
		for _, p := range parts {
			got.WriteString(string(p.name) + " " + string(p.value) + ";")
		}
		if !ok || got.String() != want {
			t.Errorf("%s: %q, %t, want %q", text, got.String(), ok, want)
		}
	}
}

func TestWellFormedBoundsDepth(t *testing.T) {
	t.Parallel()
	for _, pair := range []string{"[]", `{"a":}`} {
		open, end := pair[:len(pair)-1], pair[len(pair)-1:]
		text := func(depth int) []byte {
			return []byte(strings.Repeat(open, depth) + map[bool]string{true: "", false: "1"}[open == "["] + strings.Repeat(end, depth))
		}
		if _, ok := wellFormed(text(MaxDepth), MaxDepth); !ok {
			t.Errorf("%d levels of %s are refused", MaxDepth, pair)
		}
		if _, ok := wellFormed(text(MaxDepth+1), MaxDepth); ok {
			t.Errorf("%d levels of %s are taken", MaxDepth+1, pair)
		}
	}
}

// A batch may hold millions of things that are no event, and is refused without taking
// many times the room that it has.
func TestRefusedBatchTakesLittleMemory(t *testing.T) {
	body := func(open, end, one string) []byte {
		n := (MaxBatch - len(open) - len(end)) / len(one)
		return []byte(open + strings.Repeat(one, n-1) + one[:len(one)-1] + end)
	}
	for name, in := range map[string]Input{
		"Array": {Body: body("[", "]", "0,")},
		"Lines": {Body: body("", "", "0\n"), NDJSON: true},
	} {
		t.Run(name, func(t *testing.T) {
			var refusal *Refusal
			bytes := testing.Benchmark(func(b *testing.B) {
				b.Helper()
				for b.Loop() {
					if _, err := split(in); !errors.As(err, &refusal) || refusal.Code != "batch.too_many_events" {
						b.Fatalf("got %v", err)
					}
				}
			}).AllocedBytesPerOp()
			if !strings.Contains(refusal.Message, "this one holds 83886") || bytes > 1<<20 {
				t.Errorf("%d bytes are taken to say %q", bytes, refusal.Message)
			}
		})
	}
}

// FuzzWellFormed: what is called well-formed is what encoding/json calls valid.
func FuzzWellFormed(f *testing.F) {
	for _, seed := range []string{
		`{"a":1,"b":[true,false,null,-0.5e+10,"\u00e9\\\"x"]}`, `[1,2`, `{"a"1}`, `01`, `1.`, `-`, `1e`, `.5`, `"\x"`, `"\u12g4"`, "\"a\x1f\"", `tru`, `nul`, `[,]`, `{,}`,
		`{"a":1,}`, `[1,]`, `{"a" :1 , "b":2 }`, "\"\x7f\xff\xc0\"", `"12345678"`, `"1234567\"89"`, `""`, `{}x`, `{} `, "[1\v]", `"` + strings.Repeat("é", 20) + `"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		parts, ok := wellFormed(text, MaxDepth)
		trimmed := len(text) > 0 && len(bytes.Trim(text, " \t\r\n")) == len(text)
		if want := json.Valid(text) && trimmed && depth(text) <= MaxDepth; ok != want {
			t.Fatalf("%q is well-formed: %t, want %t", text, ok, want)
		}
		if !ok {
			return
		}
		for _, p := range parts {
			if !json.Valid(p.value) || p.name != nil && !json.Valid(p.name) {
				t.Fatalf("%q has a part %q: %q", text, p.name, p.value)
			}
		}
		var list []json.RawMessage
		if text[0] == '[' && (json.Unmarshal(text, &list) != nil || len(list) != len(parts)) {
			t.Fatalf("%q has %d elements, want %d", text, len(parts), len(list))
		}
	})
}

func BenchmarkScan(b *testing.B) {
	body := []byte(`{"event":"User.Created","createdAt":"2026-01-01T00:00:00.000Z","data":{"text":"` + strings.Repeat("x", 900) + `"}}`)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		if _, problem := scan(body); problem != nil {
			b.Fatal(problem)
		}
	}
}
