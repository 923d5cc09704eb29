// Package console owns the pages on which operators administer a tenant: HTML
// that works without scripts, one file a page.
package console
