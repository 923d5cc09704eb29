package layout

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestEffectsAreEnacted: what lifecycle asks for beside storing the facts,
// package scim does. An effect that nobody enacts is a promise in every dry run.
func TestEffectsAreEnacted(t *testing.T) {
	t.Parallel()
	files := token.NewFileSet()
	read := func(pattern string, visit func(ast.Node) bool) {
		t.Helper()
		names, err := filepath.Glob(filepath.Join("..", "..", filepath.FromSlash(pattern)))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %d files, %v", pattern, len(names), err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, visit)
		}
	}
	var declared, used []string
	read("lifecycle/*.go", func(node ast.Node) bool {
		if spec, ok := node.(*ast.ValueSpec); ok {
			if typ, ok := spec.Type.(*ast.Ident); ok && typ.Name == "Effect" {
				declared = append(declared, spec.Names[0].Name)
			}
		}
		return true
	})
	read("scim/*.go", func(node ast.Node) bool {
		if selected, ok := node.(*ast.SelectorExpr); ok {
			if from, ok := selected.X.(*ast.Ident); ok && from.Name == "lifecycle" {
				used = append(used, selected.Sel.Name)
			}
		}
		return true
	})
	if len(declared) == 0 {
		t.Fatal("no effect is declared")
	}
	for _, effect := range declared {
		if !slices.Contains(used, effect) {
			t.Errorf("lifecycle.%s is enacted by nobody", effect)
		}
	}
}
