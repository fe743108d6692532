package httpapi

import (
	"encoding/json"
	"testing"
)

func TestMaskJSON(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		`{"a":1}`: `{"a":1}`,
		` { "a" : [ 1 , {"b": -1.50e+3 } , [ ] , { } ] , "c" : null } `: `{"a":[1,{"b":-1.50e+3},[],{}],"c":null}`,
		`{"n":12345678901234567890123,"z":1,"a":"é<&>\u2028"}`:          `{"n":12345678901234567890123,"z":1,"a":"é<&>\u2028"}`,
		`"text"`: `"text"`, `12`: `12`, `[true]`: `[true]`, `"\\u0000"`: `"\\u0000"`,
		`{"a\u0000b":"c\u0000\\\u0000d"}`: `{"ab":"c\\d"}`,

		`{"token":"t","Access-Token":{"deep":[1]},"refresh_token":1,"tokens":2}`: `{"token":"******","Access-Token":"******","refresh_token":"******","tokens":2}`,
		`{"Authorization":"Bearer x","x-functions-key":"k","authorizations":1}`:  `{"Authorization":"******","x-functions-key":"******","authorizations":1}`,
		`{"a":[{"clientSecret":"s","API_KEY":"k","privateKey":null}]}`:           `{"a":[{"clientSecret":"******","API_KEY":"******","privateKey":"******"}]}`,
		`{"passwordEncrypted":"x","credentials":{},"set-cookie":["a"]}`:          `{"passwordEncrypted":"******","credentials":"******","set-cookie":"******"}`,
		`{"pass\u0000word":"x","p\u0061ssword":"y"}`:                             `{"password":"******","p\u0061ssword":"******"}`,

		`{"hasPassword":true,"passwordVerified":false}`:                        `{"hasPassword":true,"passwordVerified":false}`,
		`{"hasPassword":"hunter2"}`:                                            `{"hasPassword":"******"}`,
		`{"applicationSecret":{"name":"n"}}`:                                   `{"applicationSecret":{"name":"n"}}`,
		`{"applicationSecret":{"name":"n","value":"v"}}`:                       `{"applicationSecret":"******"}`,
		`{"script":"x"}`:                                                       `{}`,
		`{"a":1,"scriptBody":"x","tokenScript":[{"b":1}]}`:                     `{"a":1}`,
		`{"environment_variables":{},"a":{"myEnvironmentVariables":1},"b":[]}`: `{"a":{},"b":[]}`,
		`{"description":"kept","transcripts":1}`:                               `{"description":"kept","transcripts":1}`,
	}
	for in, want := range tests {
		if got := string(maskJSON([]byte(in))); got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
	}
}

func FuzzMaskJSON(f *testing.F) {
	for _, seed := range []string{`{"a":[1,{"token":"x"}],"script":{}}`, `"\u0000\\"`, `[[],{},-0]`, `{"":{"":null}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		if !json.Valid(in) {
			return
		}
		once := maskJSON(in)
		if !json.Valid(once) {
			t.Fatalf("%q became %q", in, once)
		}
		if twice := maskJSON(once); string(twice) != string(once) {
			t.Fatalf("%q is not final: %q", once, twice)
		}
	})
}
