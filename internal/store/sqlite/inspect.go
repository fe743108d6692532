package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// SchemaVersions tells which schema the file has and which one this version of
// Tidings knows. It changes nothing; a file that is not there has schema 0.
func SchemaVersions(ctx context.Context, path string) (have, known int64, err error) {
	if known, err = knownSchema(); err != nil {
		return 0, 0, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return 0, known, nil
	}
	db, err := sql.Open("sqlite", dsn(path, "query_only(1)"))
	if err != nil {
		return 0, known, fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var tables int
	if err := db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_master WHERE name = 'goose_db_version'").Scan(&tables); err != nil {
		return 0, known, fmt.Errorf("read %s: %w", path, err)
	}
	if tables == 0 {
		return 0, known, nil
	}
	if err := db.QueryRowContext(ctx, "SELECT ifnull(max(version_id), 0) FROM goose_db_version WHERE is_applied").Scan(&have); err != nil {
		return 0, known, fmt.Errorf("read the schema's version: %w", err)
	}
	return have, known, nil
}

// knownSchema is the number of the newest migration.
func knownSchema() (newest int64, err error) {
	files, err := migrations.ReadDir("migrations")
	if err != nil {
		return 0, fmt.Errorf("read migrations: %w", err)
	}
	for _, file := range files {
		number, _, _ := strings.Cut(file.Name(), "_")
		version, err := strconv.ParseInt(number, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("migration %s has no number: %w", file.Name(), err)
		}
		newest = max(newest, version)
	}
	return newest, nil
}

// Serving says whether a server is using the database, and its process.
func Serving(path string) (process string, serving bool) {
	file, err := os.OpenFile(path+".lock", os.O_RDWR, 0)
	if err != nil {
		return "", false
	}
	defer func() { _ = file.Close() }() // closing drops the lock
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
		return "", false
	}
	holder, _ := os.ReadFile(file.Name()) // for people only
	return strings.TrimSpace(string(holder)), true
}
