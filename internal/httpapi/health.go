package httpapi

import (
	"io"
	"net/http"
)

// healthz says that the process is alive.
func (a *api) healthz(c *call) {
	c.Header().Set("Content-Type", jsonType)
	_, _ = io.WriteString(c, `{"status":"ok"}`) // nobody is left to tell
}

// readyz says whether the process should get requests. Why not is for the log: it
// may name hosts and files.
func (a *api) readyz(c *call) {
	if err := a.Ready(c.request.Context()); err != nil {
		a.Log.Debug("server.not_ready", "error", err)
		writeProblem(c, errNotReady)
		return
	}
	c.Header().Set("Content-Type", jsonType)
	c.WriteHeader(http.StatusOK)
	_, _ = io.WriteString(c, `{"status":"ready"}`) // as above
}
