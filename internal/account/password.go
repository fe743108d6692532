package account

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/alexedwards/argon2id"

	"github.com/tidingshq/tidings/internal/webhook"
)

const (
	// hashesAtOnce bounds how many passwords are hashed at the same time: each takes
	// 19 MiB and tens of milliseconds. hashesWaiting is how many more may wait.
	hashesAtOnce  = 2
	hashesWaiting = 32
)

// hashCost is what OWASP asks of argon2id at the least.
func hashCost() *argon2id.Params {
	return &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}
}

// nobodysHash is of a password that nobody knows, at the cost of hashCost: for an
// e-mail address that nobody has, a guess is compared with it, so that it takes as
// long.
const nobodysHash = webhook.Secret("$argon2id$v=19$m=19456,t=2,p=1$yejTbhUqadmkJT7BPmYY1A$182BJjUbHaJpiB8DOEYeJJWndbm8cQo0hBV45q/2qZk")

// hashing makes and compares hashes, a few at a time.
type hashing struct {
	turns   chan struct{}
	waiting *atomic.Int64
}

func newHashing() hashing {
	return hashing{turns: make(chan struct{}, hashesAtOnce), waiting: &atomic.Int64{}}
}

// turn waits until it is the caller's turn, who ends it; ErrBusy if too many wait.
func (h hashing) turn(ctx context.Context) (end func(), err error) {
	if h.waiting.Add(1) > hashesAtOnce+hashesWaiting {
		h.waiting.Add(-1)
		return nil, ErrBusy
	}
	select {
	case h.turns <- struct{}{}:
		return func() { <-h.turns; h.waiting.Add(-1) }, nil
	case <-ctx.Done():
		h.waiting.Add(-1)
		return nil, ctx.Err()
	}
}

func (h hashing) hash(ctx context.Context, password webhook.Secret) (webhook.Secret, error) {
	end, err := h.turn(ctx)
	if err != nil {
		return "", err
	}
	defer end()
	hash, err := argon2id.CreateHash(password.Reveal(), hashCost())
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	return webhook.Secret(hash), nil
}

// matches compares a password with a hash; without one it takes as long and does not
// match.
func (h hashing) matches(ctx context.Context, password, hash webhook.Secret) (bool, error) {
	end, err := h.turn(ctx)
	if err != nil {
		return false, err
	}
	defer end()
	compared := hash
	if hash == "" {
		compared = nobodysHash
	}
	same, err := argon2id.ComparePasswordAndHash(password.Reveal(), compared.Reveal())
	if err != nil {
		return false, fmt.Errorf("compare password: %w", err)
	}
	return same && hash != "", nil
}
