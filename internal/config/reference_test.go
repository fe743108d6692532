package config

import (
	"flag"
	"os"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the reference page")

const referencePage = "../../docs/configuration.md"

func TestReferencePage(t *testing.T) {
	t.Parallel()
	if *update {
		if err := os.WriteFile(referencePage, []byte(Reference()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	page, err := os.ReadFile(referencePage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(Reference(), string(page)); diff != "" {
		t.Errorf("run make gen (-want +got):\n%s", diff)
	}
}

// Every field has one setting, except the password, which is read from a file.
func TestEveryFieldHasASetting(t *testing.T) {
	t.Parallel()
	config := new(Config)
	fields := map[any]bool{&config.AdminPassword: true}
	names := make(map[string]bool)
	for _, s := range Settings() {
		field := s.field(config)
		if fields[field] {
			t.Errorf("%s: its field has two settings", s.Key)
		}
		fields[field] = true
		for _, name := range []string{s.Key + " (key)", "--" + s.Flag, s.Env} {
			if names[name] && name != "--" {
				t.Errorf("%s: the name %s is used twice", s.Key, name)
			}
			names[name] = true
		}
		if s.Doc == "" || s.Allowed == "" || s.Env == "" {
			t.Errorf("%s: not described", s.Key)
		}
	}
	for i := range reflect.TypeFor[Config]().NumField() {
		if !fields[reflect.ValueOf(config).Elem().Field(i).Addr().Interface()] {
			t.Errorf("%s has no setting", reflect.TypeFor[Config]().Field(i).Name)
		}
	}
}

func TestDefaultsAreValid(t *testing.T) {
	t.Parallel()
	for _, s := range Settings() {
		if s.Default == "" {
			continue
		}
		if err := s.set(new(Config), value{s.Default, sourceDefault}); err != nil {
			t.Errorf("%s: %v", s.Key, err)
		}
	}
}
