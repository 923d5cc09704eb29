// Package postgres owns the store on PostgreSQL 14 and later: its tables, its
// migrations and every statement that touches them.
package postgres
