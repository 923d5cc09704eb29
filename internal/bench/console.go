package main

import (
	"context"
	"fmt"
	"html"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// consoleTurns is how often each page is asked for.
const consoleTurns = 20

// consolePages are the pages by path, with those of the navigation to come.
// USER, GROUP and CONNECTION stand for ids, NAME for the number of a user in the middle.
var consolePages = []string{
	"", "/users", "/users?sort=displayName", "/users?sort=created&order=descending", "/users?sort=lastLogin", "/users?sort=lastLogin&order=descending",
	"/users?q=user" + inMiddle, "/users?q=Family" + inMiddle, "/users?q=NAME%40work.example", "/users?q=nobody+at+all", "/users?q=ab", "/users?q=family",
	"/users?status=Active", "/users?status=Suspended", "/users?status=Pending", "/users?stale=on",
	"/users?activity=today", "/users?activity=30", "/users?activity=31-90", "/users?activity=90", "/users?activity=never",
	"/users?source=scim", "/users?source=local", "/users?role=role0", "/users?tag=tag0", "/users?group=GROUP", "/users?status=Suspended&q=user" + inMiddle,
	"/users?columns=groups&columns=shared&columns=tags", "/users/USER", "/users/USER/groups", "/users/USER/sign-ins", "/users/USER/timeline", "/users/USER/schedule", "/users/USER/edit", "/users/new",
	"/groups", "/groups?q=Team+0000001", "/groups/GROUP", "/deleted", "/audit", "/audit?action=user.create", "/connections/CONNECTION/tokens",
}

const inMiddle = "NAME"

// measureConsole compares each page of the console in a big directory with the
// same one in a small directory; the figure is the worst.
func measureConsole(ctx context.Context, b *bed) (result, error) {
	small, err := b.openDesk(ctx, smallUsers)
	if err != nil {
		return result{}, err
	}
	big, err := b.openDesk(ctx, b.users)
	if err != nil {
		return result{}, err
	}
	// The first look asks for the numbers that are kept: pages are compared with them.
	for _, d := range []*desk{small, big} {
		if err := d.counted(ctx); err != nil {
			return result{}, err
		}
	}
	pages, err := big.pages(ctx)
	if err != nil {
		return result{}, err
	}
	worst := result{}
	for _, page := range pages {
		floor, subject, err := comparePage(ctx, page, small, big)
		if err != nil {
			return result{}, err
		}
		ratio := subject / floor
		slog.Info("page of the console", "page", page, "ratio", fmt.Sprintf("%.2f", ratio), "small", fmt.Sprintf("%.1fms", floor), "big", fmt.Sprintf("%.1fms", subject))
		if ratio > worst.ratio {
			worst = result{ratio, fmt.Sprintf("%.1fms@%d", floor, small.users), fmt.Sprintf("%.1fms@%d,page=%s,pages=%d", subject, big.users, page, len(pages))}
		}
	}
	return worst, nil
}

// comparePage asks for a page of both directories in turn and returns the median
// times in milliseconds.
func comparePage(ctx context.Context, page string, small, big *desk) (floor, subject float64, err error) {
	times := map[*desk][]float64{}
	for turn := range consoleTurns + 8 {
		for _, d := range []*desk{small, big} {
			begin := time.Now()
			if _, err := d.open(ctx, page); err != nil {
				return 0, 0, fmt.Errorf("%s: %w", page, err)
			}
			if turn >= 8 { // warms caches and prepared statements up
				times[d] = append(times[d], float64(time.Since(begin))/float64(time.Millisecond))
			}
		}
	}
	return median(times[small]), median(times[big]), nil
}

// open asks for a page as it is called in this directory.
func (d *desk) open(ctx context.Context, page string) (string, error) {
	name := fmt.Sprintf("%07d", d.users/2)
	page = strings.NewReplacer("Family"+inMiddle, fmt.Sprintf("Family%d", d.users/2), inMiddle, name, "USER", d.user, "GROUP", d.group, "CONNECTION", d.connection).Replace(page)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, d.base+"/console"+page, nil)
	if err != nil {
		return "", err
	}
	response, err := d.client.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("status %d", response.StatusCode)
	}
	return string(body), err
}

// counted waits for the numbers beside the list of users.
func (d *desk) counted(ctx context.Context) error {
	begin := time.Now()
	for range 3000 {
		body, err := d.open(ctx, "/users")
		if err != nil {
			return err
		}
		if strings.Contains(body, "counted <time") {
			slog.Info("users counted", "users", d.users, "took", time.Since(begin).Round(time.Millisecond))
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("the %d users were not counted", d.users)
}

var navigation = regexp.MustCompile(`(?s)<nav aria-label="Console">.*?</nav>`)

var link = regexp.MustCompile(`href="/console([^"#]*)"`)

// pages are all pages that are compared: those above, and what the navigation
// leads to.
func (d *desk) pages(ctx context.Context) ([]string, error) {
	body, err := d.open(ctx, "")
	if err != nil {
		return nil, err
	}
	all := slices.Clone(consolePages)
	for _, found := range link.FindAllStringSubmatch(navigation.FindString(body), -1) {
		if page := html.UnescapeString(found[1]); !slices.Contains(all, page) {
			all = append(all, page)
		}
	}
	return all, nil
}
