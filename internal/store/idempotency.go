package store

import (
	"encoding/json"
	"fmt"

	"github.com/tidingshq/tidings/internal/webhook"
)

// Repeat is the answer that was kept for the key, marked as Repeated; ErrKeyReused if that
// was for another body.
func (i *Idempotency) Repeat(hash, kept []byte) (answer []Accepted, err error) {
	if string(hash) != string(i.Hash[:]) {
		return nil, webhook.ErrKeyReused
	}
	if err := json.Unmarshal(kept, &answer); err != nil {
		return nil, fmt.Errorf("decode the first answer: %w", err)
	}
	for n := range answer {
		answer[n].Repeated = true
	}
	return answer, nil
}
