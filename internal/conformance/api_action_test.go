package conformance

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
)

// TestAdminActions carries out each action on an account that was brought into
// some state, foresees it first, and compares what was foreseen with what came.
func TestAdminActions(t *testing.T) {
	t.Parallel()
	const email = `"emails":[{"value":"ada@example.com"}]`
	type step struct{ action, body string }
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		for name, try := range map[string]struct {
			more     string
			before   []step
			step     step
			from, to string
			same     bool
		}{
			"suspend":                    {step: step{"suspend", `{"reason":"leave","for":"30d"}`}, from: "Active", to: "Suspended"},
			"suspend again":              {before: []step{{"suspend", `{"reason":"x"}`}}, step: step{"suspend", `{"reason":"x"}`}, from: "Suspended", to: "Suspended", same: true},
			"activate":                   {before: []step{{"suspend", `{"reason":"x"}`}}, step: step{"activate", `{"reason":"back"}`}, from: "Suspended", to: "Active"},
			"activate what is active":    {step: step{"activate", ""}, from: "Active", to: "Active", same: true},
			"override":                   {more: `"active":false`, step: step{"override", `{"reason":"audit"}`}, from: "Suspended", to: "Active"},
			"take over":                  {more: `"active":false`, step: step{"take-over", `{"reason":"ours"}`}, from: "Suspended", to: "Suspended"},
			"activate what we took over": {more: `"active":false`, before: []step{{"take-over", `{"reason":"ours"}`}}, step: step{"activate", ""}, from: "Suspended", to: "Active"},
			"lock":                       {step: step{"lock", `{"reason":"stolen phone","until":"2030-01-01T00:00:00Z"}`}, from: "Active", to: "Locked"},
			"unlock":                     {before: []step{{"lock", `{"reason":"x"}`}}, step: step{"unlock", ""}, from: "Locked", to: "Active"},
			"reset attempts":             {before: []step{{"lock", `{"reason":"x"}`}}, step: step{"reset-attempts", ""}, from: "Locked", to: "Active"},
			"set password":               {before: []step{{"lock", `{"reason":"x"}`}}, step: step{"set-password", `{"password":"Correct-Horse-1"}`}, from: "Locked", to: "Active"},
			"reset password":             {more: email, step: step{"reset-password", ""}, from: "Active", to: "Active"},
			"mark":                       {step: step{"mark", `{"mark":"apiOnly","purpose":"backup job"}`}, from: "Active", to: "Active"},
			"unmark":                     {before: []step{{"mark", `{"mark":"breakGlass"}`}}, step: step{"unmark", `{"mark":"breakGlass"}`}, from: "Active", to: "Active"},
			"schedule":                   {step: step{"schedule", `{"validFrom":"2030-01-01T00:00:00Z"}`}, from: "Active", to: "Inactive"},
			"schedule no more":           {before: []step{{"schedule", `{"validFrom":"2030-01-01T00:00:00Z"}`}}, step: step{"schedule", `{"validFrom":null}`}, from: "Inactive", to: "Active"},
			"deprovision":                {step: step{"deprovision", `{"reason":"left"}`}, from: "Active", to: "Deprovisioned"},
			"deprovision again":          {before: []step{{"deprovision", ""}}, step: step{"deprovision", ""}, from: "Deprovisioned", to: "Deprovisioned", same: true},
			"restore":                    {before: []step{{"deprovision", ""}}, step: step{"restore", `{"reason":"rehired"}`}, from: "Deprovisioned", to: "Suspended"},
			"release what is not held":   {before: []step{{"deprovision", ""}}, step: step{"release", ""}, from: "Deprovisioned", to: "Deprovisioned", same: true},
		} {
			t.Run(name, func(t *testing.T) {
				var more []string
				if try.more != "" {
					more = []string{try.more}
				}
				id := s.user(t, strings.ReplaceAll(name, " ", "-"), more...)
				for _, before := range try.before {
					o.act(t, 200, id, before.action, before.body)
				}
				history := o.actions(t, id)
				foreseen := o.act(t, 200, id, try.step.action+"?dryRun=true", try.step.body)
				if after := o.actions(t, id); !cmp.Equal(history, after) || o.status(t, id) != try.from {
					t.Errorf("a dry run did something: %v, %v", history, after)
				}
				done := o.act(t, 200, id, try.step.action, try.step.body)
				if done["from"] != try.from || done["to"] != try.to || done["changed"] != !try.same {
					t.Errorf("%v -> %v, changed %v", done["from"], done["to"], done["changed"])
				}
				for _, member := range []string{"from", "to", "changed", "events", "effects"} {
					if diff := cmp.Diff(foreseen[member], done[member]); diff != "" {
						t.Errorf("%s was foreseen otherwise: %s", member, diff)
					}
				}
				if got := o.status(t, id); got != try.to {
					t.Errorf("status %s", got)
				}
				if after := o.actions(t, id); (len(after) == len(history)) != try.same {
					t.Errorf("history %v, before %v", after, history)
				}
			})
		}
	})
}

// TestAdminRefusals tries what is not possible, and is told what is.
func TestAdminRefusals(t *testing.T) {
	t.Parallel()
	type step struct{ action, body string }
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		for name, try := range map[string]struct {
			more   string
			before []step
			step   step
			status int
			why    string
			try    []any
		}{
			"suspended by another": {more: `"active":false`, step: step{"activate", ""}, status: 409, why: "other-source", try: []any{"override", "take-over"}},
			"no reason":            {step: step{"suspend", ""}, status: 400, why: "no-reason", try: []any{"suspend"}},
			"no reason to lock":    {step: step{"lock", "{}"}, status: 400, why: "no-reason", try: []any{"lock"}},
			"deprovisioned":        {before: []step{{"deprovision", ""}}, step: step{"suspend", `{"reason":"x"}`}, status: 409, why: "deprovisioned", try: []any{"restore"}},
			"living":               {step: step{"purge", `{"confirm":"living"}`}, status: 409, why: "not-deprovisioned", try: []any{"deprovision"}},
			"not confirmed":        {before: []step{{"deprovision", ""}}, step: step{"purge", ""}, status: 400, why: "not-confirmed", try: []any{"purge"}},
			"confirmed otherwise":  {before: []step{{"deprovision", ""}}, step: step{"purge", `{"confirm":"somebody"}`}, status: 400},
			"legal hold":           {before: []step{{"mark", `{"mark":"legalHold"}`}, {"deprovision", ""}}, step: step{"purge", `{"confirm":"legal-hold"}`}, status: 409, why: "legal-hold", try: []any{"unmark"}},
			"no address":           {step: step{"reset-password", ""}, status: 409, why: "no-email"},
			"enrolled":             {more: `"emails":[{"value":"a@example.com"}]`, step: step{"invite", ""}, status: 409, why: "enrolled-already", try: []any{"reset-password"}},
			"no purpose":           {step: step{"mark", `{"mark":"apiOnly"}`}, status: 400, why: "no-purpose", try: []any{"mark"}},
			"lock an API account":  {before: []step{{"mark", `{"mark":"apiOnly","purpose":"job"}`}}, step: step{"lock", `{"reason":"x"}`}, status: 409, why: "api-only", try: []any{"suspend"}},
			"ends before":          {step: step{"schedule", `{"validFrom":"2030-01-02T00:00:00Z","validUntil":"2030-01-01T00:00:00Z"}`}, status: 400, why: "ends-before-it-begins"},
			"expired":              {before: []step{{"schedule", `{"validUntil":"2020-01-01T00:00:00Z"}`}}, step: step{"activate", ""}, status: 409, why: "expired", try: []any{"schedule"}},
		} {
			t.Run(name, func(t *testing.T) {
				var more []string
				if try.more != "" {
					more = []string{try.more}
				}
				id := s.user(t, strings.ReplaceAll(name, " ", "-"), more...)
				for _, before := range try.before {
					o.act(t, 200, id, before.action, before.body)
				}
				history := o.actions(t, id)
				for _, dry := range []string{"?dryRun=true", ""} {
					refused := o.act(t, try.status, id, try.step.action+dry, try.step.body)
					why, _ := refused["why"].(string)
					tries, _ := refused["try"].([]any)
					if diff := cmp.Diff(try.try, tries); diff != "" || why != try.why {
						t.Errorf("why %q, want %q, try %s: %v", why, try.why, diff, refused["detail"])
					}
				}
				if after := o.actions(t, id); !cmp.Equal(history, after) {
					t.Errorf("a refusal did something: %v, %v", history, after)
				}
			})
		}
		for _, action := range []string{"suspend", "restore", "purge", "activate"} {
			o.act(t, 404, uuid.NewString(), action, "")
		}
	})
}

// TestAdminRoundTrip deprovisions, restores and purges a user with its groups,
// whose name was taken meanwhile.
func TestAdminRoundTrip(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		id := s.user(t, "grace@example.com")
		kept, lost := s.group(t, "kept", id), s.group(t, "lost", id)
		_, header, _ := o.do(t, "GET", "/users/"+id, "")
		tag := header.Get("ETag")
		o.act(t, 200, id, "suspend", `{"reason":"x"}`)
		o.act(t, 412, id, "deprovision", "", "If-Match", tag)
		o.act(t, 412, id, "deprovision?dryRun=true", "", "If-Match", tag)
		_, header, _ = o.do(t, "GET", "/users/"+id, "")
		_, header, gone := o.do(t, "POST", "/users/"+id+"/actions/deprovision", "{}", "If-Match", header.Get("ETag"), "Content-Type", "application/json")
		if gone["to"] != "Deprovisioned" || len(gone["timers"].([]any)) != 1 {
			t.Fatalf("deprovisioned: %s", brief(gone))
		}
		s.want(t, 404, "GET", "/Users/"+id, "")
		s.user(t, "grace@example.com") // the name is free
		s.want(t, 204, "DELETE", "/Groups/"+lost, "")
		row := o.ask(t, 200, "GET", "/deleted?label=GRACE", "")["deleted"].([]any)[0].(map[string]any)
		if row["id"] != id || row["groups"] != 2.0 {
			t.Errorf("deleted: %v", row)
		}
		explained := o.ask(t, 200, "GET", "/users/"+id, "")
		report(t, map[string]any{"status": "Deprovisioned", "userName": "grace@example.com", "deprovisioned": map[string]any{"held": false}}, explained)

		o.act(t, 412, id, "restore", "", "If-Match", `W/"1"`)
		foreseen := o.act(t, 200, id, "restore?dryRun=true", `{"reason":"rehired"}`, "If-Match", header.Get("ETag"))
		back := o.act(t, 200, id, "restore", `{"reason":"rehired"}`, "If-Match", header.Get("ETag"))
		name, _ := back["renamed"].(string)
		if foreseen["renamed"] != name || foreseen["dryRun"] != true {
			t.Errorf("foreseen: %s", brief(foreseen))
		}
		if back["to"] != "Suspended" || !strings.HasPrefix(name, "grace+restored-") || !cmp.Equal(back["lost"], []any{lost}) {
			t.Errorf("restored: %s", brief(back))
		}
		explained = o.ask(t, 200, "GET", "/users/"+id, "")
		report(t, map[string]any{"userName": name, "groups": []any{map[string]any{"id": kept}}}, explained)
		o.ask(t, 412, "POST", "/deleted/Group/"+lost+"/restore", "", "If-Match", `W/"77"`)
		o.ask(t, 200, "POST", "/deleted/Group/"+lost+"/restore", `{"reason":"needed"}`)
		s.want(t, 200, "GET", "/Groups/"+lost, "")
		o.ask(t, 404, "POST", "/deleted/Group/"+lost+"/restore", "")
		o.ask(t, 404, "POST", "/deleted/Nothing/"+lost+"/restore", "")

		o.act(t, 200, id, "deprovision", "")
		o.ask(t, 200, "POST", "/deleted/User/"+id+"/restore", "")
		o.act(t, 200, id, "deprovision", "")
		o.act(t, 200, id, "purge", `{"confirm":"`+id+`","reason":"asked for it"}`)
		report(t, map[string]any{"status": "Purged", "userName": "$absent", "allowed": "$len:0"}, o.ask(t, 200, "GET", "/users/"+id, ""))
		o.act(t, 409, id, "restore", "")
		if text := brief(o.ask(t, 200, "GET", "/users/"+id+"/history", "")); strings.Contains(text, "grace") {
			t.Errorf("something personal is left: %s", text)
		}
		o.ask(t, 200, "GET", "/users/"+id+"/sign-ins", "")
	})
}
