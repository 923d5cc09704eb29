// Package batch owns batches of orders about many users: what they would do,
// that they are carried out once, how far they have got, and how they are taken
// back.
package batch
