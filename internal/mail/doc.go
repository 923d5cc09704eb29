// Package mail owns sending mail: letters made from embedded templates, over
// SMTP or, for development, into a directory. It sends one message and says
// whether trying again makes sense; when to try again is its caller's business.
package mail
