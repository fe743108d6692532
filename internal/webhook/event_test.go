package webhook

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

var createdAt = time.Date(2026, 3, 4, 5, 6, 7, 890_987_654, time.FixedZone("", 3600))

func TestBody(t *testing.T) {
	t.Parallel()
	const hook = ID("abcdefghijklmnopqrstu")
	const both, own = `"createdAt":"2026-03-04T04:06:07.890Z","hookId":"abcdefghijklmnopqrstu"}`, `"hookId":"abcdefghijklmnopqrstu"}`
	for posted, want := range map[string]struct{ both, own string }{
		`{}`:                 {`{` + both, `{` + own},
		"{ \t\r\n}":          {"{ \t\r\n" + both, "{ \t\r\n" + own},
		`{"a":1}`:            {`{"a":1,` + both, `{"a":1,` + own},
		`{ "a" : 1 }`:        {`{ "a" : 1 ,` + both, `{ "a" : 1 ,` + own},
		"{\n\t\"a\": 1\n}":   {"{\n\t\"a\": 1\n," + both, "{\n\t\"a\": 1\n," + own},
		`{"a":{}}`:           {`{"a":{},` + both, `{"a":{},` + own},
		`{"a":"{ "}`:         {`{"a":"{ ",` + both, `{"a":"{ ",` + own},
		`{"":""}`:            {`{"":"",` + both, `{"":"",` + own},
		`{"a":1,"a":2}`:      {`{"a":1,"a":2,` + both, `{"a":1,"a":2,` + own},
		`{"n":1.00}`:         {`{"n":1.00,` + both, `{"n":1.00,` + own},
		`{"u":"\u00e9é\/"}`:  {`{"u":"\u00e9é\/",` + both, `{"u":"\u00e9é\/",` + own},
		`{"z":1,"a":[ 1,2]}`: {`{"z":1,"a":[ 1,2],` + both, `{"z":1,"a":[ 1,2],` + own},
		`{"big":123456789012345678901234567890.5e-400}`: {
			`{"big":123456789012345678901234567890.5e-400,` + both, `{"big":123456789012345678901234567890.5e-400,` + own,
		},
		`{"x":{"hookId":"theirs","createdAt":1}}`: {
			`{"x":{"hookId":"theirs","createdAt":1},` + both, `{"x":{"hookId":"theirs","createdAt":1},` + own,
		},
	} {
		if got := string(Payload{Posted: []byte(posted), CreatedAt: createdAt, Composer: ComposerVersion}.Body(hook)); got != want.both {
			t.Errorf("%s becomes %s, want %s", posted, got, want.both)
		}
		if got := string(Payload{Posted: []byte(posted), Composer: ComposerVersion}.Body(hook)); got != want.own {
			t.Errorf("%s with a createdAt of its own becomes %s, want %s", posted, got, want.own)
		}
	}
}

// FuzzBody posts any object and takes the body apart again.
func FuzzBody(f *testing.F) {
	for _, posted := range []string{`{}`, `{ }`, `{"a":1}`, `{"a":"}"}`, `{"a":{"b":[]} }`, `{"n":1e999}`, `{"":null}`, "{\"a\"\n:\ttrue\r}"} {
		f.Add([]byte(posted), true)
	}
	f.Fuzz(func(t *testing.T, raw []byte, ownCreatedAt bool) {
		posted := bytes.Trim(raw, " \t\r\n")
		if len(posted) == 0 || posted[0] != '{' || !json.Valid(posted) {
			t.Skip("only objects are accepted")
		}
		p := Payload{Posted: bytes.Clone(posted), Composer: ComposerVersion}
		if !ownCreatedAt {
			p.CreatedAt = createdAt
		}
		body := p.Body("abc")
		if !bytes.Equal(p.Posted, posted) {
			t.Fatal("the posted bytes were changed")
		}
		if !bytes.Equal(body, p.Body("abc")) {
			t.Fatal("the next attempt has another body")
		}
		kept := posted[:len(posted)-1]
		appended, untouched := bytes.CutPrefix(body, kept)
		if !untouched || !json.Valid(body) {
			t.Fatalf("%s becomes %s", posted, body)
		}
		empty := len(bytes.Trim(kept[1:], " \t\r\n")) == 0
		object := "{" + strings.TrimPrefix(string(appended), ",")
		if strings.HasPrefix(string(appended), ",") == empty {
			t.Fatalf("%s becomes %s", posted, body)
		}
		var members map[string]string
		if err := json.Unmarshal([]byte(object), &members); err != nil || members["hookId"] != "abc" || (members["createdAt"] == "") != ownCreatedAt {
			t.Fatalf("appended: %s (%v)", appended, err)
		}
	})
}
