// Package account owns the pages that people reach by mailed links: taking an
// account over, choosing a password, and asking for a link to do so.
package account
