package compare

import (
	"fmt"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Load reads a description in JSON or YAML and resolves its references.
func Load(file string) (*openapi3.T, error) {
	document, err := openapi3.NewLoader().LoadFromFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s is no OpenAPI description that can be read: %w", file, err)
	}
	if document.Paths.Len() == 0 {
		return nil, fmt.Errorf("%s describes no operation; is it an OpenAPI 3 file?", file)
	}
	return document, nil
}

// OurSurface reads our description. All its operations are login operations.
func OurSurface(document *openapi3.T) Surface {
	return read(document, Names{}, document.Paths.Keys())
}

// UpstreamSurface reads an upstream description with our names. It reads the paths of our
// description and everything that they refer to.
func UpstreamSurface(document, ours *openapi3.T, names Names) Surface {
	return read(document, names, ours.Paths.Keys())
}

func read(document *openapi3.T, names Names, scope []string) Surface {
	r := reader{names: names, surface: Surface{}, seen: map[string]bool{}}
	for route, item := range document.Paths.Map() {
		if !slices.ContainsFunc(scope, func(root string) bool { return strings.HasPrefix(route+"/", root+"/") }) {
			continue
		}
		for method, operation := range item.Operations() {
			r.operation(method+" "+route, operation, item.Parameters)
		}
	}
	r.surface.settle()
	return r.surface
}

// reader reads a description into a surface.
type reader struct {
	names   Names
	surface Surface
	seen    map[string]bool // the schemas that were read, by their names in the description
}

// errorID matches the ids that a description explains in a list.
var errorID = regexp.MustCompile("(?m)^\\s*(?:- )?`?([a-z][a-z0-9]*(?:_[a-z0-9]+)+)`?:")

func (r *reader) operation(name string, operation *openapi3.Operation, common openapi3.Parameters) {
	element := r.surface.add(kindOperation, name, operation.OperationID, "")
	element.set(aspectName, r.names.operation(operation.OperationID))
	element.say(operation.Description)
	for _, id := range errorID.FindAllStringSubmatch(operation.Description, -1) {
		r.surface.add(kindErrorID, name+" error id "+id[1], id[1], name)
	}
	for _, parameter := range slices.Concat(common, operation.Parameters) {
		r.parameter(name, parameter.Value)
	}
	if operation.RequestBody != nil {
		body := operation.RequestBody.Value
		element := r.surface.add(kindBody, name+" body", "", name)
		element.set(aspectRequired, yesNo(body.Required))
		r.content(element.Name, body.Content)
	}
	for status, response := range operation.Responses.Map() {
		r.response(name, status, response.Value)
	}
}

func (r *reader) parameter(operation string, parameter *openapi3.Parameter) {
	name := parameter.Name
	if parameter.In == openapi3.ParameterInHeader {
		name = http.CanonicalHeaderKey(name)
	}
	element := r.surface.add(kindParameter, operation+" "+parameter.In+" "+name, parameter.Name, operation)
	element.set(aspectRequired, yesNo(parameter.Required))
	element.say(parameter.Description)
	if parameter.Schema != nil {
		r.describe(element, parameter.Schema)
		element.addKnownValues(parameter.Description)
	}
}

func (r *reader) response(operation, status string, response *openapi3.Response) {
	element := r.surface.add(kindStatus, operation+" "+status, status, operation)
	if response.Description != nil {
		element.say(*response.Description)
	}
	for name, header := range response.Headers {
		element := r.surface.add(kindHeader, element.Name+" header "+http.CanonicalHeaderKey(name), name, element.Name)
		r.describe(element, header.Value.Schema)
	}
	r.content(element.Name, response.Content)
}

func (r *reader) content(parent string, content openapi3.Content) {
	for mediaType, body := range content {
		r.describe(r.surface.add(kindMediaType, parent+" "+mediaType, mediaType, parent), body.Schema)
	}
}

// describe adds to an element what its schema says. A schema with its own name becomes an
// element of its own, and its users only name it.
func (r *reader) describe(element *Element, ref *openapi3.SchemaRef) {
	if ref == nil || ref.Value == nil {
		element.set(aspectType, "any")
		return
	}
	schema := ref.Value
	element.addKnownValues(schema.Description)
	if ref.Ref == "" {
		element.say(schema.Description)
	}
	if len(schema.AllOf) == 1 && len(schema.Properties) == 0 {
		r.describe(element, schema.AllOf[0])
		return
	}
	if ref.Ref != "" && (len(schema.Properties) > 0 || isUnion(schema)) {
		element.set(aspectType, r.schema(path.Base(ref.Ref), schema))
		return
	}
	r.form(element, schema)
}

// schema reads a schema with a name and returns our name for it.
func (r *reader) schema(original string, schema *openapi3.Schema) string {
	name := r.names.Schema(original)
	if r.seen[original] {
		return name
	}
	r.seen[original] = true
	if isUnion(schema) && r.folds(name, schema) {
		r.fold(name, original, schema)
		return name
	}
	element := r.surface.add(kindSchema, name, original, "")
	element.say(schema.Description)
	r.form(element, schema)
	return name
}

// form adds to an element what kind of JSON it is.
func (r *reader) form(element *Element, schema *openapi3.Schema) {
	element.set(aspectNullable, yesNo(schema.Nullable))
	switch {
	case isUnion(schema):
		element.set(aspectType, "one of several")
		for value, variant := range variants(schema) {
			element.Values[value] = r.schema(path.Base(variant.Ref), variant.Value)
		}
	case schema.Type == nil && len(schema.Properties) == 0:
		element.set(aspectType, "any")
		element.Aspects[aspectNullable] = yes
	case schema.Type.Is(openapi3.TypeArray):
		element.set(aspectType, openapi3.TypeArray)
		r.describe(r.surface.add(kindItems, element.Name+"[]", element.Original+"[]", element.Name), schema.Items)
	case len(schema.Properties) > 0:
		element.set(aspectType, openapi3.TypeObject)
		r.properties(element, schema)
	case hasForm(schema.AdditionalProperties.Schema):
		element.set(aspectType, "map")
		values := r.surface.add(kindItems, element.Name+"{}", element.Original+"{}", element.Name)
		r.describe(values, schema.AdditionalProperties.Schema)
	default:
		r.scalar(element, schema)
	}
}

func (r *reader) scalar(element *Element, schema *openapi3.Schema) {
	element.set(aspectType, strings.Join(schema.Type.Slice(), " or "))
	element.set(aspectFormat, schema.Format)
	element.set(aspectClosed, yesNo(len(schema.Enum) > 0))
	for _, value := range schema.Enum {
		element.Values[fmt.Sprint(value)] = ""
	}
}

func (r *reader) properties(parent *Element, schema *openapi3.Schema) {
	for name, property := range schema.Properties {
		element := r.surface.add(kindProperty, parent.Name+"."+name, parent.Original+"."+name, parent.Name)
		element.set(aspectRequired, yesNo(slices.Contains(schema.Required, name)))
		r.describe(element, property)
	}
}

// folds reports whether our description has one flat object for a union. Then at least one of
// the union's variants has the union's own name in our description.
func (r *reader) folds(name string, union *openapi3.Schema) bool {
	for _, variant := range variants(union) {
		if r.names.Schema(path.Base(variant.Ref)) == name {
			return true
		}
	}
	return false
}

// fold reads the variants of a union into one object. The value that tells the variants apart
// becomes a known value of a property.
func (r *reader) fold(name, original string, union *openapi3.Schema) {
	for _, variant := range variants(union) {
		r.schema(path.Base(variant.Ref), variant.Value)
	}
	if union.Discriminator == nil {
		return
	}
	if property := r.surface[name+"."+union.Discriminator.PropertyName]; property != nil {
		for value := range union.Discriminator.Mapping {
			property.Values[value] = ""
		}
		property.Original = original + "." + union.Discriminator.PropertyName
		property.Aspects[aspectClosed] = yes
	}
}

// isUnion reports whether a schema is a union of schemas with names.
func isUnion(schema *openapi3.Schema) bool { return len(variants(schema)) > 0 }

// variants returns the schemas of a union by the value that stands for each. A schema without
// such a value is there by its name.
func variants(schema *openapi3.Schema) map[string]*openapi3.SchemaRef {
	found := map[string]*openapi3.SchemaRef{}
	for _, variant := range slices.Concat(schema.OneOf, schema.AnyOf) {
		if variant.Ref == "" {
			continue
		}
		found[valueOf(schema.Discriminator, variant.Ref)] = variant
	}
	return found
}

func valueOf(discriminator *openapi3.Discriminator, ref string) string {
	if discriminator != nil {
		for value, target := range discriminator.Mapping {
			if target.Ref == ref {
				return value
			}
		}
	}
	return path.Base(ref)
}

// hasForm reports whether a schema says anything.
func hasForm(ref *openapi3.SchemaRef) bool {
	return ref != nil && (ref.Ref != "" || ref.Value != nil && ref.Value.Type != nil)
}

var (
	knownValues = regexp.MustCompile(`(?s)Known values(?: of inputs)? are (.*?)\.(?:\s|$)`)
	inBrackets  = regexp.MustCompile(`\s*\([^)]*\)`)
	separator   = regexp.MustCompile(`,\s+(?:and\s+)?|\s+and\s+`)
)

// addKnownValues reads the values that our descriptions list instead of an enum.
func (e *Element) addKnownValues(description string) {
	for _, list := range knownValues.FindAllStringSubmatch(description, -1) {
		words := inBrackets.ReplaceAllString(list[1], "")
		words, _, _ = strings.Cut(words, ", which ")
		for _, value := range separator.Split(words, -1) {
			if union, ok := strings.CutPrefix(strings.Join(strings.Fields(value), " "), "the methods of "); ok {
				e.methods = append(e.methods, union)
				continue
			}
			e.Values[strings.Trim(value, `"`)] = ""
		}
	}
}
