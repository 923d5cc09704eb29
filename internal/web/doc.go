// Package web owns what pages for people have in common: how they read forms, what
// protects them, how they are written, and what errors become.
package web
