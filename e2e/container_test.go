package e2e

import (
	"debug/elf"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// What the image of deploy/Dockerfile promises, without an engine: the binary is
// static, and it serves as somebody who is not root, in a root that holds nothing
// but the binary and a folder for the data, which alone can be written to.
func TestServesInABareRootThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	file := program(t)
	if binary, err := elf.Open(file); err != nil {
		t.Fatal(err)
	} else if libraries, err := binary.ImportedLibraries(); err != nil || len(libraries) > 0 {
		t.Fatalf("it needs %v %v", libraries, err)
	}
	root := bareRoot(t, file)
	attributes := &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532, NoSetGroups: true}}
	if os.Geteuid() != 0 {
		// Everybody is root in a user namespace of their own, which chroot wants.
		attributes.Credential = nil
		attributes.Cloneflags = syscall.CLONE_NEWUSER
		attributes.UidMappings = []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
	} else if err := os.Chown(filepath.Join(root, "data"), 65532, 65532); err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, log: &tail{ended: make(chan struct{})}}
	s.command = exec.CommandContext(t.Context(), "/tidings", "serve", "--listen", "127.0.0.1:0", "--log-format", "json")
	s.command.Dir, s.command.SysProcAttr = "/", attributes
	s.command.Env = []string{"TIDINGS_DATABASE=sqlite:/data/tidings.db", "SQLITE_TMPDIR=/data", "TIDINGS_OPS_LISTEN=", "TIDINGS_MAX_DISK=100%"}
	s.await(t)
	t.Cleanup(s.kill)
	check := exec.CommandContext(t.Context(), "/tidings", "healthcheck", s.url)
	check.Dir, check.SysProcAttr = "/", attributes
	if output, err := check.CombinedOutput(); err != nil {
		t.Errorf("healthcheck: %v %s", err, output)
	}
	if err := s.terminate(); err != nil {
		t.Errorf("stop: %v\n%s", err, s.log)
	}
}

// bareRoot is a folder with the binary and an empty folder for the data.
func bareRoot(t *testing.T, program string) string {
	t.Helper()
	root := t.TempDir()
	for _, folder := range []string{filepath.Dir(root), root} {
		// Whoever is not root must get there.
		if err := os.Chmod(folder, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(root, "data"), 0o700); err != nil {
		t.Fatal(err)
	}
	from, err := os.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	to, err := os.OpenFile(filepath.Join(root, "tidings"), os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(to, from); err != nil {
		t.Fatal(err)
	}
	if err := to.Close(); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		if err := os.Chmod(root, 0o555); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = os.Chmod(root, 0o755) }) // for TempDir, which complains itself
	}
	return root
}

// await starts the command and waits until it says where it listens.
func (s *server) await(t *testing.T) {
	t.Helper()
	stderr, err := s.command.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.command.Start(); err != nil {
		t.Fatal(err)
	}
	listening := make(chan [2]string, 1)
	go s.log.follow(stderr, listening)
	select {
	case at := <-listening:
		s.url = strings.TrimSuffix(at[0], "/")
	case <-time.After(30 * time.Second):
		t.Fatalf("the server did not start:\n%s", s.log)
	}
}
