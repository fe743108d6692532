package console

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

// assetFolder holds the files whose name changes with their content.
const assetFolder = "assets/"

// asset is a file of the console in each form it can be sent in.
type asset struct {
	plain, brotli, gzip []byte
	tag                 string
}

// readAssets reads all files; one that ends in .br or .gz is another form of the
// file beside it.
func readAssets(files fs.FS) (map[string]*asset, error) {
	assets := map[string]*asset{}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		hidden := strings.HasPrefix(path.Base(name), ".")
		if err != nil || entry.IsDir() || hidden || encodingOf(name) != "" {
			return err
		}
		a := &asset{}
		if a.plain, err = fs.ReadFile(files, name); err != nil {
			return fmt.Errorf("read %s: %w", name, err)
		}
		if a.brotli, err = readIfThere(files, name+".br"); err != nil {
			return err
		}
		if a.gzip, err = readIfThere(files, name+".gz"); err != nil {
			return err
		}
		sum := sha256.Sum256(a.plain)
		a.tag = hex.EncodeToString(sum[:16])
		assets[name] = a
		return nil
	})
	return assets, err
}

func encodingOf(name string) string {
	switch path.Ext(name) {
	case ".br":
		return "br"
	case ".gz":
		return "gzip"
	default:
		return ""
	}
}

func readIfThere(files fs.FS, name string) ([]byte, error) {
	content, err := fs.ReadFile(files, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	return content, nil
}

// serve answers the file in the best form that the client takes.
func (a *asset) serve(w http.ResponseWriter, r *http.Request, name string) {
	h := w.Header()
	content, tag := a.plain, a.tag
	if a.brotli != nil || a.gzip != nil {
		h.Set("Vary", "Accept-Encoding")
		accepted := acceptedEncodings(r.Header["Accept-Encoding"])
		switch {
		case a.brotli != nil && accepted("br"):
			content, tag = a.brotli, tag+"-br"
			h.Set("Content-Encoding", "br")
		case a.gzip != nil && accepted("gzip"):
			content, tag = a.gzip, tag+"-gz"
			h.Set("Content-Encoding", "gzip")
		}
	}
	h.Set("Content-Type", mediaType(name))
	h.Set("ETag", `"`+tag+`"`)
	h.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, assetFolder) {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	if isFresh(r.Header["If-None-Match"], tag) {
		h.Del("Content-Type")
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // nobody is left to tell
	}
}

// isFresh says whether the client has what the tag stands for, compared weakly as
// RFC 9110 asks.
func isFresh(lines []string, tag string) bool {
	for _, line := range lines {
		for given := range strings.SplitSeq(line, ",") {
			given = strings.TrimSpace(given)
			if given == "*" || strings.TrimPrefix(given, "W/") == `"`+tag+`"` {
				return true
			}
		}
	}
	return false
}

// acceptedEncodings reads Accept-Encoding: what has no weight of zero, itself or by
// the wildcard, is accepted.
func acceptedEncodings(lines []string) func(encoding string) bool {
	weights := map[string]bool{}
	for _, line := range lines {
		for one := range strings.SplitSeq(line, ",") {
			coding, parameters, _ := strings.Cut(one, ";")
			coding = strings.ToLower(strings.TrimSpace(coding))
			if coding != "" {
				weights[coding] = weightIsPositive(parameters)
			}
		}
	}
	return func(encoding string) bool {
		if positive, named := weights[encoding]; named {
			return positive
		}
		return weights["*"]
	}
}

func weightIsPositive(parameters string) bool {
	name, value, found := strings.Cut(parameters, "=")
	if !found || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return true
	}
	weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err == nil && weight > 0
}

// mediaType is that of a file of the console. The host's own table is not asked: it
// differs from machine to machine.
func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".html":
		return "text/html; charset=utf-8"
	case ".json", ".map":
		return "application/json; charset=utf-8"
	case ".webmanifest":
		return "application/manifest+json"
	case ".txt":
		return "text/plain; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".png":
		return "image/png"
	case ".ico":
		return "image/x-icon"
	case ".woff2":
		return "font/woff2"
	default:
		return "application/octet-stream"
	}
}
