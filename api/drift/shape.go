package main

import (
	"slices"
	"strconv"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// The contract was written anew from the server's own, which it refines. Before the two are compared, what is refined is taken out of
// the one, and what the client does not go by is taken out of both:
//
//   - names of schemas and operations, texts, examples; paths outside of /v1
//   - null: to the client null and absent are the same
//   - answers that are errors, whose shapes the server publishes wrongly, and answers without a schema, such as that to an async create
//   - objects that the contract describes and leaves open, where the server publishes any object: the contract describes what
//     is in them. An object that the contract closes is one that the server describes too
//   - what the contract says of a value beyond its type (enum, format, bounds), where the server says nothing
//   - what is required of an answer: the client does without almost everything

// maxDepth is how deep a schema is followed; deeper ones refer to themselves.
const maxDepth = 24

// reduced returns what is compared of a contract: a document with its operations, each with everything in it. Refined is the other
// contract, whose refinements are to be taken out; nil if it is the one that is refined.
func reduced(doc, published *openapi3.T) *openapi3.T {
	out := &openapi3.T{OpenAPI: doc.OpenAPI, Info: &openapi3.Info{Title: "v1", Version: "1"}, Paths: openapi3.NewPaths()}
	for path, item := range doc.Paths.Map() {
		if !strings.HasPrefix(path, "/v1/") {
			continue
		}
		reducedItem := &openapi3.PathItem{}
		for method, op := range item.Operations() {
			reducedItem.SetOperation(method, reducedOperation(op, operation(published, method, path)))
		}
		out.Paths.Set(path, reducedItem)
	}
	return out
}

// operation finds an operation; nil if there is none.
func operation(doc *openapi3.T, method, path string) *openapi3.Operation {
	if doc == nil || doc.Paths.Value(path) == nil {
		return nil
	}
	return doc.Paths.Value(path).GetOperation(method)
}

// operations counts those of /v1.
func operations(doc *openapi3.T) (n int) {
	for path, item := range doc.Paths.Map() {
		if strings.HasPrefix(path, "/v1/") {
			n += len(item.Operations())
		}
	}
	return n
}

func reducedOperation(op, published *openapi3.Operation) *openapi3.Operation {
	out := &openapi3.Operation{Responses: openapi3.NewResponsesWithCapacity(1)}
	for _, ref := range op.Parameters {
		p := ref.Value
		var other *openapi3.SchemaRef
		if published != nil {
			if same := published.Parameters.GetByInAndName(p.In, p.Name); same != nil {
				other = same.Schema
			}
		}
		out.Parameters = append(out.Parameters, &openapi3.ParameterRef{Value: &openapi3.Parameter{
			Name: p.Name, In: p.In, Required: p.Required, Schema: shape{refined: published != nil}.schema(p.Schema, other, 0),
		}})
	}
	if op.RequestBody != nil {
		var other *openapi3.SchemaRef
		if published != nil && published.RequestBody != nil {
			other = jsonOf(published.RequestBody.Value.Content)
		}
		body := openapi3.NewRequestBody().WithRequired(op.RequestBody.Value.Required)
		body.Content = content(shape{refined: published != nil}.schema(jsonOf(op.RequestBody.Value.Content), other, 0))
		out.RequestBody = &openapi3.RequestBodyRef{Value: body}
	}
	for status, ref := range op.Responses.Map() {
		if code, err := strconv.Atoi(status); err != nil || code >= 300 {
			continue
		}
		var other *openapi3.SchemaRef
		if published != nil {
			if same := published.Responses.Value(status); same != nil {
				other = jsonOf(same.Value.Content)
			}
		}
		text := ""
		response := &openapi3.Response{Description: &text}
		if status != "202" {
			response.Content = content(shape{refined: published != nil, answer: true}.schema(jsonOf(ref.Value.Content), other, 0))
		}
		out.Responses.Set(status, &openapi3.ResponseRef{Value: response})
	}
	return out
}

func jsonOf(c openapi3.Content) *openapi3.SchemaRef {
	if media := c.Get("application/json"); media != nil {
		return media.Schema
	}
	return nil
}

func content(schema *openapi3.SchemaRef) openapi3.Content {
	return openapi3.Content{"application/json": &openapi3.MediaType{Schema: schema}}
}

// shape reduces schemas.
type shape struct {
	refined bool // there is a published schema to compare with
	answer  bool // of an answer, not of a request
}

// schema returns what is compared of a schema. Published is that of the server, nil if it has none.
func (s shape) schema(ref, published *openapi3.SchemaRef, depth int) *openapi3.SchemaRef {
	ref, published = whole(ref), whole(published)
	if ref == nil || depth > maxDepth {
		return anything()
	}
	from := ref.Value
	if s.refined && published != nil && (isOpen(from) || from.Type == nil) && isFree(published.Value) {
		return s.schema(published, nil, depth+1)
	}
	out := &openapi3.Schema{
		Type: withoutNull(from.Type), Enum: from.Enum, Format: from.Format, Min: from.Min, Max: from.Max,
		MinLength: from.MinLength, MaxLength: from.MaxLength, Pattern: from.Pattern,
	}
	if !s.answer {
		out.Required = slices.Sorted(slices.Values(from.Required))
	}
	other := &openapi3.Schema{}
	if published != nil {
		other = published.Value
	}
	if s.refined && published != nil {
		s.coarsen(out, other)
	}
	if from.Items != nil {
		out.Items = s.schema(from.Items, other.Items, depth+1)
	}
	for name, property := range from.Properties {
		if out.Properties == nil {
			out.Properties = openapi3.Schemas{}
		}
		out.Properties[name] = s.schema(property, other.Properties[name], depth+1)
	}
	switch more := from.AdditionalProperties; {
	case more.Schema != nil && len(from.Properties) == 0 && out.Type.Is("object"):
		out.AdditionalProperties.Schema = s.schema(more.Schema, other.AdditionalProperties.Schema, depth+1)
	case out.Type.Is("object") && len(from.Properties) == 0:
		out.AdditionalProperties = openapi3.AdditionalProperties{Has: new(true)}
	}
	if out.AdditionalProperties.Schema != nil && isEmpty(out.AdditionalProperties.Schema.Value) {
		out.AdditionalProperties = openapi3.AdditionalProperties{Has: new(true)}
	}
	for _, alternative := range slices.Concat(from.AnyOf, from.OneOf) {
		out.AnyOf = append(out.AnyOf, s.schema(alternative, nil, depth+1))
	}
	return openapi3.NewSchemaRef("", out)
}

// coarsen takes out what only the contract says of a value.
func (s shape) coarsen(out, published *openapi3.Schema) {
	if published.Enum == nil {
		out.Enum = nil
	}
	if published.Format == "" {
		out.Format = ""
	}
	if published.Min == nil && published.Max == nil {
		out.Min, out.Max = nil, nil
	}
	if published.MaxLength == nil && published.MinLength == 0 {
		out.MinLength, out.MaxLength = 0, nil
	}
	if published.Pattern == "" {
		out.Pattern = ""
	}
}

// whole unwraps "something or null".
func whole(ref *openapi3.SchemaRef) *openapi3.SchemaRef {
	for ref != nil && ref.Value != nil {
		rest := slices.DeleteFunc(slices.Clone(ref.Value.AnyOf), func(a *openapi3.SchemaRef) bool { return a.Value.Type.Is("null") })
		if len(rest) != 1 {
			return ref
		}
		ref = rest[0]
	}
	return nil
}

func withoutNull(t *openapi3.Types) *openapi3.Types {
	if t == nil {
		return nil
	}
	rest := slices.DeleteFunc(slices.Clone(*t), func(name string) bool { return name == "null" })
	return &rest
}

// isOpen reports whether the contract describes an object, and says that the server leaves it open.
func isOpen(schema *openapi3.Schema) bool {
	more := schema.AdditionalProperties
	return schema.Type.Includes("object") && (more.Has != nil && *more.Has || more.Schema != nil)
}

// isFree reports whether the server says no more than that a value is an object, or nothing at all.
func isFree(schema *openapi3.Schema) bool {
	return isEmpty(schema) || schema.Type.Includes("object") && len(schema.Properties) == 0 && schema.AdditionalProperties.Schema == nil
}

func isEmpty(schema *openapi3.Schema) bool {
	return schema.Type == nil && len(schema.Properties) == 0 && len(schema.AnyOf) == 0 && len(schema.OneOf) == 0 && len(schema.AllOf) == 0
}

func anything() *openapi3.SchemaRef { return openapi3.NewSchemaRef("", &openapi3.Schema{}) }
