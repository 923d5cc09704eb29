// Package outbound owns calls to addresses that administrators of a tenant
// choose: it reaches public addresses alone, follows no redirect, waits a
// bounded time and reads a bounded answer.
package outbound
