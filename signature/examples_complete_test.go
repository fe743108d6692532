package signature_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// Every exported function and method has an example, so that a reader can copy one.
func TestEveryFunctionHasAnExample(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	exported, examples := map[string]bool{}, map[string]bool{}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, declaration := range file.Decls {
			f, ok := declaration.(*ast.FuncDecl)
			switch {
			case !ok:
			case strings.HasSuffix(name, "_test.go"):
				examples[f.Name.Name] = true
			case f.Name.IsExported():
				exported["Example"+receiver(f)+f.Name.Name] = true
			}
		}
	}
	if len(exported) == 0 {
		t.Fatal("found no exported function")
	}
	for name := range exported {
		if !examples[name] {
			t.Errorf("there is no %s", name)
		}
	}
}

// receiver is "Type_" for a method and empty for a function.
func receiver(f *ast.FuncDecl) string {
	if f.Recv == nil {
		return ""
	}
	kind := f.Recv.List[0].Type
	if pointer, ok := kind.(*ast.StarExpr); ok {
		kind = pointer.X
	}
	return kind.(*ast.Ident).Name + "_"
}
