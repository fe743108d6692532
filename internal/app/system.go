package app

import (
	"context"
	"errors"
	"runtime/debug"

	"github.com/tidingshq/tidings/internal/config"
	"github.com/tidingshq/tidings/internal/httpapi"
)

// system is what the server says of itself while it runs.
func (a *App) system(ctx context.Context) (httpapi.SystemInfo, error) {
	info := httpapi.SystemInfo{
		Commit: commit(), StartedAt: a.startedAt, Storage: httpapi.StorageInfo{Kind: storageKind(a.config), Bytes: a.upkeep.Usage().Bytes},
		Network: httpapi.NetworkInfo{Allow: []string{}, Rules: a.urls.guard.Describe()},
	}
	for _, entry := range a.options.Settings {
		info.Settings = append(info.Settings, httpapi.SystemSetting{Key: entry.Key, Value: entry.Value, Source: entry.Source})
	}
	for _, network := range a.config.AllowNetworks {
		info.Network.Allow = append(info.Network.Allow, network.String())
	}
	for _, check := range a.examineItself(ctx) {
		info.Checks = append(info.Checks, httpapi.SystemCheck(check))
	}
	return info, ctx.Err()
}

func storageKind(c *config.Config) string {
	if c.Shared() {
		return "postgres"
	}
	return "sqlite"
}

// commit is what the binary was built from, empty if it does not know.
func commit() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, setting := range build.Settings {
		if setting.Key == "vcs.revision" {
			return setting.Value
		}
	}
	return ""
}

// examineItself makes those checks of the doctor's that a running server can make of
// itself, and asks its own parts.
func (a *App) examineItself(ctx context.Context) []Check {
	now := a.wall.Now()
	e := &examination{config: a.config, now: now, guard: a.urls.guard}
	e.note("database", a.store.Ping(ctx), "It answers.")
	var stuck error
	if !a.dispatcher.Progress() {
		stuck = errors.New("delivery makes no progress")
	}
	unfinished, _ := a.upkeep.Unfinished()
	e.note("delivery", stuck, "%d deliveries have not ended.", unfinished)
	e.examineDisk(a.upkeep.Usage())
	e.compareClocks(now, a.clock.Now())
	e.examineCertificates()
	if a.config.Dev {
		e.warn("development mode", "It is on: http: and private addresses are accepted as endpoints. Not for production.")
	}
	return e.checks
}
