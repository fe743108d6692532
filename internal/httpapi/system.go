package httpapi

import (
	"context"
	"time"

	"github.com/tidingshq/tidings/internal/webhook"
)

// SystemInfo is what the server says of itself. Secrets are not in it.
type SystemInfo struct {
	// Commit is empty if the build does not know it.
	Commit    string
	StartedAt time.Time
	Storage   StorageInfo
	Settings  []SystemSetting
	Network   NetworkInfo
	Checks    []SystemCheck
}

// StorageInfo is where everything is kept.
type StorageInfo struct {
	Kind  string `json:"kind" enum:"sqlite,postgres"`
	Bytes int64  `json:"bytes" doc:"The space that the database takes."`
}

// SystemSetting is a setting in effect.
type SystemSetting struct {
	Key    string `json:"key"`
	Value  string `json:"value" doc:"As text; secrets are redacted."`
	Source string `json:"source" doc:"A flag, a variable, a line of the configuration file, or default."`
}

// NetworkInfo is where endpoints may be.
type NetworkInfo struct {
	Allow []string `json:"allow" doc:"The networks that were opened besides the public one."`
	Rules string   `json:"rules" doc:"The rules in effect, for people."`
}

// SystemCheck is one thing that was looked at.
type SystemCheck struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Warning bool   `json:"warning,omitempty" doc:"It is ok, but worth a look."`
	Detail  string `json:"detail"`
}

// SystemView is the server as callers see it; exported like HookPath.
type SystemView struct {
	Version   string          `json:"version"`
	Commit    string          `json:"commit,omitempty"`
	StartedAt instant         `json:"startedAt"`
	Uptime    int64           `json:"uptime" doc:"In seconds."`
	Storage   *StorageInfo    `json:"storage,omitempty"`
	Settings  []SystemSetting `json:"settings"`
	Network   *NetworkInfo    `json:"network,omitempty"`
	Checks    []SystemCheck   `json:"checks"`
}

type systemOutput struct {
	Body SystemView
}

// getSystem tells everything to callers of the default tenant, who run the server.
// Others share it and learn how old and how new it is.
func (a *api) getSystem(ctx context.Context, c *call, _ *struct{}) (*systemOutput, error) {
	info, err := a.System(ctx)
	if err != nil {
		return nil, err
	}
	v := SystemView{
		Version: a.Version, Commit: info.Commit, StartedAt: instant(info.StartedAt), Uptime: int64(a.Clock.Now().Sub(info.StartedAt).Seconds()),
		Settings: []SystemSetting{}, Checks: []SystemCheck{},
	}
	if c.tenant() == webhook.DefaultTenant {
		v.Storage, v.Network = &info.Storage, &info.Network
		v.Settings, v.Checks = append(v.Settings, info.Settings...), append(v.Checks, info.Checks...)
	}
	return &systemOutput{Body: v}, nil
}
