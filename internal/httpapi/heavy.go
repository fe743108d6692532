package httpapi

import (
	"github.com/danielgtaylor/huma/v2"
)

// heavyAtOnce bounds how many answers that may take a hundred megabytes are made
// at the same time.
const heavyAtOnce = 2

const heavyKey = "heavy"

// heavy says that answers of an operation hold many payloads. They take turns.
func heavy(op *huma.Operation) { op.Metadata[heavyKey] = true }

func isHeavy(op *huma.Operation) bool { return op.Metadata[heavyKey] == true }

// inTurn makes an answer when it is its turn, unless the client has gone by then.
func (a *api) inTurn(c *call, answer func()) {
	select {
	case a.heavy <- struct{}{}:
		defer func() { <-a.heavy }()
		answer()
	case <-c.request.Context().Done():
		writeProblem(c, errNoRoom)
	}
}
