// Package console serves the built web console: its page, rendered for each request,
// and the files that the page refers to. It knows nothing of what the console shows;
// that comes from the public API.
package console

import (
	"fmt"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// Options says what is served, and where.
type Options struct {
	// Files are what the build of the console has written. Without an index.html a
	// page says how to get it.
	Files fs.FS
	// Base is where people reach the server. Its path is the prefix of everything.
	Base *url.URL
	// Version is that of the server.
	Version string
	// Next answers what is not the console's.
	Next http.Handler
}

// Console is the handler of everything below /console, and of the root, which leads
// there.
type Console struct {
	// prefix is the path of the base URL as it arrives; home is the console's path as
	// it is written in links.
	prefix, home string
	// isolated says that browsers trust the origin enough to isolate it.
	isolated bool
	page     *page
	assets   map[string]*asset
	next     http.Handler
}

// Built says whether files are a console, and not the empty folder of a build without
// one.
func Built(files fs.FS) bool {
	_, err := fs.Stat(files, indexName)
	return err == nil
}

// New reads the files of the console.
func New(o Options) (*Console, error) {
	c := &Console{prefix: strings.TrimRight(o.Base.Path, "/"), next: o.Next, isolated: trustworthy(o.Base)}
	escaped := url.URL{Path: c.prefix}
	c.home = escaped.EscapedPath() + "/console/"
	assets, err := readAssets(o.Files)
	if err != nil {
		return nil, fmt.Errorf("read the console: %w", err)
	}
	index := []byte(missing)
	if built := assets[indexName]; built != nil {
		index = built.plain
	}
	c.page, err = newPage(index, c.home, settings{Base: escaped.EscapedPath(), Version: o.Version})
	if err != nil {
		return nil, err
	}
	c.page.missing = assets[indexName] == nil
	delete(assets, indexName)
	c.assets = assets
	return c, nil
}

const (
	root  = "/console"
	below = root + "/"
)

// ServeHTTP answers what is the console's and passes on the rest. Only reading is: a
// page of the console stands for every path below it that is not a file, so that what
// is in the address bar can be reloaded.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	local, ours := strings.CutPrefix(r.URL.Path, c.prefix)
	// A target with a host in it asks for a proxy, which this is not.
	if !ours || r.URL.Host != "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
		c.next.ServeHTTP(w, r)
		return
	}
	name, inside := strings.CutPrefix(local, below)
	switch {
	case local == "" || local == "/" || local == root:
		r.Pattern = "/"
		c.isolate(w.Header())
		c.lead(w, r)
	case !inside:
		c.next.ServeHTTP(w, r)
	case c.assets[name] != nil:
		r.Pattern = below + "{file...}"
		c.isolate(w.Header())
		setHeaders(w.Header(), "")
		c.assets[name].serve(w, r, name)
	case strings.HasPrefix(name, assetFolder) || !wantsPage(r):
		c.next.ServeHTTP(w, r)
	default:
		r.Pattern = below
		c.isolate(w.Header())
		c.page.serve(w, r)
	}
}

// lead sends a browser to the console; a query goes with it.
func (c *Console) lead(w http.ResponseWriter, r *http.Request) {
	to := c.home
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	h := w.Header()
	setHeaders(h, "")
	h.Set("Cache-Control", "no-store")
	h.Set("Location", to)
	w.WriteHeader(http.StatusFound)
}

// wantsPage tells a person's browser, which asks for text/html, from what loads a
// script or an image that is not there.
func wantsPage(r *http.Request) bool {
	for _, line := range r.Header["Accept"] {
		for one := range strings.SplitSeq(line, ",") {
			media, _, _ := strings.Cut(one, ";")
			if strings.EqualFold(strings.TrimSpace(media), "text/html") {
				return true
			}
		}
	}
	return false
}

// isolate keeps windows of other origins from reaching those of the console. Over
// plain http to another host browsers refuse the header, and complain of it.
func (c *Console) isolate(h http.Header) {
	if c.isolated {
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
	}
}

// trustworthy says whether browsers call the origin that: https, or this machine.
func trustworthy(base *url.URL) bool {
	host := base.Hostname()
	address, err := netip.ParseAddr(host)
	return base.Scheme == "https" || host == "localhost" || err == nil && address.IsLoopback()
}

// setHeaders sets what every answer of the console carries. Scripts carry the policy
// too: a worker lives by that of its own script.
func setHeaders(h http.Header, nonce string) {
	style := "'self'"
	if nonce != "" {
		style += " 'nonce-" + nonce + "'"
	}
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src "+style+
		"; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}
