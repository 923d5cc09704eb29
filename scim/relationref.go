package scim

import (
	"strings"

	"rollcall/scim/filter"
	"rollcall/scim/schema"
	"rollcall/store"
)

// reference lowers a comparison of $ref other than "ne". No $ref is stored:
// answers make it of the base, the endpoint of the type and the id, and so it
// is taken apart here. What an order of URIs would mean nobody knows.
func (r relatives) reference(f filter.Compare, text string) (store.Expr, error) {
	// The id has no slash, so that the last one of the text, if it has any,
	// stands right before the id or further ahead.
	slash := strings.LastIndexByte(text, '/') + 1
	ahead, id := text[:slash], text[slash:]
	switch f.Op {
	case filter.Equal:
		return r.target(ahead, id), nil
	case filter.StartsWith:
		return disjunction(
			r.typed(func(t *schema.ResourceType) bool { return strings.HasPrefix(r.ahead(t), text) }),
			conjunction(r.typed(func(t *schema.ResourceType) bool { return r.ahead(t) == ahead }), relatedID(store.StartsWith, id)),
		), nil
	case filter.EndsWith:
		if ahead == "" {
			return relatedID(store.EndsWith, id), nil
		}
		return conjunction(r.typed(func(t *schema.ResourceType) bool { return strings.HasSuffix(r.ahead(t), ahead) }), relatedID(store.Equal, id)), nil
	case filter.Contains:
		within := r.typed(func(t *schema.ResourceType) bool { return strings.Contains(r.ahead(t), text) })
		if ahead == "" {
			return disjunction(within, relatedID(store.Contains, id)), nil
		}
		return disjunction(within, conjunction(
			r.typed(func(t *schema.ResourceType) bool { return strings.HasSuffix(r.ahead(t), ahead) }), relatedID(store.StartsWith, id),
		)), nil
	}
	return nil, unanswerable(f.Attribute)
}

func relatedID(op store.Op, text string) store.Expr {
	return store.CompareColumn{Column: store.ColumnRelatedID, Op: op, Value: text}
}

// ahead is what stands before the id in a $ref.
func (r relatives) ahead(t *schema.ResourceType) string { return r.base + t.Endpoint + "/" }

// target is true for the resource that a URI names: an absolute one below the
// base, or one that is relative to it.
func (r relatives) target(ahead, id string) store.Expr {
	root, endpoint := "", strings.TrimSuffix(ahead, "/")
	if slash := strings.LastIndexByte(endpoint, '/'); slash >= 0 {
		root, endpoint = endpoint[:slash], endpoint[slash+1:]
	}
	if ahead == "" || !r.isBase(root) {
		return store.Const(false)
	}
	return conjunction(r.typed(func(t *schema.ResourceType) bool { return t.Endpoint == "/"+endpoint }), relatedID(store.Equal, id))
}

// isBase reports whether a URI is the base, whatever version of the protocol
// it names or leaves out (RFC 7643 section 2.4), or relative to it.
func (r relatives) isBase(root string) bool {
	if root == "" || root == "." || root == ".." {
		return true
	}
	base := unversioned(r.base)
	if strings.HasPrefix(root, "/") {
		_, path := SplitOrigin(base)
		return unversioned(root) == path
	}
	return sameOrigin(unversioned(root), base)
}

func unversioned(uri string) string {
	if at := strings.LastIndexByte(uri, '/'); at >= 0 && IsVersion(uri[at+1:]) {
		return uri[:at]
	}
	return uri
}

// sameOrigin compares absolute URIs: scheme and host without case, the path
// exactly.
func sameOrigin(a, b string) bool {
	originA, pathA := SplitOrigin(a)
	originB, pathB := SplitOrigin(b)
	return strings.EqualFold(originA, originB) && pathA == pathB
}
