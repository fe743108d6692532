package egress

import "fmt"

// Problem is a mistake in a URL. Code is stable; Message is for people, says what to
// do, and never repeats any part of the URL, which may hold credentials.
type Problem struct {
	Code, Message string
}

func (p *Problem) Error() string { return p.Message }

// The codes of a Problem.
const (
	CodeTooLong     = "url.too_long"
	CodeMalformed   = "url.malformed"
	CodeCharacter   = "url.character"
	CodeNotHTTPS    = "url.not_https"
	CodeUserinfo    = "url.userinfo"
	CodeHost        = "url.host"
	CodeHostNumber  = "url.host_number"
	CodeNotPublic   = "url.host_not_public"
	CodePort        = "url.port"
	CodePortRefused = "url.port_refused"
)

func problem(code string) *Problem {
	return &Problem{Code: code, Message: messageOf(code)}
}

// neverPublic is for addresses that no setting opens.
func neverPublic() *Problem {
	return &Problem{Code: CodeNotPublic, Message: "The host is not on the public internet, and no setting opens this address: it belongs to a cloud's metadata service, or stands for another address. Use a public domain name."}
}

func messageOf(code string) string {
	switch code {
	case CodeTooLong:
		return fmt.Sprintf("The URL is longer than %d bytes. Use a shorter one.", MaxURLBytes)
	case CodeCharacter:
		return "The URL contains a space, a backslash, a control character or text that is not UTF-8. Remove it, or percent-encode it in the path or the query."
	case CodeNotHTTPS:
		return "The URL must start with https://."
	case CodeUserinfo:
		return "The URL must not contain a user name or password (the part before @). Send credentials in a custom header."
	case CodeHost:
		return "The host name is not valid. Use a domain name such as hooks.example.com; write an international name that is refused in its xn-- form."
	case CodeHostNumber:
		return "The host is not an IP address in its usual spelling. Use a domain name, or write the address like 203.0.113.7 or [2001:db8::7], without leading zeros, zones or a trailing dot."
	case CodeNotPublic:
		return "The host is not on the public internet. Use a public domain name or address; the operator can open a private network with --allow-network."
	case CodePort:
		return "The port must be a number from 1 to 65535."
	case CodePortRefused:
		return "The port belongs to another protocol and is refused for HTTP. Use another one, such as 443 or 8443."
	default:
		return "The URL could not be read. Use a form such as https://hooks.example.com/path."
	}
}
