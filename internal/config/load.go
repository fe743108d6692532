package config

import (
	"errors"
	"fmt"
	"strings"
)

// FileFlag and FileEnv name the configuration file.
const (
	FileFlag = "config"
	FileEnv  = "TIDINGS_CONFIG"
)

// Input is where settings come from.
type Input struct {
	// Flags holds the flags that were given, by name without dashes.
	Flags map[string][]string
	// Env looks up an environment variable.
	Env func(name string) (value string, found bool)
	// ReadFile reads the configuration file and the files that settings name.
	ReadFile func(name string) ([]byte, error)
}

// Loaded is a configuration with the source of each value.
type Loaded struct {
	Config
	values map[string]value
}

// value is the text of a setting, as it may be seen, and where it was found.
type value struct {
	text   string
	source string
}

const sourceDefault = "default"

// Error is a mistake in one setting.
type Error struct {
	// Setting is its key, empty if the mistake is not in a setting.
	Setting string
	// Source is where the value is: a flag, a variable, a line of the file.
	Source  string
	Problem string
}

func (e *Error) Error() string { return e.Source + ": " + e.Problem }

// Load reads all sources and returns every mistake, not only the first.
func Load(in Input) (*Loaded, error) {
	file, err := readFile(in)
	if err != nil {
		return nil, err
	}
	loaded := &Loaded{values: make(map[string]value)}
	var problems []error
	for _, s := range Settings() {
		found := look(s, in, file)
		if err := s.set(&loaded.Config, found); err != nil {
			problems = append(problems, err)
		}
		if s.show != nil {
			found.text = s.show(found.text)
		}
		loaded.values[s.Key] = found
	}
	if len(problems) == 0 {
		problems = loaded.resolve(in.ReadFile)
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return loaded, nil
}

// look finds the value of the setting in the source that counts most.
func look(s Setting, in Input, file map[string]value) value {
	if given, found := in.Flags[s.Flag]; found && s.Flag != "" {
		return value{strings.Join(given, ","), "--" + s.Flag}
	}
	if text, found := in.Env(s.Env); found && (text != "" || s.emptyCounts) {
		return value{text, s.Env}
	}
	if found, is := file[s.Key]; is && (found.text != "" || s.emptyCounts) {
		return found
	}
	return value{s.Default, sourceDefault}
}

// set checks and parses the value into its field. An empty text leaves the zero
// value.
func (s Setting) set(c *Config, v value) error {
	if v.text == "" && !s.emptyCounts {
		if s.Default != "" {
			return &Error{s.Key, v.source, "must not be empty"}
		}
		return nil
	}
	var err error
	if s.check != nil {
		err = s.check(v.text)
	}
	if err == nil {
		err = parse(s.field(c), v.text)
	}
	if err == nil {
		return nil
	}
	return &Error{s.Key, v.source, s.quote(v.text) + err.Error()}
}

// quote repeats the value in front of a problem unless it may hold a secret.
func (s Setting) quote(text string) string {
	if s.show != nil {
		return ""
	}
	return fmt.Sprintf("%q ", text)
}

// resolve reads the files that settings name and checks what spans settings.
func (l *Loaded) resolve(readFile func(string) ([]byte, error)) []error {
	checks := []func(func(string) ([]byte, error)) error{
		l.resolveBootstrapKey, l.resolveAdmin, l.checkTLS, l.checkCA,
	}
	var problems []error
	for _, check := range checks {
		if err := check(readFile); err != nil {
			problems = append(problems, err)
		}
	}
	return problems
}

// problem is a mistake found after parsing, reported at the value of the setting.
func (l *Loaded) problem(key, format string, args ...any) error {
	return &Error{key, l.values[key].source, fmt.Sprintf(format, args...)}
}

// Entry is one line of `config print`.
type Entry struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Source string `json:"source"`
}

// Entries are the effective values with their sources, secrets redacted.
func (l *Loaded) Entries() []Entry {
	var entries []Entry
	for _, s := range Settings() {
		found := l.values[s.Key]
		entries = append(entries, Entry{s.Key, found.text, found.source})
	}
	return entries
}
