package httpapi

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tidingshq/tidings/internal/webhook"
	"github.com/tidingshq/tidings/signature"
)

type signDeliveryOutput struct {
	Body signedView
}

// signedView is what a request of a delivery made now would carry, for a person who
// sends it from elsewhere. The value of a locked header is the name of a variable.
type signedView struct {
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
}

// signDelivery signs the body of a delivery with the webhook's key of today.
func (a *api) signDelivery(ctx context.Context, c *call, in *DeliveryPath) (*signDeliveryOutput, error) {
	d, err := a.delivery(ctx, c, in.ID)
	if err != nil {
		return nil, err
	}
	w, ok := a.Registry.Find(c.tenant(), d.Webhook.ID)
	if !ok {
		return nil, webhook.ErrWebhookDeleted
	}
	e, err := a.Store.Event(ctx, c.tenant(), d.EventID)
	if errors.Is(err, webhook.ErrNotFound) || err == nil && e.Payload.Posted == nil {
		return nil, webhook.ErrPayloadGone
	}
	if err != nil {
		return nil, fmt.Errorf("read event of delivery: %w", err)
	}
	headers, err := a.signedHeaders(w, d.ID, e.Payload.Body(w.ID))
	return &signDeliveryOutput{signedView{URL: w.URL.Reveal(), Headers: headers}}, err
}

func (a *api) signedHeaders(w *webhook.Webhook, id webhook.DeliveryID, body []byte) (map[string]string, error) {
	now, key := a.Wall.Now(), w.SigningKey.Reveal()
	logto, err := signature.SignLogto(key, body)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	standard, err := signature.Sign([]byte(key), string(id), now, body)
	if err != nil {
		return nil, fmt.Errorf("sign: %w", err)
	}
	headers := map[string]string{
		"content-type": "application/json", webhook.HeaderLogtoSignature: logto, webhook.HeaderWebhookID: string(id),
		webhook.HeaderTimestamp: strconv.FormatInt(now.Unix(), 10), webhook.HeaderSignature: standard,
	}
	taken := map[string]bool{}
	for _, h := range w.Headers {
		if h.Withheld {
			continue // an attempt does not send it either
		}
		if strings.EqualFold(h.Name, "content-type") {
			delete(headers, "content-type")
		}
		if headers[h.Name] = h.Value.Reveal(); h.Locked {
			headers[h.Name] = "$" + variableOf(h.Name, taken)
		}
	}
	return headers, nil
}

// shellVariables are set in every shell, or mean something to it or to curl; of those
// in shellFamilies there are many.
var (
	shellVariables = []string{
		"_", "PATH", "HOME", "USER", "LOGNAME", "USERNAME", "SHELL", "PWD", "OLDPWD", "MAIL", "LANG", "LANGUAGE", "TERM", "TZ", "IFS", "ENV", "EDITOR", "VISUAL",
		"PAGER", "DISPLAY", "HOST", "HOSTNAME", "HOSTTYPE", "MACHTYPE", "OSTYPE", "SHLVL", "UID", "EUID", "GID", "EGID", "PPID", "GROUPS", "RANDOM", "SECONDS",
		"LINENO", "COLUMNS", "LINES", "OPTARG", "OPTIND", "OPTERR", "FUNCNEST", "PROMPT", "PS1", "PS2", "PS3", "PS4", "TMPDIR", "TEMP", "TMP", "FIGNORE", "FCEDIT",
		"MANPATH", "CDPATH", "MAILPATH", "FPATH", "COLORTERM", "REPLY", "STATUS", "NO_COLOR",
	}
	shellFamilies = []string{"LC_", "BASH", "ZSH", "HIST", "COMP_", "LD_", "DYLD_", "XDG_", "SSH_", "SSL_", "CURL_", "TERM_", "TIDINGS_", "HTTP_", "HTTPS_", "ALL_", "NO_", "HEADER_"}
)

// variableOf is the variable of a shell that stands for the value of a header: one of
// its own, which is not set already.
func variableOf(header string, taken map[string]bool) string {
	base := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z':
			return c - 'a' + 'A'
		case c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			return c
		default:
			return '_'
		}
	}, header)
	if base[0] >= '0' && base[0] <= '9' {
		base = "_" + base
	}
	if slices.Contains(shellVariables, base) || slices.ContainsFunc(shellFamilies, func(f string) bool { return strings.HasPrefix(base, f) }) {
		base = "HEADER_" + base
	}
	name := base
	for n := 2; taken[name]; n++ {
		name = base + "_" + strconv.Itoa(n)
	}
	taken[name] = true
	return name
}
