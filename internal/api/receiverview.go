package api

import (
	"time"

	"rollcall/internal/events"
)

// receiverView is somebody who gets events. Secret is in the answers that make
// one alone.
type receiverView struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Kind         string    `json:"kind"`
	URL          string    `json:"url,omitzero"`
	Events       []string  `json:"events"`
	Form         string    `json:"form"`
	Audience     string    `json:"audience,omitzero"`
	Secret       string    `json:"secret,omitzero"`
	State        string    `json:"state"`
	StateSince   time.Time `json:"stateSince"`
	StateReason  string    `json:"stateReason,omitzero"`
	Position     int64     `json:"position"`
	Failures     int       `json:"failures"`
	FailingSince time.Time `json:"failingSince,omitzero"`
	LastSuccess  time.Time `json:"lastSuccess,omitzero"`
	RetryAt      time.Time `json:"retryAt,omitzero"`
	Created      time.Time `json:"created"`
}

func viewReceiver(r *events.Receiver) receiverView {
	return receiverView{
		ID: r.ID.String(), Name: r.Name, Kind: r.Kind, URL: r.URL, Events: append([]string{}, r.Events...), Form: r.Form, Audience: r.Audience,
		State: r.State, StateSince: r.Since.UTC(), StateReason: r.Reason, Position: r.Position,
		Failures: r.Failures, FailingSince: r.Failing, LastSuccess: r.Succeeded, RetryAt: r.Due, Created: r.Created.UTC(),
	}
}
