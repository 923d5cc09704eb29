package app

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/alecthomas/kong"

	"rollcall/internal/auth"
)

// Config is everything that can be set. The tags make its fields flags; each
// is also the environment variable ROLLCALL_<FLAG>.
type Config struct {
	DatabaseConfig `embed:""`
	LogConfig      `embed:""`
	JWTConfig      `embed:"" prefix:"jwt-"`
	LimitConfig    `embed:""`
	AddressConfig  `embed:""`
	EventConfig    `embed:""`
	MailConfig     `embed:""`

	RetentionConfig `embed:""`

	OIDC OIDCConfig `embed:"" prefix:"oidc-"`

	JSON bool `help:"Print the addresses as JSON."`

	Schemas         string        `help:"Directory with further schema and resource type documents." type:"path" placeholder:"DIR"`
	Guard           string        `default:"hold" enum:"hold,reject,alert,off" help:"What the mass guard does with removals beyond the limit, where the policy of a tenant says nothing else: hold, reject, alert or off."`
	Migrate         bool          `default:"true" negatable:"" help:"Apply missing migrations at start; without it, refuse to start where some are missing."`
	CredentialsFile string        `help:"Where the first start writes its token when standard output is no terminal; by default rollcall-credentials beside the SQLite file, in the state directory or in the working directory." type:"path" placeholder:"FILE"`
	ShutdownDelay   time.Duration `default:"0s" help:"How long to go on serving after a signal while /readyz already says no, for load balancers to notice."`
	ShutdownGrace   time.Duration `default:"20s" help:"How long requests in flight may take to end after a signal."`

	// BootstrapToken is never a flag: those are shown by ps.
	BootstrapToken string `kong:"-"`
}

// Defaults returns the configuration that a start without flags has.
func Defaults() (Config, error) {
	var config Config
	parser, err := kong.New(&config)
	if err != nil {
		return Config{}, fmt.Errorf("read the flags: %w", err)
	}
	if _, err := parser.Parse(nil); err != nil {
		return Config{}, fmt.Errorf("default flags: %w", err)
	}
	return config, nil
}

// DatabaseConfig says where the data is.
type DatabaseConfig struct {
	Database string `default:"sqlite:rollcall.db" help:"Database: sqlite:FILE or postgres://... (prefer ROLLCALL_DATABASE for a URL with a password)."`
}

// LogConfig says what is logged, always to standard error.
type LogConfig struct {
	LogLevel  string `default:"info" enum:"debug,info,warn,error" help:"Least level that is logged: debug, info, warn or error."`
	LogFormat string `default:"text" enum:"text,json" help:"Form of log lines: text or json."`
}

// JWTConfig turns on JWT access tokens.
type JWTConfig struct {
	Issuer          string   `help:"Issuer of accepted JWT access tokens."`
	Audience        []string `help:"Audience that an access token must name; required with an issuer." sep:","`
	Keys            string   `help:"File or https URL of the issuer's key set (JWKS)." placeholder:"FILE|URL"`
	Algorithms      []string `help:"Allowed signature algorithms; by default RS256, PS256, ES256 and EdDSA." sep:","`
	AllowAnyType    bool     `help:"Accept tokens whose type is not at+jwt."`
	TenantClaim     string   `default:"tenant" help:"Claim that holds the name of the tenant."`
	ConnectionClaim string   `default:"client_id" help:"Claim that holds the name of the connection; azp and sub are asked next."`
	UserClaim       string   `help:"Claim that holds the id of the User that a token acts for; by default no JWT acts for a user."`
}

// LimitConfig bounds what one request and one connection can cost.
type LimitConfig struct {
	MaxBody        int64         `default:"1048576" help:"Largest request body in bytes."`
	MaxGroupBody   int64         `default:"33554432" help:"Largest body of a Group request in bytes."`
	MaxBulkBody    int64         `default:"8388608" help:"Largest body of a Bulk request in bytes."`
	MaxBulk        int           `default:"1000" help:"Most operations of a Bulk request."`
	MaxPage        int           `default:"1000" help:"Most resources on one page."`
	DefaultPage    int           `default:"100" help:"Resources on a page of which the request names no count; at most --max-page."`
	CursorTimeout  time.Duration `default:"1h" help:"How long a cursor of a list works, at least a second."`
	AsyncRetention time.Duration `default:"24h" help:"How long what became of an asynchronous request can be read, at least a minute."`
	RequestTimeout time.Duration `default:"60s" help:"How long a request may take without sending or receiving anything."`
	IdleTimeout    time.Duration `default:"120s" help:"How long an idle connection is kept."`
	HeaderTimeout  time.Duration `default:"10s" help:"How long the header of a request may take."`
	RateLimit      float64       `default:"0" help:"Requests a second that each connection may make; 0 for no limit."`
	AuthFailures   int           `default:"60" help:"Requests a minute with refused tokens that are answered 401 for each client address; further ones are 429. Good tokens are not affected. 0 for no limit."`
}

// Validate reports what flags alone cannot exclude.
func (c *Config) Validate() error {
	return errors.Join(c.validatePublicURL(), c.validateLimits(), c.validateTokens(), c.TLSConfig.validate(), c.EventConfig.validate(), c.validateMail(), c.RetentionConfig.validate(), c.OIDC.validate())
}

func (c *Config) validateLimits() error {
	for name, value := range map[string]float64{
		"max-body": float64(c.MaxBody), "max-group-body": float64(c.MaxGroupBody), "max-bulk-body": float64(c.MaxBulkBody),
		"max-bulk": float64(c.MaxBulk), "max-page": float64(c.MaxPage), "default-page": float64(c.DefaultPage),
		"request-timeout": float64(c.RequestTimeout), "idle-timeout": float64(c.IdleTimeout), "header-timeout": float64(c.HeaderTimeout),
	} {
		if value <= 0 {
			return fmt.Errorf("%s must be more than 0", name)
		}
	}
	if c.CursorTimeout < time.Second {
		return errors.New("cursor-timeout must be a second at least")
	}
	if c.AsyncRetention < time.Minute {
		return errors.New("async-retention must be a minute at least")
	}
	if c.RateLimit < 0 || c.AuthFailures < 0 || c.ShutdownGrace < 0 || c.ShutdownDelay < 0 {
		return errors.New("rate-limit, auth-failures, shutdown-grace and shutdown-delay must not be negative")
	}
	return nil
}

func (c *Config) validateTokens() error {
	if c.BootstrapToken != "" {
		if err := auth.CheckBootstrap(c.BootstrapToken); err != nil {
			return err
		}
	}
	if options := c.JWTConfig.options(); options != nil {
		return options.Check()
	}
	return nil
}

// options returns nil where no JWT is configured.
func (c JWTConfig) options() *auth.JWTOptions {
	if c.Issuer == "" && len(c.Audience) == 0 && c.Keys == "" {
		return nil
	}
	return &auth.JWTOptions{
		Issuer: c.Issuer, Audience: c.Audience, Keys: c.Keys, Algorithms: c.Algorithms,
		AllowAnyType: c.AllowAnyType, TenantClaim: c.TenantClaim, ConnectionClaim: c.ConnectionClaim,
		UserClaim: c.UserClaim,
	}
}

// level is the configured level.
func (c LogConfig) level() slog.Level {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return slog.LevelInfo
	}
	return level
}
