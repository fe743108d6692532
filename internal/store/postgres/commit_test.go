package postgres

import (
	"errors"
	"testing"

	"github.com/tidingshq/tidings/internal/testkit/pgtest"
)

// TestCommitOfAFailedTransactionFails lets a call hide that a statement of it failed: the
// COMMIT undoes what the others have written, and must not be taken for one.
func TestCommitOfAFailedTransactionFails(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	well := &call{run: func(t *tx, _ *call) error {
		_, err := t.exec("UPDATE registry_version SET version = version + 1")
		return err
	}}
	hiding := &call{run: func(t *tx, c *call) error {
		_, err := t.exec("SELECT 1 / 0")
		return c.refuse(err)
	}}
	if err := s.writer.try([]*call{well, hiding}); !errors.Is(err, errRolledBack) {
		t.Fatalf("the commit that undid everything: %v", err)
	}
	if err := s.writer.try([]*call{well}); err != nil {
		t.Fatalf("the next one: %v", err)
	}
	if version, err := s.RegistryVersion(t.Context()); err != nil || version != 1 {
		t.Errorf("version %d after one commit: %v", version, err)
	}
}

// TestTransactionThatTheDatabaseDoesNotKnow asks for one that was never begun there, as
// after a change to a copy that had fallen behind.
func TestTransactionThatTheDatabaseDoesNotKnow(t *testing.T) {
	t.Parallel()
	s := onItsOwn(t)
	became, err := s.decide("4000000000", decideWithin)
	if err != nil || became != aborted {
		t.Errorf("it became %d: %v", became, err)
	}
}

func onItsOwn(t *testing.T) *Store {
	t.Helper()
	cluster := pgtest.Start(t)
	s, err := Open(t.Context(), Options{DSN: cluster.DSN(cluster.Database(t, ""))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() }) // nothing is under way
	return s
}
