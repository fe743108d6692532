package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// storesInPostgres says whether this version of Tidings can.
const storesInPostgres = true

// postgresPrograms are what a database server of our own needs.
var postgresPrograms = []string{"initdb", "postgres"}

// hasPostgres says whether PostgreSQL is installed.
func hasPostgres() bool {
	for _, name := range postgresPrograms {
		if _, err := exec.LookPath(name); err != nil {
			return false
		}
	}
	return true
}

// startPostgres makes a cluster in folder and starts it with its default settings,
// synchronous_commit=on among them. As root it runs as another user: PostgreSQL refuses
// to run as root.
func startPostgres(folder string) (_ *process, url string, err error) {
	account, err := unprivileged()
	if err != nil {
		return nil, "", err
	}
	if account != nil {
		if err := os.Chown(folder, int(account.Uid), int(account.Gid)); err != nil {
			return nil, "", err
		}
	}
	run := func(name string, arguments ...string) *exec.Cmd {
		command := exec.Command(name, arguments...)
		command.Dir = folder
		command.SysProcAttr = &syscall.SysProcAttr{Credential: account}
		return command
	}
	data := filepath.Join(folder, "data")
	if out, err := run("initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--no-locale").CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, "", err
	}
	command := run("postgres", "-D", data, "-p", strconv.Itoa(port), "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "synchronous_commit=on")
	var log bytes.Buffer
	command.Stderr = &log
	if err := command.Start(); err != nil {
		return nil, "", fmt.Errorf("start postgres: %w", err)
	}
	p := &process{command: command, family: true}
	if err := awaitPort(port); err != nil {
		return nil, "", errors.Join(err, p.stop(), errors.New(log.String()))
	}
	return p, fmt.Sprintf("postgres://bench@127.0.0.1:%d/postgres?sslmode=disable", port), nil
}

// unprivileged is the account that PostgreSQL runs as; nil for our own.
func unprivileged() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil //nolint:nilnil // our own account needs no change
	}
	for _, name := range []string{"postgres", "nobody"} {
		account, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.ParseUint(account.Uid, 10, 32)
		gid, _ := strconv.ParseUint(account.Gid, 10, 32)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, errors.New("no user to run PostgreSQL as")
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	address, _ := listener.Addr().(*net.TCPAddr)
	return address.Port, nil
}

// awaitPort waits until PostgreSQL takes connections.
func awaitPort(port int) error {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	late := time.After(30 * time.Second)
	for {
		select {
		case <-late:
			return errors.New("postgres does not listen")
		case <-ticker.C:
			conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
			if err == nil {
				return conn.Close()
			}
		}
	}
}
