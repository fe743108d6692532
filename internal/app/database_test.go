package app

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

func TestWaitingForTheDatabaseIsSaidAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		began := time.Now()
		var warned []time.Duration
		_, err := whenThere(ctx, func() (store.Store, error) { return nil, webhook.ErrUnavailable }, func(err error) {
			if !errors.Is(err, webhook.ErrUnavailable) {
				t.Errorf("warned of %v", err)
			}
			warned = append(warned, time.Since(began))
		})
		if !errors.Is(err, context.DeadlineExceeded) || len(warned) != 3 || warned[0] != 0 || warned[1] != databaseRemind || warned[2] != 2*databaseRemind {
			t.Errorf("ended with %v after warnings at %v", err, warned)
		}
	})
}
