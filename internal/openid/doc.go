// Package openid owns what the server says to an OpenID provider that operators
// sign in at, and what it believes of what comes back.
package openid
