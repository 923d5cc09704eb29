// Package store owns the persistence contract: records, the query expression,
// the changes that a backend commits, small role interfaces and the sentinel
// errors. It knows neither SCIM documents nor account states; backends live
// below it, one package a technology, and pass the suite in store/storetest.
package store
