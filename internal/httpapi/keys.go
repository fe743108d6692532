package httpapi

import (
	"context"
	"time"

	"github.com/tidingshq/tidings/internal/registry"
	"github.com/tidingshq/tidings/internal/webhook"
)

// KeyView is an API key as it is listed; exported like HookPath.
type KeyView struct {
	ID              string          `json:"id"`
	Name            string          `json:"name"`
	Prefix          string          `json:"prefix"`
	Scopes          []webhook.Scope `json:"scopes"`
	CreatedBy       string          `json:"createdBy"`
	CreatedAt       instant         `json:"createdAt"`
	LastUsedAt      *instant        `json:"lastUsedAt,omitempty"`
	LastUsedAddress string          `json:"lastUsedAddress,omitempty"`
	ExpiresAt       *instant        `json:"expiresAt,omitempty"`
}

// newKeyView is the one answer that has the key itself.
type newKeyView struct {
	KeyView
	Key string `json:"key"`
}

func viewKey(k *webhook.APIKey) KeyView {
	return KeyView{
		ID: k.ID, Name: k.Name, Prefix: k.Prefix, Scopes: k.Scopes, CreatedBy: k.CreatedBy, CreatedAt: instant(k.CreatedAt),
		LastUsedAt: instantOf(k.LastUsedAt), LastUsedAddress: k.LastUsedAddress, ExpiresAt: instantOf(k.ExpiresAt),
	}
}

type listKeysOutput struct {
	Body struct {
		Items []KeyView `json:"items"`
		Next  string    `json:"next,omitempty"`
	}
}

func (a *api) listKeys(ctx context.Context, c *call, in *ListPages) (*listKeysOutput, error) {
	keys, err := a.Registry.Keys(ctx, c.tenant())
	if err != nil {
		return nil, err
	}
	out := &listKeysOutput{}
	keys, out.Body.Next, err = cutPage(keys, *in, func(k *webhook.APIKey) listPlace { return listPlace{k.CreatedAt.UnixMilli(), k.ID} })
	if err != nil {
		return nil, err
	}
	out.Body.Items = make([]KeyView, len(keys))
	for i := range keys {
		out.Body.Items[i] = viewKey(&keys[i])
	}
	return out, nil
}

type createKeyOutput struct {
	Body newKeyView
}

func (a *api) createKey(ctx context.Context, c *call, _ *struct{}) (*createKeyOutput, error) {
	return a.createKeyIn(ctx, c, c.tenant())
}

func (a *api) createKeyIn(ctx context.Context, c *call, tenant webhook.TenantID) (*createKeyOutput, error) {
	n, p := readNewKey(c.body)
	if p != nil {
		return nil, p
	}
	n.Tenant, n.CreatedBy = tenant, c.by()
	key, text, err := a.Registry.CreateKey(ctx, n)
	if err != nil {
		return nil, ownError(err, nil)
	}
	return &createKeyOutput{Body: newKeyView{KeyView: viewKey(&key), Key: text.Reveal()}}, nil
}

// readNewKey checks the form of a body; the rules for its content are the registry's.
func readNewKey(raw []byte) (registry.NewKey, *problem) {
	var n registry.NewKey
	root, p := decode(raw)
	if p != nil {
		return n, p
	}
	f := &form{}
	o := f.object([]any{}, root, "name", "scopes", "expiresAt")
	if o == nil {
		return n, f.ownProblem()
	}
	o.require("name", "string")
	o.require("scopes", "array")
	if name := o.sizedText("name", registry.MaxName); name != nil {
		n.Name = *name
	}
	n.Scopes, n.ExpiresAt = o.scopes("scopes"), o.instant("expiresAt")
	return n, f.ownProblem()
}

func (o *object) scopes(name string) (scopes []webhook.Scope) {
	list, sent := o.have[name]
	if !sent {
		return nil
	}
	if list.kind != 'a' {
		o.form.wrongType(o.at(name), "array", list)
		return nil
	}
	for i, item := range list.items {
		if item.kind != 's' {
			o.form.wrongType(o.at(name, i), "string", item)
			continue
		}
		scopes = append(scopes, webhook.Scope(item.text))
	}
	return scopes
}

// instant reads an optional time in RFC 3339; null is none.
func (o *object) instant(name string) *time.Time {
	if n, sent := o.have[name]; !sent || n.kind == 'n' {
		return nil
	}
	text := o.text(name)
	if text == nil {
		return nil
	}
	t, err := time.Parse(time.RFC3339, *text)
	if err != nil {
		o.form.report(ownIssue{Path: dotted(o.at(name)), Code: "invalid", Message: "A time is written as in RFC 3339, such as 2027-01-31T12:00:00Z."})
		return nil
	}
	return &t
}

// KeyPath is the path of one API key; exported like HookPath.
type KeyPath struct {
	ID string `path:"id"`
}

func (a *api) deleteKey(ctx context.Context, c *call, in *KeyPath) (*struct{}, error) {
	return nil, a.Registry.RevokeKey(ctx, c.tenant(), in.ID)
}
