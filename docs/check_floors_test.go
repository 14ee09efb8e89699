package docs_test

import (
	"go/ast"
	"strings"
	"testing"

	"github.com/kneo-agent/kneo-client-go/gen"
)

// TestFloorsAreTold: a parameter or a field that not every server has says in its comment which have it.
func TestFloorsAreTold(t *testing.T) {
	structs := map[string]*ast.StructType{}
	aliases := map[string]string{}
	for _, kind := range parsePackage(t, "gen", module+"/gen").Types {
		for _, spec := range kind.Decl.Specs {
			spec := spec.(*ast.TypeSpec)
			switch definition := spec.Type.(type) {
			case *ast.StructType:
				structs[spec.Name.Name] = definition
			case *ast.Ident:
				aliases[spec.Name.Name] = definition.Name
			}
		}
	}
	floors := 0
	for _, op := range gen.Operations {
		for _, floor := range op.Floors {
			floors++
			owner := op.ID + "Params"
			if floor.Kind == "field" {
				owner = aliases[op.ID+"JSONRequestBody"]
			}
			if structs[owner] == nil {
				t.Fatalf("%s has no type %q", op.ID, owner)
			}
			if told := fieldComment(structs[owner], floor.Name); !strings.Contains(told, "server "+floor.Since) {
				t.Errorf("%s: the comment of %s does not say server %s: %s", owner, floor.Name, floor.Since, told)
			}
		}
	}
	if floors < 30 {
		t.Errorf("only %d floors found", floors)
	}
}

// fieldComment returns the comment of the field that a struct has for a name on the wire.
func fieldComment(structure *ast.StructType, name string) string {
	for _, field := range structure.Fields.List {
		if field.Tag != nil && strings.Contains(field.Tag.Value, `json:"`+name+`,`) {
			return strings.ReplaceAll(field.Doc.Text(), "\n", " ")
		}
	}
	return "(no such field)"
}
