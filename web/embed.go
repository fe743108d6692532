// Package web holds the built console. Its sources are beside this file; `make web`
// builds them into dist, which is not committed: without it the server shows a page
// that says how to get it.
package web

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Dist is what `make web` has built: index.html and what it refers to, or nothing.
func Dist() fs.FS {
	built, err := fs.Sub(dist, "dist")
	if err != nil { // only if the name were no name
		panic(err)
	}
	return built
}
