package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is one part of a run.
type process struct {
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Reader
	// family says that its children count too.
	family bool
}

// play starts a process of this program in a role. It is told what to do, and
// answers, in lines of JSON.
func play(role string, arguments ...string) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	command := exec.Command(self, arguments...)
	command.Env = append(os.Environ(), roleVariable+"="+role)
	command.Stderr = os.Stderr
	in, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", role, err)
	}
	return &process{command: command, in: in, out: bufio.NewReader(out)}, nil
}

// ask sends an order and waits for its answer.
func (p *process) ask(order, answer any) error {
	line, err := json.Marshal(order)
	if err != nil {
		return err
	}
	if _, err := p.in.Write(append(line, '\n')); err != nil {
		return fmt.Errorf("tell process: %w", err)
	}
	return p.hear(answer)
}

func (p *process) hear(answer any) error {
	line, err := p.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("hear from process: %w", err)
	}
	return json.Unmarshal(line, answer)
}

// stop ends the process, at first by asking it to.
func (p *process) stop() error {
	if p == nil || p.command.Process == nil {
		return nil
	}
	if p.in != nil {
		_ = p.in.Close() // it may have ended already
	}
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	late := time.AfterFunc(20*time.Second, func() { _ = p.command.Process.Kill() })
	defer late.Stop()
	_ = p.command.Wait() // how it ended says nothing about what was measured
	return nil
}

// usage is what the kernel counted for a process.
type usage struct {
	// CPU is in seconds, Peak and Written are in bytes.
	CPU     float64
	Peak    int64
	Written int64
}

// minus is the growth since; the peak stays.
func (u usage) minus(before usage) usage {
	return usage{CPU: u.CPU - before.CPU, Peak: u.Peak, Written: u.Written - before.Written}
}

func (u usage) plus(o usage) usage {
	return usage{CPU: u.CPU + o.CPU, Peak: u.Peak + o.Peak, Written: u.Written + o.Written}
}

// usage adds up the process and, of a family, its living children. A child that has
// ended counts in the CPU time of its parent.
func (p *process) usage() usage {
	if p == nil {
		return usage{}
	}
	total := usageOf(p.command.Process.Pid, p.family)
	if p.family {
		for _, child := range childrenOf(p.command.Process.Pid) {
			total = total.plus(usageOf(child, false))
		}
	}
	return total
}

// ticks is the unit of CPU time in /proc, the same on every Linux.
const ticks = 100

func usageOf(pid int, withDead bool) (u usage) {
	folder := filepath.Join("/proc", strconv.Itoa(pid))
	for i, n := range numbersIn(filepath.Join(folder, "stat"), 14, 4) {
		if i < 2 || withDead {
			u.CPU += float64(n) / ticks
		}
	}
	u.Peak = valueIn(filepath.Join(folder, "status"), "VmHWM:") << 10
	u.Written = valueIn(filepath.Join(folder, "io"), "write_bytes:")
	return u
}

// numbersIn reads count fields of /proc/PID/stat from a one-based place on.
func numbersIn(file string, from, count int) []int64 {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // begins with the third
	numbers := make([]int64, 0, count)
	for _, field := range fields[from-3 : from-3+count] {
		n, _ := strconv.ParseInt(field, 10, 64)
		numbers = append(numbers, n)
	}
	return numbers
}

func valueIn(file, name string) int64 {
	text, _ := os.ReadFile(file)
	for line := range strings.Lines(string(text)) {
		if rest, found := strings.CutPrefix(line, name); found {
			n, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return n
		}
	}
	return 0
}

func childrenOf(pid int) []int {
	entries, _ := os.ReadDir("/proc")
	var children []int
	for _, e := range entries {
		child, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if parent := numbersIn(filepath.Join("/proc", e.Name(), "stat"), 4, 1); len(parent) == 1 && parent[0] == int64(pid) {
			children = append(children, child)
		}
	}
	return children
}

// resident is the memory that the process holds now.
func (p *process) resident() int64 {
	return valueIn(fmt.Sprintf("/proc/%d/status", p.command.Process.Pid), "VmRSS:") << 10
}

// forgetPeak makes the peak of memory begin anew.
func (p *process) forgetPeak() {
	if p != nil {
		_ = os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.command.Process.Pid), []byte("5"), 0o200)
	}
}
