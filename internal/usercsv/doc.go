// Package usercsv owns the CSV form of users: its columns, how files are read
// and written, and what a row makes of a user.
package usercsv
