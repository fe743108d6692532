package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// readFile reads the configuration file, if one is named, into texts by key.
func readFile(in Input) (map[string]value, error) {
	name, source := configFile(in)
	if name == "" {
		return nil, nil
	}
	content, err := in.ReadFile(name)
	if err != nil {
		return nil, &Error{"", source, "read " + name + ": " + reason(err)}
	}
	var document yaml.Node
	if err := yaml.Unmarshal(content, &document); err != nil {
		return nil, &Error{"", name, "not readable as YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	}
	if len(document.Content) == 0 {
		return nil, nil
	}
	return fileValues(filepath.Base(name), document.Content[0])
}

func configFile(in Input) (name, source string) {
	if given := in.Flags[FileFlag]; len(given) > 0 {
		return given[len(given)-1], "--" + FileFlag
	}
	name, _ = in.Env(FileEnv)
	return name, FileEnv
}

func fileValues(name string, mapping *yaml.Node) (map[string]value, error) {
	if mapping.Kind != yaml.MappingNode {
		return nil, &Error{"", name, "must be a list of `setting: value` lines"}
	}
	settings := Settings()
	values := make(map[string]value)
	var problems []error
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, node := mapping.Content[i], mapping.Content[i+1]
		source := fmt.Sprintf("%s:%d", name, key.Line)
		known := slices.ContainsFunc(settings, func(s Setting) bool { return s.Key == key.Value })
		_, twice := values[key.Value]
		text, plain := nodeText(node)
		switch {
		case !known:
			problems = append(problems, &Error{"", source, fmt.Sprintf("%q is not a setting", key.Value)})
		case twice:
			problems = append(problems, &Error{key.Value, source, fmt.Sprintf("%q is set twice", key.Value)})
		case !plain:
			problems = append(problems, &Error{key.Value, source, fmt.Sprintf("%q must be a value or a list of values", key.Value)})
		}
		values[key.Value] = value{text, source + " " + key.Value}
	}
	return values, errors.Join(problems...)
}

// nodeText is the text of a scalar, or of a list of scalars joined by commas.
func nodeText(node *yaml.Node) (text string, plain bool) {
	switch node.Kind {
	case yaml.ScalarNode:
		if node.Tag == "!!null" {
			return "", true
		}
		return node.Value, true
	case yaml.SequenceNode:
		var parts []string
		for _, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				return "", false
			}
			parts = append(parts, item.Value)
		}
		return strings.Join(parts, ","), true
	default:
		return "", false
	}
}

// reason is what went wrong with a file, without repeating its name.
func reason(err error) string {
	if pathError, is := errors.AsType[*fs.PathError](err); is {
		return pathError.Err.Error()
	}
	return err.Error()
}
