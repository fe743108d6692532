package httpapi

import (
	"encoding/json"
	"slices"
	"strings"
)

// maskJSON is valid JSON as Logto's log shows it: values of members whose names
// speak of a secret are masked, scripts and environments are left out, and strings
// lose their NULs. Everything else keeps its bytes.
func maskJSON(in []byte) json.RawMessage {
	m := &masking{in: in, out: make([]byte, 0, len(in))}
	m.value()
	return m.out
}

// masking copies a document from in, which has been found valid, to out.
type masking struct {
	in, out []byte
	at      int
}

func (m *masking) space() {
	for strings.IndexByte(" \t\r\n", m.in[m.at]) >= 0 {
		m.at++
	}
}

// take copies the next byte.
func (m *masking) take() byte {
	m.space()
	c := m.in[m.at]
	m.out = append(m.out, c)
	m.at++
	return c
}

func (m *masking) value() {
	m.space()
	switch m.in[m.at] {
	case '{':
		m.object()
	case '[':
		m.array()
	case '"':
		m.text()
	default:
		from := m.at
		for m.at < len(m.in) && strings.IndexByte(",]} \t\r\n", m.in[m.at]) < 0 {
			m.at++
		}
		m.out = append(m.out, m.in[from:m.at]...)
	}
}

func (m *masking) array() {
	m.take()
	if m.space(); m.in[m.at] == ']' {
		m.take()
		return
	}
	for {
		m.value()
		if m.take() == ']' {
			return
		}
	}
}

func (m *masking) object() {
	m.take()
	start := len(m.out)
	if m.space(); m.in[m.at] == '}' {
		m.take()
		return
	}
	for {
		m.member()
		m.space()
		c := m.in[m.at]
		m.at++
		if c == '}' {
			// Members that were left out may have left a comma.
			if len(m.out) > start && m.out[len(m.out)-1] == ',' {
				m.out = m.out[:len(m.out)-1]
			}
			m.out = append(m.out, '}')
			return
		}
	}
}

// member copies a member with a comma behind it, or leaves it out.
func (m *masking) member() {
	m.space()
	start := len(m.out)
	m.text()
	var name string
	_ = json.Unmarshal(m.out[start:], &name) // it is a valid string
	name = strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(name))
	m.take()
	content := len(m.out)
	m.value()
	switch {
	case isScript(name):
		m.out = m.out[:start]
		return
	case isSecret(name) && !isHarmless(name, m.out[content:]):
		m.out = append(m.out[:content], `"`+masked+`"`...)
	}
	m.out = append(m.out, ',')
}

// text copies a string without its escaped NULs.
func (m *masking) text() {
	m.take()
	for {
		switch c := m.in[m.at]; {
		case c == '"':
			m.take()
			return
		case c == '\\' && strings.HasPrefix(string(m.in[m.at:min(m.at+6, len(m.in))]), `\u0000`):
			m.at += 6
		case c == '\\':
			m.out = append(m.out, m.in[m.at:m.at+2]...)
			m.at += 2
		default:
			m.out = append(m.out, c)
			m.at++
		}
	}
}

func isScript(name string) bool {
	return strings.HasPrefix(name, "script") || strings.HasSuffix(name, "script") || strings.Contains(name, "environmentvariables")
}

func isSecret(name string) bool {
	return name == "authorization" || name == "xfunctionskey" || strings.HasSuffix(name, "token") ||
		slices.ContainsFunc([]string{"secret", "password", "apikey", "privatekey", "credential", "cookie"}, func(part string) bool {
			return strings.Contains(name, part)
		})
}

// isHarmless says whether a value tells about a secret and not the secret itself.
func isHarmless(name string, value []byte) bool {
	switch name {
	case "passwordverified", "haspassword":
		return value[0] == 't' || value[0] == 'f'
	case "applicationsecret":
		var named map[string]any
		if json.Unmarshal(value, &named) != nil || len(named) != 1 {
			return false
		}
		_, ok := named["name"].(string)
		return ok
	default:
		return false
	}
}
