// Command requirements owns docs/conformance.md: it runs the tests, collects
// which requirement each of them shows, and holds the result against the page.
package main
