package httpapi

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	deep := func(n int) string { return strings.Repeat("[", n) + strings.Repeat("]", n) }
	for name, body := range map[string]string{
		"blank": " ", "empty": "", "unterminated": "{", "trailing comma": `{"a":1,}`, "bare name": `{a:1}`, "garbage behind": `{} x`, "two documents": `{}{}`,
		"comment": "// c\n{}", "hex": `{"a":0x10}`, "leading zero": `{"a":01}`, "no fraction": `{"a":1.}`, "plus": `{"a":+1}`, "NaN": `{"a":NaN}`,
		"tab in string": "{\"a\":\"\t\"}", "newline in string": "{\"a\":\"\n\"}", "bad escape": `{"a":"\x41"}`, "short escape": `{"a":"\u12"}`,
		"escape at the end": `{"a":"\`, "unicode at the end": `{"a":"\u0041`, "single quotes": `{'a':1}`, "XML": "<xml/>", "word": "__proto__", "undefined": "undefined",
		"BOM": "\ufeff{}", "lone byte": "{\"a\":\"\xff\"}", "encoded surrogate": "{\"a\":\"\xed\xa0\x80\"}", "too high": "{\"a\":\"\xf4\x90\x80\x80\"}",
		"bad byte in name": "{\"\xff\":1}", "NUL": `{"a":"x\u0000"}`, "NUL in name": `{"\u0000":1}`, "raw NUL": "{\"a\":\"\x00\"}",
		"high surrogate": `{"a":"\ud800"}`, "high then letter": `{"a":"\ud800\u0041"}`, "low surrogate": `{"a":"\udc00"}`, "high high": `{"a":"\ud83d\ud83d"}`,
		"duplicate": `{"a":1,"a":1}`, "duplicate by escape": `{"a":1,"\u0061":1}`, "nested duplicate": `{"x":{"a":1,"a":2}}`,
		"65 levels": deep(65), "a million levels": strings.Repeat("[", 1_000_000), "missing colon": `{"a" 1}`, "missing comma": `[1 2]`, "closing": `]`, "half": `[1}`,
	} {
		if _, p := decode([]byte(body)); p == nil || p.status != 400 || p.Code != codeInvalidInput {
			t.Errorf("%s: %+v", name, p)
		}
	}
	if _, p := decode([]byte(deep(64))); p != nil {
		t.Errorf("64 levels: %s", p.Message)
	}
}

func TestDecodeKeepsText(t *testing.T) {
	t.Parallel()
	n, p := decode([]byte(` {"a":"\ud83d\ude00 \u00e9 \"\\\/\b\f\n\r\t é 😀","b":-1.5e3,"c":[true,false,null,{}]} `))
	if p != nil {
		t.Fatal(p.Message)
	}
	if got := n.members[0].value.text; got != "😀 é \"\\/\b\f\n\r\t é 😀" {
		t.Errorf("text %q", got)
	}
	if got := n.members[1].value; got.kind != '0' || got.text != "-1.5e3" {
		t.Errorf("number %+v", got)
	}
	if got := n.members[2].value; len(got.items) != 4 || !got.items[0].truth || got.items[1].truth || got.items[2].kind != 'n' || got.items[3].kind != 'o' {
		t.Errorf("array %+v", got)
	}
}

// Whatever is accepted is JSON, and reading it never breaks.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"a":[1,"\ud83d\ude00",null]}`, `"\u0000"`, `{"a":1,"a":2}`, `[[[`, `-0.1e+5`, "\"\\u12\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		n, p := decode(body)
		if p == nil && (!json.Valid(body) || n == nil) {
			t.Errorf("accepted %q", body)
		}
	})
}
