package conformance

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"rollcall/internal/api"
	"rollcall/internal/operator"
	"rollcall/internal/trial"
)

// utf16Text is a text as Excel saves "Unicode text".
func utf16Text(text string) string {
	out := []byte{0xff, 0xfe}
	for _, unit := range utf16.Encode([]rune(text)) {
		out = append(out, byte(unit), byte(unit>>8))
	}
	return string(out)
}

// workbook is the beginning of any .xlsx.
func workbook(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	part, err := w.Create("xl/workbook.xml")
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(part, "<workbook/>")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// TestHostileFiles are refused as a whole with what is wrong and where, over the
// admin API and in the wizard, and nothing of them is kept.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	files := []struct{ name, file, want string }{
		{"utf16", utf16Text("userName\nada\n"), "is UTF-16"},
		{"utf16 without a mark", utf16Text("userName\nada\n")[2:], "NUL"},
		{"latin1", "userName,title\nada,K\xf6ln\n", "line 2: it is not UTF-8"},
		{"latin1 header", "userName,Stra\xdfe\nada,x\n", "it is not UTF-8"},
		{"unclosed quote", "userName,title\nada,\"Dr\nbob,x\n", "line 2: a quote is opened and never closed"},
		{"unclosed quote in the header", "userName,\"title\nada,x\n", "line 1: a quote is opened and never closed"},
		{"text behind a quote", "userName,title\nada,\"Dr\"x\n", "line 2: text follows behind a closing quote"},
		{"5,000 columns", "userName" + strings.Repeat(",c", 4999) + "\nada" + strings.Repeat(",", 4999) + "\n", "more than 500 cells"},
		{"5,000 cells", "userName,title\nada" + strings.Repeat(",", 4999) + "\n", "line 2: a row has more than 500 cells"},
		{"NUL", "userName\na\x00da\n", "line 2: it has a NUL"},
		{"workbook", workbook(t), "workbook or an archive"},
		{"old workbook", "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest", "is a workbook"},
		{"gzip", "\x1f\x8b\x08\x00rest", "is compressed"},
		{"empty", "", "is empty"},
		{"a mark alone", "\ufeff", "is empty"},
		{"line ends alone", "\r\n\n\r", "is empty"},
		{"header alone", "userName,title\n", "a header and no users"},
		{"a header that is too long", strings.Repeat("x", 70<<10) + "\nada\n", "a name of a column is too long"},
	}
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		b := o.signIn(t, o.operator(t, "ada", operator.Admin))
		for _, one := range files {
			if told := o.sendFile(t, 400, one.file); !strings.Contains(told["detail"].(string), one.want) {
				t.Errorf("%s: %v, want %s", one.name, told["detail"], one.want)
			}
			response, body := b.upload(t, one.file)
			shows(t, response, body, http.StatusUnprocessableEntity, strings.TrimPrefix(one.want, "line"))
		}
	})
}

// TestHostileRows are refused by themselves; those around them are imported.
func TestHostileRows(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		file := "userName,title,Title,emails\n" +
			"good,x,,\n" + // two columns are called the same: the first is taken
			"short\n" +
			"long,x,,,,\n" +
			"large," + strings.Repeat("x", 65<<10) + ",,\n" +
			"json,,,[{\n" +
			"last,y,,\n"
		dry := o.dryImport(t, file, "")
		if counts := dry["counts"].(map[string]any); counts["created"] != 2.0 || counts["refused"] != 4.0 {
			t.Errorf("counts %v", counts)
		}
		var told []string
		for _, row := range o.ask(t, 200, "GET", "/batches/"+dry["id"].(string)+"/rows?outcome=refused", "")["rows"].([]any) {
			told = append(told, row.(map[string]any)["detail"].(string))
		}
		for i, want := range []string{"the row has 1 cells, and the header has 4", "the row has 6 cells", "cell 2 is too large", "emails begins as JSON does"} {
			if i >= len(told) || !strings.Contains(told[i], want) {
				t.Errorf("row %d: %q, want %s", i, told, want)
			}
		}
		twice := o.sendFile(t, 201, file)["id"].(string)
		if told := o.ask(t, 400, "POST", "/imports", `{"file":"`+twice+`","columns":["userName","title","title",""]}`); !strings.Contains(told["detail"].(string), "columns 2 and 3 are both imported as title") {
			t.Errorf("a column twice: %v", told)
		}
	})
}

// endlessCell is a file with one cell of so many bytes; it tells by Read alone.
type endlessCell struct {
	head string
	left int
}

func (e *endlessCell) Read(p []byte) (int, error) {
	if n := copy(p, e.head); n > 0 {
		e.head = e.head[n:]
		return n, nil
	}
	if e.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), e.left)
	for i := range n {
		p[i] = 'x'
	}
	e.left -= n
	return n, nil
}

// TestLargeCell: a cell of 100 MB is refused, and one of 60 MB refuses its row; the
// server holds neither in memory.
func TestLargeCell(t *testing.T) {
	t.Parallel()
	onEachProcess(t, func(t *testing.T, p *process) {
		p.start(t)
		o := &office{&server{Base: "http://" + p.listen + api.Root, Token: trial.Token}}
		before, heap := p.peak(t), p.goMemory(t)
		send := func(size int) (int, string) {
			ctx := t.Context()
			request, err := http.NewRequestWithContext(ctx, http.MethodPost, o.Base+"/imports/files?name="+url.QueryEscape("x"), &endlessCell{"userName,title\nada,", size})
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Content-Type", "text/csv")
			request.Header.Set("Authorization", "Bearer "+o.Token)
			response, err := (&http.Client{Timeout: 2 * time.Minute}).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			text, _ := io.ReadAll(response.Body)
			return response.StatusCode, string(text)
		}
		if status, text := send(100_000_000); status != http.StatusRequestEntityTooLarge && (status != 400 || !strings.Contains(text, "larger than 64 MiB")) {
			t.Errorf("100 MB: %d %s", status, text)
		}
		if status, text := send(60 << 20); status != http.StatusCreated {
			t.Errorf("60 MiB: %d %s", status, text)
		}
		if after := p.peak(t); after > before+p.mayGrow() {
			t.Errorf("memory grew from %d to %d MiB", before>>20, after>>20)
		}
		if now := p.goMemory(t); now > heap+(48<<20) { // less than the cell
			t.Errorf("the memory of Go grew from %d to %d MiB", heap>>20, now>>20)
		}
	})
}

// TestFilesAreFew: what a tenant may hold is told with what to do, and a file is
// deleted by who may import alone.
func TestFilesAreFew(t *testing.T) {
	t.Parallel()
	onEachStore(t, func(t *testing.T, s *server) {
		o := s.desk()
		var last string
		for range 100 {
			last = o.sendFile(t, 201, "userName\nada\n")["id"].(string)
		}
		if told := o.sendFile(t, 409, "userName\nada\n"); !strings.Contains(told["detail"].(string), "100 files") || !strings.Contains(told["detail"].(string), "delete one") {
			t.Errorf("%v", told)
		}
		b := o.signIn(t, o.operator(t, "ada", operator.Admin))
		response, body := b.upload(t, "userName\nada\n")
		shows(t, response, body, http.StatusUnprocessableEntity, "100 files", "delete one")
		made := o.ask(t, 201, "POST", "/tenants", `{"name":"acme","scopes":["admin:read","admin:write"]}`)
		foreign := *o.server
		foreign.Token = made["token"].(map[string]any)["token"].(string)
		acme := &office{&foreign}
		acme.ask(t, 404, "DELETE", "/imports/files/"+last, "")
		acme.sendFile(t, 201, "userName\nada\n")
		for _, role := range []operator.Role{operator.Helpdesk, operator.Auditor} {
			if response, _ := o.signIn(t, o.operator(t, string(role), role)).submit(t, "/imports/"+last+"/delete", nil); response.StatusCode != 403 {
				t.Errorf("%s deletes: %d", role, response.StatusCode)
			}
		}
		other := acme.signIn(t, acme.operator(t, "eve", operator.Owner))
		if response, _ := other.submit(t, "/imports/"+last+"/delete", nil); response.StatusCode != 404 {
			t.Errorf("another tenant deletes: %d", response.StatusCode)
		}
		response, _ = b.submit(t, "/imports/"+last+"/delete", nil)
		if to(response) != "/imports/new?done=file-gone" {
			t.Errorf("deleted: %d to %s", response.StatusCode, to(response))
		}
		again := o.sendFile(t, 201, "userName\nada\n")["id"].(string)
		o.ask(t, 204, "DELETE", "/imports/files/"+again, "")
		o.ask(t, 404, "DELETE", "/imports/files/"+again, "")
	})
}
