package webhook

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// constants reads the package's source and returns the values of its text constants
// by the type they are declared with.
func constants(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".go") || strings.HasSuffix(entry.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), entry.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(node ast.Node) bool {
			spec, is := node.(*ast.ValueSpec)
			if !is || len(spec.Values) != 1 {
				return true
			}
			kind, named := spec.Type.(*ast.Ident)
			literal, constant := spec.Values[0].(*ast.BasicLit)
			if named && constant && literal.Kind == token.STRING {
				value, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				found[kind.Name] = append(found[kind.Name], value)
			}
			return true
		})
	}
	return found
}

// TestEveryValueIsListed fails when a constant is added and a list of them, or a test
// that goes through them, is not.
func TestEveryValueIsListed(t *testing.T) {
	t.Parallel()
	declared := constants(t)
	for kind, want := range map[string][]string{
		"Reason":       append([]string{""}, texts(Reasons)...),
		"Phase":        {"", "dns", "connect", "tls", "write", "headers", "body"},
		"State":        append([]string{string(StateHeld)}, texts(slices.Collect(maps.Keys(legal)))...),
		"Scope":        texts(slices.Collect(maps.Keys(includedScopes))),
		"Outcome":      {"succeeded", "failed", "interrupted"},
		"Trigger":      {"event", "retry", "manual", "test"},
		"CancelReason": {"webhook_deleted", "held_too_long", "by_person"},
		"Unmatched":    {"", "no_webhook_subscribed", "webhooks_disabled"},
	} {
		slices.Sort(want)
		slices.Sort(declared[kind])
		if diff := cmp.Diff(want, declared[kind]); diff != "" {
			t.Errorf("%s (-listed +declared):\n%s", kind, diff)
		}
	}
}

// TestValuesAreWords: the values stand in JSON, SQL, metrics and documentation.
func TestValuesAreWords(t *testing.T) {
	t.Parallel()
	word := regexp.MustCompile(`^[a-z0-9]+(_[a-z0-9]+)*$`)
	for kind, values := range constants(t) {
		seen := map[string]bool{}
		for _, value := range values {
			if value != "" && !word.MatchString(value) || seen[value] {
				t.Errorf("%s %q is no word of its own", kind, value)
			}
			seen[value] = true
		}
	}
}

func texts[T ~string](values []T) []string {
	made := make([]string, len(values))
	for i, value := range values {
		made[i] = string(value)
	}
	return made
}
