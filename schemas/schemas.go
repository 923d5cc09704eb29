// Package schemas owns the SCIM schema and resource type documents
// (RFC 7643 sections 6, 7 and 8.7) that the server publishes.
package schemas

import "embed"

// Documents holds the documents: *.schema.json and *.resourcetype.json.
//
//go:embed *.json
var Documents embed.FS
