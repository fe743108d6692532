package egress

import "strings"

// localNames are the ends of names that are not on the public internet, each with
// all names below it.
var localNames = []string{
	// The IANA registry of special-use domain names. example.com and its siblings are
	// in it too, but resolve, and hurt nobody.
	"alt", "arpa", "example", "invalid", "local", "localhost", "onion", "test",
	// Names of other systems than DNS.
	"bit", "i2p",
	// Reserved by ICANN for private use, or never to be delegated.
	"corp", "home", "internal", "mail",
	// Private by custom: RFC 6762 appendix G, routers, hosts files, clusters.
	"default", "dhcp", "domain", "fritz.box", "gateway", "homenet", "intra", "intranet",
	"lan", "localdomain", "localdomain4", "localdomain6", "localnet", "modem", "priv",
	"private", "router", "workgroup",
	"cluster", "consul", "docker", "k8s", "kube", "nomad", "svc",
}

// isLocalName says whether an ASCII name is a single label, special or private.
func isLocalName(name string) bool {
	if !strings.Contains(name, ".") {
		return true
	}
	for _, end := range localNames {
		if name == end || strings.HasSuffix(name, "."+end) {
			return true
		}
	}
	return false
}
