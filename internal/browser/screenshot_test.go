package browser

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"rollcall/internal/app"
	"rollcall/internal/console"
	"rollcall/internal/demo"
	"rollcall/internal/operator"
	"rollcall/internal/trial"
	"rollcall/store"
)

var pictures = flag.String("screenshots", "", "directory that the pictures of the guides are written to")

// TestScreenshots takes the pictures of the guides, where `make screenshots` asks
// for them.
func TestScreenshots(t *testing.T) {
	if *pictures == "" {
		t.Skip("no directory is given with -screenshots")
	}
	database := "sqlite:" + filepath.Join(t.TempDir(), "rollcall.db")
	secret := company(t, database, 300)
	running, err := trial.Start(t.Context(), trial.Options{Database: database, LocalReceivers: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = running.Stop() })
	many := (&site{root: running.Root}).tab(t, window(1280, tallest, 1))
	many.visit(console.SignInURL(running.Root, secret))
	many.press("Sign in")
	many.visit("/users") // begins to count
	many.visit("")
	many.misses("being counted")
	many.picture("overview")
	many.visit("/users")
	many.picture("users")
	s := tenant(t, running, "example")
	c := populate(t, s)
	b := s.signIn(t, operator.Owner, window(1280, tallest, 1))
	for name, path := range c.pages() {
		b.visit(path)
		b.picture(name)
	}
	b.visit("/users?group=" + c.group)
	b.tick("all")
	b.choose("With many users", "Suspend")
	b.press("Go on")
	b.fill("Reason", "The office is closed")
	b.press("See what it would do")
	b.picture("batch-preview")
	b.visit("/imports/new")
	b.chooseFile(joiners)
	b.press("Go on")
	b.press("See what it would do")
	b.settles("Import ")
	b.picture("import-preview")
	b.visit("/connections/" + c.connection + "/requests")
	b.requests(3)
	b.picture("requests")
}

// company makes the tenant that rollcall demo makes, of so many people, and a link
// for its owner.
func company(t *testing.T, database string, users int) (secret string) {
	t.Helper()
	opened, err := app.OpenStore(t.Context(), database)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if err := opened.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	types, err := app.TypesOf(t.Context(), opened, app.SchemasConfig{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := demo.Run(t.Context(), demo.Options{Store: opened, Types: types, Tenant: "demo", Users: users, Seed: 1}); err != nil {
		t.Fatal(err)
	}
	made, err := opened.Tenant(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	service := operator.New(opened, nil)
	owner, err := service.EnsureOwner(t.Context(), made.ID, store.Audit{})
	if err != nil {
		t.Fatal(err)
	}
	if secret, _, err = service.Link(t.Context(), owner, store.Audit{}); err != nil {
		t.Fatal(err)
	}
	return secret
}

// tallest is how many pixels of a page a picture shows at most, largest how many
// bytes it has at most.
const (
	tallest = 1000
	largest = 150_000
)

// picture takes the page that is shown.
func (b *tab) picture(name string) {
	b.t.Helper()
	height := script[int64](b, "Math.ceil(document.querySelector('main').getBoundingClientRect().bottom)")
	shot := func(ctx context.Context, t *chromedp.Target) (page.CaptureScreenshotResult, error) {
		return cdp.Call(ctx, t, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Clip: &page.Viewport{Width: 1280, Height: float64(min(max(height, 400), tallest)), Scale: 1}, CaptureBeyondViewport: new(true),
		})
	}
	taken, err := png.Decode(bytes.NewReader(run(b, shot).Data))
	if err != nil {
		b.t.Fatal(err)
	}
	var written bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&written, fewColors(taken)); err != nil {
		b.t.Fatal(err)
	}
	if written.Len() > largest {
		b.t.Errorf("%s has %d bytes", name, written.Len())
	}
	if err := os.WriteFile(filepath.Join(*pictures, name+".png"), written.Bytes(), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// fewColors is a picture with the 256 colours that it has most of: text on plain
// ground has little more.
func fewColors(from image.Image) *image.Paletted {
	counts := map[color.RGBA]int{}
	bounds := from.Bounds()
	at := func(x, y int) color.RGBA { return color.RGBAModel.Convert(from.At(x, y)).(color.RGBA) }
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			counts[at(x, y)]++
		}
	}
	var all []color.RGBA
	for c := range counts {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b color.RGBA) int { return counts[b] - counts[a] })
	var palette color.Palette
	for _, c := range all[:min(len(all), 256)] {
		palette = append(palette, c)
	}
	to := image.NewPaletted(bounds, palette)
	index := map[color.RGBA]uint8{}
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			c := at(x, y)
			i, ok := index[c]
			if !ok {
				i = uint8(palette.Index(c))
				index[c] = i
			}
			to.SetColorIndex(x, y, i)
		}
	}
	return to
}

// cast are people and things to show.
type cast struct{ active, suspended, departed, group, batch, connection string }

// pages are what is shown, by the name of its picture.
func (c cast) pages() map[string]string {
	user, suspended, connection := "/users/"+c.active, "/users/"+c.suspended, "/connections/"+c.connection
	return map[string]string{
		"user": suspended, "user-sign-ins": user + "/sign-ins",
		"user-timeline": suspended + "/timeline", "user-schedule": suspended + "/schedule", "user-new": "/users/new", "suspend": user + "/actions/suspend",
		"purge": "/users/" + c.departed + "/actions/purge", "group": "/groups/" + c.group, "deleted": "/deleted",
		"connection": connection, "tokens": connection + "/tokens", "guard": connection + "/guard",
		"policies": "/policies", "receivers": "/receivers",
		"job": "/batches/" + c.batch, "audit": "/audit", "operators": "/operators", "sessions": "/sessions",
	}
}

// joiners is a file of people who join, and of what is wrong with such files.
const joiners = `userName,displayName,emails,title
olga.petrova@example.com,Olga Petrova,olga.petrova@example.com,Controller
greta@example.com,Greta Lindqvist,greta@example.com,Staff engineer
samir.khan@example.com,Samir Khan,not an address,Recruiter
,Nobody,nobody@example.com,
`

// people are invented.
var people = []struct{ name, title, team string }{
	{"Amara Okafor", "Product designer", "Design"},
	{"Bruno Silva", "Site reliability engineer", "Platform"},
	{"Chiara Conti", "Head of finance", "Finance"},
	{"Daniel Weiss", "Account manager", "Sales"},
	{"Elif Yilmaz", "Software engineer", "Platform"},
	{"Farid Rahimi", "Data analyst", "Finance"},
	{"Greta Lindqvist", "Software engineer", "Platform"},
	{"Hiro Tanaka", "Product designer", "Design"},
	{"Ines Moreau", "Recruiter", "People"},
	{"Jonas Becker", "Sales engineer", "Sales"},
	{"Keira Walsh", "Head of design", "Design"},
	{"Liam Novak", "Software engineer", "Platform"},
	{"Mei Chen", "Payroll specialist", "People"},
	{"Nadia Haddad", "Security engineer", "Platform"},
}

// populate fills a tenant with people of an identity provider and what happened
// to them.
func populate(t *testing.T, s *site) cast {
	t.Helper()
	connection := s.ask(t, 201, "POST", "/connections", map[string]any{"name": "entra", "kind": "entra", "options": map[string]any{"inspect": true}})
	made := s.ask(t, 201, "POST", "/tokens", map[string]any{"connection": "entra", "scopes": []string{"scim:read", "scim:write"}})
	entra := &site{root: s.root, token: made["token"].(string)}
	ids, teams := map[string]string{}, map[string][]string{}
	for i, p := range people {
		from := entra
		if i%5 == 4 {
			from = s
		}
		id := from.user(t, p.name, "title", p.title, "externalId", fmt.Sprintf("%08d", 4100+i*37), "roles", []any{map[string]any{"value": "member", "primary": true}})
		ids[p.name], teams[p.team] = id, append(teams[p.team], id)
	}
	c := cast{active: ids["Greta Lindqvist"], suspended: ids["Daniel Weiss"], departed: ids["Jonas Becker"], connection: connection["id"].(string)}
	for team, members := range teams {
		if id := entra.group(t, team, members...); team == "Platform" {
			c.group = id
		}
	}
	s.group(t, "Everybody abroad", c.active, ids["Hiro Tanaka"], ids["Bruno Silva"])
	s.ask(t, 201, "POST", "/receivers", map[string]any{"name": "payroll", "kind": "webhook", "url": "https://payroll.example.com/hook", "events": []string{"status:change"}})
	now := time.Now().UTC().Truncate(time.Second)
	for i, p := range people[:11] {
		for day := range 3 {
			s.ask(t, 200, "POST", "/sign-ins", map[string]any{
				"user": ids[p.name], "succeeded": day != 1 || i%3 > 0, "application": []string{"wiki", "mail", "payroll"}[(i+day)%3],
				"address": fmt.Sprintf("192.0.2.%d", 10+i), "at": now.AddDate(0, 0, -day-i).Format(time.RFC3339),
			})
		}
	}
	act := func(name, action string, body map[string]any) {
		s.ask(t, 200, "POST", "/users/"+ids[name]+"/actions/"+action, body)
	}
	act("Daniel Weiss", "suspend", map[string]any{"reason": "Parental leave", "until": now.AddDate(0, 2, 0).Format(time.RFC3339)})
	act("Farid Rahimi", "lock", map[string]any{"reason": "Sign-ins from two countries within an hour"})
	act("Jonas Becker", "deprovision", map[string]any{"reason": "Left the company"})
	act("Mei Chen", "schedule", map[string]any{"validUntil": now.AddDate(0, 6, 0).Format(time.RFC3339)})
	entra.scim(t, 200, "PATCH", "/Users/"+ids["Nadia Haddad"], map[string]any{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}, "Operations": []any{map[string]any{"op": "Replace", "path": "active", "value": "False"}},
	})
	s.ask(t, 201, "POST", "/operators", map[string]any{"name": "Rosa Delgado", "role": "helpdesk"})
	s.ask(t, 201, "POST", "/operators", map[string]any{"name": "Theo Brandt", "role": "auditor"})
	c.batch = s.ask(t, 202, "POST", "/batches", map[string]any{
		"action": "suspend", "reason": "The project ended", "selection": map[string]any{"ids": []string{ids["Liam Novak"], ids["Ines Moreau"]}}, "confirm": 2,
	})["id"].(string)
	return c
}
