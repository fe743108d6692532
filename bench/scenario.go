package main

import (
	"fmt"
	"io"
	"slices"
)

// scenario is something that happens, told in figures of its own.
type scenario struct {
	name, about string
	run         func(r *rig) (figures, error)
}

type scenarioResult struct {
	Name, About string
	Figures     figures
}

func scenarios() []scenario { return nil }

func writeScenario(w io.Writer, s scenario, f figures) {
	fmt.Fprintf(w, "\n%s: %s\n", s.name, s.about)
	names := make([]string, 0, len(f))
	for name := range f {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(w, "  %-40s %.3f\n", name, f[name])
	}
}
