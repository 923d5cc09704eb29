package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
)

// maxDocument bounds a schema or resource type document in bytes.
const maxDocument = 1 << 20

// source is one document as it was read.
type source struct {
	name string
	data []byte
	// added says that an operator wrote it.
	added bool
}

// Load compiles the documents of the server and those that an operator adds
// beside them. Of its own the server reads every *.json; of what is added every
// file must be a document, but for those whose name begins with a dot. An error
// names the file, the attribute and the reason.
func Load(own fs.FS, added ...fs.FS) (*Registry, error) {
	sources, err := readOwn(own)
	if err != nil {
		return nil, err
	}
	for _, files := range added {
		more, err := readAdded(files)
		if err != nil {
			return nil, err
		}
		sources = append(sources, more...)
	}
	registry := &Registry{documents: map[string]*Document{}, byName: map[string]*ResourceType{}, byEndpoint: map[string]*ResourceType{}}
	var types []*typeDocument
	for _, s := range sources {
		if err := registry.take(s, &types); err != nil {
			return nil, fmt.Errorf("%s: %w", s.name, err)
		}
	}
	for _, doc := range types {
		if err := registry.addType(*doc); err != nil {
			return nil, fmt.Errorf("%s: %w", doc.file, err)
		}
	}
	sort.Slice(registry.types, func(i, j int) bool { return registry.types[i].order() < registry.types[j].order() })
	for _, doc := range types {
		if err := registry.linkMembers(doc.Name); err != nil {
			return nil, fmt.Errorf("%s: %w", doc.file, err)
		}
	}
	return registry, nil
}

func readOwn(files fs.FS) ([]source, error) {
	names, err := fs.Glob(files, "*.json")
	if err != nil {
		return nil, fmt.Errorf("list schema documents: %w", err)
	}
	sort.Strings(names)
	sources := make([]source, 0, len(names))
	for _, name := range names {
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read schema document: %w", err)
		}
		sources = append(sources, source{name: name, data: data})
	}
	return sources, nil
}

// readAdded takes no file for granted: a name that is overlooked, such as
// device.json.txt, would look like a resource type that is gone. Names that
// begin with a dot belong to editors and to mounted volumes.
func readAdded(files fs.FS) ([]source, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("list schema documents: %w", err)
	}
	var sources []source
	for _, entry := range entries {
		name := entry.Name()
		if strings.HasPrefix(name, ".") {
			continue
		}
		data, err := readDocument(files, name)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		sources = append(sources, source{name: name, data: data, added: true})
	}
	if len(sources) == 0 {
		return nil, errors.New("the directory holds no documents (*.json)")
	}
	return sources, nil
}

// readDocument follows a symbolic link, as volumes are mounted with, and never
// opens what could block or has no end.
func readDocument(files fs.FS, name string) ([]byte, error) {
	if path.Ext(name) != ".json" {
		return nil, errors.New("the name of a document ends in .json; move other files elsewhere")
	}
	info, err := fs.Stat(files, name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("the symbolic link leads nowhere")
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Size() > maxDocument:
		return nil, fmt.Errorf("larger than %d bytes", maxDocument)
	}
	return fs.ReadFile(files, name)
}

// take reads one document: a schema becomes part of the registry, a resource
// type waits in types until all schemas are known.
func (r *Registry) take(s source, types *[]*typeDocument) error {
	if err := checkJSON(s.data); err != nil {
		return err
	}
	var head struct {
		Schemas []string `json:"schemas"`
	}
	if err := json.Unmarshal(s.data, &head); err != nil {
		return fmt.Errorf("schemas: %w", err)
	}
	switch kind := strings.Join(head.Schemas, " "); {
	case strings.EqualFold(kind, schemaDocumentURN):
		return r.addDocument(s.data)
	case strings.EqualFold(kind, resourceTypeDocumentURN):
		doc := &typeDocument{file: s.name, json: s.data, added: s.added}
		if err := json.Unmarshal(s.data, doc); err != nil {
			return err
		}
		for _, other := range *types {
			if s.added && !other.added && strings.EqualFold(other.Name, doc.Name) {
				return other.extend(doc)
			}
		}
		*types = append(*types, doc)
		return nil
	}
	return fmt.Errorf("schemas must be exactly [%q] or [%q]", schemaDocumentURN, resourceTypeDocumentURN)
}
