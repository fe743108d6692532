package httpapi

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPlainQuery(t *testing.T) {
	t.Parallel()
	tests := map[string]url.Values{
		"":                          {},
		"a=1&b=%26+x":               {"a": {"1"}, "b": {"& x"}},
		"a=1;2&b=3":                 {"a": {"1;2"}, "b": {"3"}},
		"a=%zz+%41&&=%":             {"a": {"%zz A"}, "": {"%"}},
		"%=1&a%2=%2&b=%25%":         {"%": {"1"}, "a%2": {"%2"}, "b": {"%%"}},
		"a=%+1&a=%-1&b=;&%3B=%e2%8": {"a": {"% 1", "%-1"}, "b": {";"}, ";": {"\xe2%8"}},
	}
	for raw, want := range tests {
		r := mustRequest(t, "/api/hooks")
		r.URL.RawQuery = raw
		got, err := url.ParseQuery(plainQuery(r).URL.RawQuery)
		if err != nil {
			t.Errorf("%q: %v", raw, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", raw, diff)
		}
		if r.URL.RawQuery != raw {
			t.Errorf("%q was changed in place", raw)
		}
	}
}
