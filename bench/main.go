package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
)

// roleVariable names the role of a process that the program starts of itself.
const roleVariable = "TIDINGS_BENCH_ROLE"

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

func run(arguments []string, stdin io.Reader, stdout, stderr io.Writer) int {
	var err error
	switch role := os.Getenv(roleVariable); role {
	case "":
		err = measure(arguments, stdout, stderr)
	default:
		err = playRole(role, arguments, stdin, stdout)
	}
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return 1
	}
	return 0
}

// playRole is the main of the processes beside the first.
func playRole(role string, arguments []string, stdin io.Reader, stdout io.Writer) error {
	answers := json.NewEncoder(stdout)
	answer := func(v any) { _ = answers.Encode(v) } // nobody is left to hear it
	lines := bufio.NewScanner(stdin)
	lines.Buffer(nil, 1<<20)
	if role == "load" {
		for lines.Scan() {
			var o loadOrder
			if err := json.Unmarshal(lines.Bytes(), &o); err != nil {
				return err
			}
			answer(playLoad(o))
		}
		return nil
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	answer(map[string]string{"Address": listener.Addr().String()})
	if role == "relay" {
		go func() { // it ends with the one who started it
			_, _ = io.Copy(io.Discard, stdin)
			_ = listener.Close()
		}()
		fanout, err := strconv.Atoi(arguments[1])
		if err != nil {
			return err
		}
		_ = playRelay(listener, arguments[0], fanout) // the listener is closed at the end
		return nil
	}
	playSink(listener, func() (o sinkOrder, ok bool) {
		if !lines.Scan() {
			return o, false
		}
		return o, json.Unmarshal(lines.Bytes(), &o) == nil
	}, answer)
	return nil
}

// options are the flags of the program.
type options struct {
	binary      string
	run         string
	systems     string
	repetitions int
	seconds     float64
	quick       bool
	json        string
	profiles    string
	scratch     string
	plots       string
	rows        int
}

func parseOptions(arguments []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.binary, "binary", "bin/tidings", "the `file` of the server under test")
	flags.StringVar(&o.run, "run", "", "run only what this regular `expression` matches; empty: every case, no scenario")
	flags.StringVar(&o.systems, "systems", "", "comma `list` of relay, loop, sqlite and postgres; empty: all that are there, for scenarios sqlite")
	flags.IntVar(&o.repetitions, "repetitions", 3, "how often each figure is measured")
	flags.Float64Var(&o.seconds, "seconds", 8, "how long each load lasts")
	flags.BoolVar(&o.quick, "quick", false, "one repetition of one second each, small scenarios: shows that everything runs, measures nothing")
	flags.StringVar(&o.json, "json", "", "also write the figures into this `file`")
	flags.StringVar(&o.profiles, "profiles", "", "write a CPU profile of each run of the server into this `folder`")
	flags.StringVar(&o.scratch, "scratch", "", "`folder` for databases; empty: the system's for temporary files")
	flags.StringVar(&o.plots, "plots", "", "draw how cost grows into SVG files in this `folder`")
	flags.IntVar(&o.rows, "rows", 1_000_000, "how many deliveries the scenario of that name goes up to; 10000000 takes 10 GB")
	if err := flags.Parse(arguments); err != nil {
		return o, err
	}
	if o.quick {
		o.repetitions, o.seconds = 1, 1
	}
	return o, nil
}
