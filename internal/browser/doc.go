// Package browser owns the tests that drive the console in a real browser.
package browser
