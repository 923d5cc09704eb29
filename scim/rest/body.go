package rest

import (
	"io"
	"mime"
	"net/http"
	"strings"

	"rollcall/scim/fault"
)

// limitedBody reads a request body up to a limit.
type limitedBody struct {
	io.Reader
	left, limit int64
}

// limited checks the headers of a request body and bounds it.
func limited(r *http.Request, limit int64) (*limitedBody, error) {
	if err := checkContentType(r.Header); err != nil {
		return nil, err
	}
	if r.ContentLength > limit {
		return nil, fault.TooLarge(limit)
	}
	return &limitedBody{r.Body, limit, limit}, nil
}

func (b *limitedBody) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, fault.TooLarge(b.limit)
	}
	return n, err
}

func checkContentType(h http.Header) error {
	if encoding := h.Get("Content-Encoding"); encoding != "" && !strings.EqualFold(encoding, "identity") {
		return fault.Plain(http.StatusUnsupportedMediaType, "content encoding is not supported; send the body as it is")
	}
	header := h.Get("Content-Type")
	if header == "" {
		return nil
	}
	kind, args, err := mime.ParseMediaType(header)
	charset := args["charset"]
	switch {
	case err != nil, kind != scimMedia && kind != jsonMedia:
		return fault.Plain(http.StatusUnsupportedMediaType, "the body must be %s or %s", scimMedia, jsonMedia)
	case charset != "" && !strings.EqualFold(charset, "utf-8") && !strings.EqualFold(charset, "utf8"):
		return fault.Plain(http.StatusUnsupportedMediaType, "the body must be encoded in UTF-8")
	}
	return nil
}
