// Package inspect owns what is remembered of the requests of connections: what is
// taken out of them, that remembering them holds nobody up, and how much it is.
package inspect
