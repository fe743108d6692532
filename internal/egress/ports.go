package egress

import (
	"slices"
	"strconv"
	"strings"
)

// badPorts is the list "bad port" of the Fetch standard: ports whose protocols can be
// talked into something by an HTTP request.
var badPorts = []uint16{
	0, 1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87,
	95, 101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143,
	161, 179, 389, 427, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556,
	563, 587, 601, 636, 989, 990, 993, 995, 1719, 1720, 1723, 2049, 3659, 4045, 4190,
	5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
}

func defaultPort(scheme string) uint16 {
	if scheme == "http" {
		return 80
	}
	return 443
}

// parsePort reads the text after the colon; empty is the scheme's own port.
func parsePort(text, scheme string) (uint16, *Problem) {
	if text == "" {
		return defaultPort(scheme), nil
	}
	if strings.Trim(text, "0123456789") != "" {
		return 0, problem(CodePort)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil || port == 0 {
		return 0, problem(CodePort)
	}
	if slices.Contains(badPorts, uint16(port)) {
		return 0, problem(CodePortRefused)
	}
	return uint16(port), nil
}
