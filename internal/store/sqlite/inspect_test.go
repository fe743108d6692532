package sqlite

import (
	"path/filepath"
	"testing"
)

func TestSchemaVersions(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "tidings.db")
	have, known, err := SchemaVersions(t.Context(), path)
	if err != nil || have != 0 || known < 1 {
		t.Fatalf("no file: %d of %d, %v", have, known, err)
	}
	if files, _ := filepath.Glob(path + "*"); len(files) != 0 {
		t.Errorf("looking made %v", files)
	}
	s, err := Open(t.Context(), Options{Path: path, Serve: true})
	if err != nil {
		t.Fatal(err)
	}
	if have, known, err := SchemaVersions(t.Context(), path); err != nil || have != known {
		t.Errorf("beside a server: %d of %d, %v", have, known, err)
	}
	if process, serving := Serving(path); !serving || process == "" {
		t.Errorf("serving: %v, %q", serving, process)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, serving := Serving(path); serving {
		t.Error("serving after the server has ended")
	}
	// Looking does not keep a server out.
	again, err := Open(t.Context(), Options{Path: path, Serve: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
}
