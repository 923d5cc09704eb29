package store

// The kinds of actors in the audit trail.
const (
	// ActorConnection is a connection, by its id; ActorUser a user, in its own
	// resource.
	ActorConnection = "connection"
	ActorUser       = "user"
	// ActorOperator is an operator, or a token of the admin API.
	ActorOperator = "operator"
	// ActorCommand is somebody on the command line.
	ActorCommand = "command"
	// ActorSystem is the server itself.
	ActorSystem = "system"
)
