// Package async owns asynchronous requests (RFC 9967 section 2.5.1): what is
// kept of them, how they are carried out once although the process may be
// killed at any time, and what is told of their completion.
package async
