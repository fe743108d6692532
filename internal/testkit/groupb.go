package testkit

import "strings"

// OddBodies are response bodies that break a careless store or console, by name. They
// must come back byte for byte.
func OddBodies() map[string]string {
	return map[string]string{
		"NUL":            "{\"a\":\"\x00\"}\x00",
		"InvalidUTF8":    "{\"a\":\"\xff\xfe\xc3\x28\xed\xa0\x80\"}",
		"LoneSurrogates": `{"a":"\ud800","b":"\udc00\ud800"}`,
		"EscapedNUL":     `{"a":"\u0000"}`,
		"HugeNumber":     `{"a":1e400000,"b":-1E999999999}`,
		"DeepJSON":       strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
		"LineSeparators": "{\"a\":\"\u2028\u2029\u0085\"}",
		"ANSI":           "\x1b[31mred\x1b[0m\x07\x1b]0;title\x07",
		"Script":         `</script><script>alert(1)</script><!--`,
		"BOM":            "\ufeff{}",
		"CRLF":           "a\r\nHTTP/1.1 200 OK\r\n\r\n",
	}
}
