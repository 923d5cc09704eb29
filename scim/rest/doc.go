// Package rest owns the HTTP face of SCIM (RFC 7644): routes, media types,
// entity tags, discovery and error answers, on the provider in package scim.
package rest
