package main

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/tidingshq/tidings/internal/config"
)

// listFlags can be repeated.
var listFlags = []string{"allow-network"}

// settingFlags makes the flags of the settings: a struct for kong with one field
// for each, so that internal/config stays the one place that lists them. A flag
// that was not given is nil.
func settingFlags() kong.Plugins {
	return flagsOf(func(s config.Setting) bool { return s.Flag != "" })
}

// linkFlags are those of commands that make a link to the server.
func linkFlags() kong.Plugins {
	return flagsOf(func(s config.Setting) bool {
		return slices.Contains([]string{"database", "base-url", "listen", "tls-cert", "tls-key"}, s.Flag)
	})
}

// databaseFlags are those of commands that work on the database alone.
func databaseFlags() kong.Plugins {
	return flagsOf(func(s config.Setting) bool { return s.Flag == "database" })
}

func flagsOf(wanted func(config.Setting) bool) kong.Plugins {
	fields := []reflect.StructField{flagField(config.FileFlag, "Configuration file (YAML).", reflect.TypeFor[*string]())}
	for _, s := range config.Settings() {
		if !wanted(s) {
			continue
		}
		kind := reflect.TypeFor[*string]()
		switch {
		case s.Switch():
			kind = reflect.TypeFor[*bool]()
		case isList(s.Flag):
			kind = reflect.TypeFor[[]string]()
		}
		fields = append(fields, flagField(s.Flag, flagHelp(s), kind))
	}
	return kong.Plugins{reflect.New(reflect.StructOf(fields)).Interface()}
}

func flagField(name, help string, kind reflect.Type) reflect.StructField {
	words := strings.ReplaceAll(name, "-", " ")
	field := strings.ReplaceAll(strings.ToUpper(words[:1])+words[1:], " ", "_")
	tag := fmt.Sprintf(`name:%q help:%q placeholder:"…" sep:"none" group:"Settings"`, name, help)
	return reflect.StructField{Name: field, Type: kind, Tag: reflect.StructTag(tag)}
}

func flagHelp(s config.Setting) string {
	help := strings.ReplaceAll(s.Doc, "`", "")
	if s.Default != "" {
		help += " Default: " + s.Default + "."
	}
	return help
}

func isList(flag string) bool {
	for _, name := range listFlags {
		if name == flag {
			return true
		}
	}
	return false
}

// givenFlags reads the flags that were given from what settingFlags made.
func givenFlags(plugins kong.Plugins) map[string][]string {
	given := make(map[string][]string)
	for _, plugin := range plugins {
		fields := reflect.ValueOf(plugin).Elem()
		for i := range fields.NumField() {
			name := fields.Type().Field(i).Tag.Get("name")
			switch value := fields.Field(i).Interface().(type) {
			case *string:
				if value != nil {
					given[name] = []string{*value}
				}
			case *bool:
				if value != nil {
					given[name] = []string{fmt.Sprint(*value)}
				}
			case []string:
				if value != nil {
					given[name] = value
				}
			}
		}
	}
	return given
}

// load reads the configuration of this session.
func (s *session) load(flags map[string][]string) (*config.Loaded, error) {
	return config.Load(config.Input{Flags: flags, Env: s.lookup, ReadFile: os.ReadFile})
}
