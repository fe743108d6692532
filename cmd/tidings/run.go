package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tidingshq/tidings/internal/app"
	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/webhook"
)

// The exit codes.
const (
	exitOK       = 0
	exitFailed   = 1
	exitUsage    = 2
	exitAuth     = 3
	exitNotFound = 4
)

// commandLine is what can be given on the command line.
type commandLine struct {
	Help helpFlag `help:"Show what there is and two examples." short:"h"`
	JSON bool     `help:"Write JSON for programs." name:"json"`

	Serve serveCommand `cmd:"" help:"Run the server."`
	Demo  demoCommand  `cmd:"" help:"Run a demonstration on a temporary database."`
	Emit  emitCommand  `cmd:"" help:"Send an event."`

	Webhooks   webhookCommands   `cmd:"" help:"List, create, test and change webhooks."`
	EventTypes eventTypeCommands `cmd:"" help:"List, create and delete event types."`
	Deliveries deliveryCommands  `cmd:"" help:"List deliveries, or show one."`
	Tail       tailCommand       `cmd:"" help:"Show deliveries as they happen."`
	Redeliver  redeliverCommand  `cmd:"" help:"Attempt one delivery again."`
	Cancel     cancelCommand     `cmd:"" help:"End a delivery that is still being attempted."`
	Verify     verifyCommand     `cmd:"" help:"Check the signature of a request."`

	Tenants     tenantCommands     `cmd:"" help:"List, create and delete tenants."`
	Keys        keyCommands        `cmd:"" help:"Create, list and revoke API keys."`
	SetupLink   setupLinkCommand   `cmd:"" help:"Print a link that makes the first console user."`
	Users       userCommands       `cmd:"" help:"List console users and reset their passwords."`
	Migrate     migrateCommand     `cmd:"" help:"Bring the schema of the database up to date, or move to PostgreSQL."`
	Doctor      doctorCommand      `cmd:"" help:"Check configuration, database, disk, clock, ports and rules."`
	Healthcheck healthcheckCommand `cmd:"" help:"Ask a server whether it is ready."`
	Config      configCommands     `cmd:"" help:"Look at the configuration."`
	Completion  completionCommand  `cmd:"" help:"Write the completion script of a shell."`
	Version     versionCommand     `cmd:"" help:"Print the version."`
}

// session is what a command has to work with.
type session struct {
	env    map[string]string
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	json   bool
	open   opener
	// console says that this binary has it.
	console bool
}

// usageError is a mistake in the arguments or the configuration.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func run(ctx context.Context, args, env []string, stdin io.Reader, stdout, stderr io.Writer) int {
	s := &session{env: variables(env), stdin: stdin, stdout: stdout, stderr: stderr, open: openApplication, console: app.HasConsole()}
	return s.run(ctx, args)
}

func (s *session) run(ctx context.Context, args []string) int {
	err := s.execute(ctx, args)
	if err == nil {
		return exitOK
	}
	fmt.Fprintln(s.stderr, "tidings: "+strings.ReplaceAll(err.Error(), "\n", "\ntidings: "))
	return exitCode(err)
}

func variables(env []string) map[string]string {
	found := make(map[string]string, len(env))
	for _, entry := range env {
		name, value, _ := strings.Cut(entry, "=")
		found[name] = value
	}
	return found
}

func (s *session) lookup(name string) (string, bool) {
	value, found := s.env[name]
	return value, found
}

func (s *session) execute(ctx context.Context, args []string) error {
	line := new(commandLine)
	line.Serve.Settings = settingFlags()
	line.Config.Print.Settings = settingFlags()
	line.Healthcheck.Settings = settingFlags()
	line.Doctor.Settings = settingFlags()
	line.Migrate.Settings = databaseFlags()
	line.SetupLink.Settings = linkFlags()
	line.Users.List.Settings = databaseFlags()
	line.Users.ResetPassword.Settings = databaseFlags()
	for _, scene := range []*keyScene{&line.Keys.Create.Scene, &line.Keys.List.Scene, &line.Keys.Revoke.Scene} {
		scene.Settings = databaseFlags()
	}
	parser, err := kong.New(
		line, kong.Name("tidings"), kong.NoDefaultHelp(), kong.Writers(s.stdout, s.stderr),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Description("Tidings takes events and delivers them, signed, to every webhook that subscribed."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
	)
	if err != nil {
		return fmt.Errorf("build the command line: %w", err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if errors.Is(err, errHelpShown) {
		return nil
	}
	if err != nil {
		return usageError{fmt.Errorf("%w (--help shows what there is)", err)}
	}
	s.json = line.JSON
	return command.Run(s, parser)
}

func exitCode(err error) int {
	if _, is := errors.AsType[usageError](err); is {
		return exitUsage
	}
	if _, is := errors.AsType[*config.Error](err); is {
		return exitUsage
	}
	if _, is := errors.AsType[*webhook.Invalid](err); is {
		return exitUsage
	}
	refused, is := errors.AsType[*refusal](err)
	switch {
	case errors.Is(err, webhook.ErrNotFound):
		return exitNotFound
	case is && (refused.Status == 401 || refused.Status == 403):
		return exitAuth
	case is && refused.Status == 404:
		return exitNotFound
	default:
		return exitFailed
	}
}

// helpFlag prints the help of the command it is given to.
type helpFlag bool

var errHelpShown = errors.New("help was shown")

// BeforeReset is called by kong before it looks at what is missing.
func (helpFlag) BeforeReset(ctx *kong.Context) error {
	if err := ctx.PrintUsage(false); err != nil {
		return err
	}
	return errHelpShown
}

// examples is the end of a command's help.
func examples(lines ...string) string {
	return "Examples:\n\n  " + strings.Join(lines, "\n\n  ")
}

// printJSON writes one line of JSON.
func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write output: %w", err)
	}
	return nil
}
