package console

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"time"

	"github.com/labstack/echo/v4"
)

//go:embed static
var staticFiles embed.FS

// content is a file that pages load.
type content struct {
	body []byte
	hash string
}

var assets = load()

func load() map[string]content {
	all := map[string]content{}
	entries, err := fs.ReadDir(staticFiles, "static")
	if err != nil {
		panic(err) // it is embedded
	}
	for _, entry := range entries {
		body, err := staticFiles.ReadFile("static/" + entry.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(body)
		all[entry.Name()] = content{body, hex.EncodeToString(sum[:8])}
	}
	return all
}

// Asset is where a file is loaded from: its address changes with what is in it, so
// that browsers may keep it for as long as they like.
func (f *frame) Asset(name string) string {
	return f.Root + "/static/" + name + "?v=" + assets[name].hash
}

// asset serves a file to everybody.
func asset(c echo.Context) error {
	name := c.Param("file")
	found, ok := assets[name]
	if !ok {
		return errNotFound
	}
	h := c.Response().Header()
	h.Set("Content-Type", mime.TypeByExtension(path.Ext(name)))
	h.Set("ETag", `"`+found.hash+`"`)
	h.Set("Cache-Control", "no-cache")
	if c.QueryParam("v") == found.hash {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	http.ServeContent(c.Response(), c.Request(), name, time.Time{}, bytes.NewReader(found.body))
	return nil
}
