package account

import (
	"container/list"
	"crypto/sha256"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

// How often passwords may be guessed: some at once, and then one each time. Only
// those that fail count.
//
// An address alone cannot use up what an account has: that refills faster than one
// address may guess at one account. Many addresses can, and then the account is shut
// for all but those that it is signed in from, so that its owner is not locked out.
const (
	triesOfAddress  = 20
	addressEvery    = 6 * time.Second
	triesOfPair     = 10
	pairEvery       = time.Minute
	triesOfAccount  = 30
	accountEvery    = 20 * time.Second
	rememberedTries = 10_000
)

// Limited says that there were too many failed tries.
type Limited struct {
	// Wait is how long it takes until the next.
	Wait time.Duration
}

func (e *Limited) Error() string { return fmt.Sprintf("too many tries: wait %v", e.Wait) }

// guesses counts failed tries by address, by account, and by both together.
type guesses struct {
	mu                     sync.Mutex
	address, pair, account *buckets
}

func newGuesses() *guesses {
	return &guesses{
		address: newBuckets(triesOfAddress, addressEvery), pair: newBuckets(triesOfPair, pairEvery), account: newBuckets(triesOfAccount, accountEvery),
	}
}

// take takes a try of everything that it counts for, or of nothing. familiar says that
// the account is signed in from this address. right gives the try back.
func (g *guesses) take(email, address string, familiar bool, now time.Time) (right func(), err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	source := sourceOf(address)
	taken := []*bucket{g.address.of(source, now)}
	// Who has to wait anyhow is not to make others be forgotten.
	if wait := taken[0].wait(); wait > 0 {
		return nil, &Limited{Wait: wait}
	}
	taken = append(taken, g.pair.of(source+" "+email, now))
	if !familiar {
		taken = append(taken, g.account.of(email, now))
	}
	for _, b := range taken {
		if wait := b.wait(); wait > 0 {
			return nil, &Limited{Wait: wait}
		}
	}
	for _, b := range taken {
		b.left--
	}
	return func() {
		g.mu.Lock()
		defer g.mu.Unlock()
		for _, b := range taken {
			b.left++
		}
	}, nil
}

// sourceOf is the address, or for IPv6 the network that one subscriber has.
func sourceOf(address string) string {
	ip, err := netip.ParseAddr(address)
	if err != nil || !ip.Is6() {
		return address
	}
	network, err := ip.Prefix(64)
	if err != nil {
		return address
	}
	return network.String()
}

// buckets holds one bucket for each key, and forgets the one that was used longest
// ago when there are too many.
type buckets struct {
	size  float64
	every time.Duration
	byKey map[keyHash]*list.Element
	// used has the latest used first.
	used *list.List
}

// keyHash stands for a key, which may be as long as somebody likes.
type keyHash = [sha256.Size]byte

// bucket holds tries and is refilled, one each time.
type bucket struct {
	of   *buckets
	key  keyHash
	left float64
	at   time.Time
}

func newBuckets(size int, every time.Duration) *buckets {
	return &buckets{size: float64(size), every: every, byKey: map[keyHash]*list.Element{}, used: list.New()}
}

// of finds the bucket of a key, as full as it is now.
func (s *buckets) of(name string, now time.Time) *bucket {
	key := sha256.Sum256([]byte(name))
	if found, ok := s.byKey[key]; ok {
		s.used.MoveToFront(found)
		b := found.Value.(*bucket)
		passed := max(0, now.Sub(b.at)) // a clock that was set back is counted from anew
		b.left, b.at = min(s.size, b.left+passed.Seconds()/s.every.Seconds()), now
		return b
	}
	b := &bucket{of: s, key: key, left: s.size, at: now}
	s.byKey[key] = s.used.PushFront(b)
	if s.used.Len() > rememberedTries {
		oldest := s.used.Back()
		delete(s.byKey, s.used.Remove(oldest).(*bucket).key)
	}
	return b
}

// wait is how long it takes until there is a try.
func (b *bucket) wait() time.Duration {
	if b.left >= 1 {
		return 0
	}
	return time.Duration((1 - b.left) * float64(b.of.every))
}
