package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"rollcall/internal/validation"
)

// Exit statuses.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
)

// errUsage marks what only the database shows to be a wrong use of a verb.
var errUsage = errors.New("wrong use")

// bootstrapVariable holds the bootstrap token. It is no flag, because ps shows
// those.
const bootstrapVariable = "ROLLCALL_BOOTSTRAP_TOKEN"

// commands are the verbs.
type commands struct {
	Serve       serve       `cmd:"" help:"Serve SCIM until a signal comes."`
	Migrate     migrate     `cmd:"" help:"Bring the database to the schema of this program."`
	Tenant      tenant      `cmd:"" help:"Create and list tenants."`
	Connection  connection  `cmd:"" help:"Create, list and change connections, the provisioning sources."`
	Token       token       `cmd:"" help:"Create, list and revoke bearer tokens of a connection."`
	Operator    operators   `cmd:"" help:"Create, list, change and remove operators, the people in the console."`
	ConsoleLink consoleLink `cmd:"" help:"Make a link by which an operator signs in to the console once."`
	User        user        `cmd:"" help:"Explain, suspend, restore and otherwise look after the accounts of users."`
	Demo        demo        `cmd:"" help:"Fill an empty tenant with an invented company, to look at."`
	Import      importUsers `cmd:"" help:"Create and change users by a CSV file; look at what it would do first."`
	Export      exportUsers `cmd:"" help:"Write users to a CSV file."`
	Version     version     `cmd:"" help:"Print the version."`
	Healthcheck healthcheck `cmd:"" hidden:"" help:"Ask a server on this machine whether it is alive."`
}

// terminal is where a verb reads and writes.
type terminal struct {
	stdin          io.Reader
	stdout, stderr io.Writer
}

// run is the whole program: it returns the exit status.
func run(ctx context.Context, args []string, t terminal, environ []string) int {
	stdout, stderr := t.stdout, t.stderr
	var verbs commands
	environment := environmentOf(environ)
	verbs.Serve.BootstrapToken = environment[bootstrapVariable]
	helped := false
	parser, err := kong.New(&verbs,
		kong.Name("rollcall"), kong.Description("Rollcall, a SCIM 2.0 server. Every flag is also an environment variable: --log-level is ROLLCALL_LOG_LEVEL."),
		vocabulary(), kong.Writers(stdout, stderr), kong.Exit(func(int) { helped = true }),
		kong.Resolvers(environment), kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(t),
	)
	if err != nil {
		return fail(stderr, err, exitFailed)
	}
	parsed, err := parser.Parse(args)
	if helped {
		return exitDone
	}
	if err != nil {
		return fail(stderr, fmt.Errorf("%w (see rollcall --help)", err), exitUsage)
	}
	var wrong *validation.Error
	switch err := parsed.Run(); {
	case errors.As(err, &wrong):
		return fail(stderr, flagged(parsed, wrong), exitUsage)
	case errors.Is(err, errUsage):
		return fail(stderr, err, exitUsage)
	case errors.Is(err, context.Canceled) && ctx.Err() != nil:
		return fail(stderr, errors.New("interrupted"), exitFailed)
	case err != nil:
		return fail(stderr, err, exitFailed)
	}
	return exitDone
}

// flagged says which flag gives the field that is wrong, where one does.
func flagged(parsed *kong.Context, wrong *validation.Error) error {
	for _, flag := range parsed.Flags() {
		if flag.Name == wrong.Field {
			return fmt.Errorf("%w (see --%s)", wrong, flag.Name)
		}
	}
	return wrong
}

// fail writes one line, whatever the error joins.
func fail(stderr io.Writer, err error, status int) int {
	fmt.Fprintln(stderr, "rollcall:", strings.ReplaceAll(err.Error(), "\n", "; "))
	return status
}

// environment gives flags the value of their variable. The command line wins.
type environment map[string]string

func environmentOf(environ []string) environment {
	variables := environment{}
	for _, pair := range environ {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "ROLLCALL_") && value != "" {
			variables[name] = value
		}
	}
	return variables
}

// Validate implements kong.Resolver.
func (e environment) Validate(*kong.Application) error { return nil }

// Resolve implements kong.Resolver.
func (e environment) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	name := "ROLLCALL_" + strings.ToUpper(strings.ReplaceAll(flag.Name, "-", "_"))
	if value, ok := e[name]; ok && flag.Name != "help" {
		return value, nil
	}
	return nil, nil //nolint:nilnil // kong's way to say that there is no value
}
