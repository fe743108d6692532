// Command tidings is the server and its command line.
package main

import (
	"context"
	"os"
)

// version is set when the binary is built.
var version = "dev"

func main() {
	os.Exit(run(context.Background(), os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}
