package main

import (
	"encoding/json"
	"strings"

	contract "github.com/tidingshq/tidings/api"
)

// scopeFor is what the contract says about who may make a call, such as "manage";
// empty if it does not know the call.
func scopeFor(method, path string) string {
	document, err := contract.Document()
	if err != nil {
		return ""
	}
	var described struct {
		Paths map[string]map[string]json.RawMessage `json:"paths"`
	}
	if json.Unmarshal(document, &described) != nil {
		return ""
	}
	path, _, _ = strings.Cut(path, "?")
	best, literals := json.RawMessage(nil), -1
	for template, methods := range described.Paths {
		if same, fits := fit(template, path); fits && same > literals && methods[strings.ToLower(method)] != nil {
			best, literals = methods[strings.ToLower(method)], same
		}
	}
	var operation struct{ Description string }
	_ = json.Unmarshal(best, &operation) // without one there is no description
	_, text, _ := strings.Cut(operation.Description, "Scope: ")
	text, _, _ = strings.Cut(text, ".")
	return strings.ReplaceAll(text, "`", "")
}

// fit compares a path with a template of the contract, and counts the segments that
// are the same.
func fit(template, path string) (same int, fits bool) {
	want, have := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(have) {
		return 0, false
	}
	for i := range want {
		switch {
		case want[i] == have[i]:
			same++
		case !strings.HasPrefix(want[i], "{"):
			return 0, false
		}
	}
	return same, true
}
