package console

import (
	"strconv"

	"rollcall/scim"
)

// thousands writes a number with its thousands apart.
func thousands(n int) string {
	text := strconv.Itoa(n)
	for at := len(text) - 3; at > 0 && text[at-1] != '-'; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return text
}

// total writes how many there are, of many no more than that.
func total(n int, many bool) string {
	if many {
		return thousands(scim.MostCounted) + "+"
	}
	return thousands(n)
}
