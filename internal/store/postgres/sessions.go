package postgres

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// CreateSession implements store.Sessions.
func (s *Store) CreateSession(_ context.Context, session webhook.Session) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error { return c.refuse(insertSession(t, session)) }})
}

func insertSession(t *tx, session webhook.Session) error {
	made, err := t.exec(`INSERT INTO sessions (hash, user_id, created_at, seen_at, expires_at, address)
		SELECT $1::bytea, id, $2::bigint, $3::bigint, $4::bigint, $5::text FROM users WHERE id = $6`,
		session.Hash[:], session.CreatedAt.UnixMilli(), session.SeenAt.UnixMilli(), session.ExpiresAt.UnixMilli(), session.Address, session.User)
	if err != nil {
		return fmt.Errorf("store session: %w", err)
	}
	if made == 0 {
		return webhook.ErrNotFound
	}
	if _, err := t.exec(`DELETE FROM sessions WHERE hash IN (
		SELECT hash FROM sessions WHERE user_id = $1 AND hash <> $2 ORDER BY created_at DESC OFFSET $3)`,
		session.User, session.Hash[:], store.MaxSessions-1); err != nil {
		return fmt.Errorf("end the oldest sessions: %w", err)
	}
	return nil
}

// Session implements store.Sessions.
func (s *Store) Session(ctx context.Context, hash store.TokenHash) (webhook.Session, webhook.User, error) {
	found, session, user := false, webhook.Session{Hash: hash}, webhook.User{}
	err := s.query(ctx, func(rows pgx.Rows) error {
		found = true
		return rows.Scan(append([]any{
			&session.User, scanInstant{&session.CreatedAt}, scanInstant{&session.SeenAt}, scanInstant{&session.ExpiresAt}, &session.Address,
		}, scannedUser(&user)...)...)
	}, `SELECT s.user_id, s.created_at, s.seen_at, s.expires_at, s.address, `+userColumns+`
		FROM sessions s JOIN users u ON u.id = s.user_id JOIN tenants n ON n.number = u.tenant WHERE s.hash = $1`, hash[:])
	if err == nil && !found {
		err = webhook.ErrNotFound
	}
	return session, user, err
}

// TouchSession implements store.Sessions.
func (s *Store) TouchSession(_ context.Context, hash store.TokenHash, at time.Time) error {
	return s.writer.do(&call{run: func(t *tx, _ *call) error {
		_, err := t.exec("UPDATE sessions SET seen_at = $1 WHERE hash = $2 AND seen_at < $1", at.UnixMilli(), hash[:])
		return err
	}})
}

// DeleteSession implements store.Sessions.
func (s *Store) DeleteSession(_ context.Context, hash store.TokenHash) error {
	return s.writer.do(&call{run: func(t *tx, _ *call) error {
		_, err := t.exec("DELETE FROM sessions WHERE hash = $1", hash[:])
		return err
	}})
}

// SessionAddresses implements store.Sessions.
func (s *Store) SessionAddresses(ctx context.Context, user string, now time.Time) ([]string, error) {
	var found []string
	err := s.query(ctx, func(rows pgx.Rows) error {
		var address string
		err := rows.Scan(&address)
		found = append(found, address)
		return err
	}, "SELECT DISTINCT address FROM sessions WHERE user_id = $1 AND expires_at > $2", user, now.UnixMilli())
	return found, err
}

// CreateLink implements store.Sessions.
func (s *Store) CreateLink(_ context.Context, link webhook.Link) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		_, err := t.exec("INSERT INTO links (hash, purpose, user_id, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, $6)",
			link.Hash[:], string(link.Purpose), link.User, link.CreatedAt.UnixMilli(), link.ExpiresAt.UnixMilli(), millisOf(link.UsedAt))
		return c.refuse(err)
	}})
}

const linkColumns = "SELECT purpose, user_id, created_at, expires_at, used_at FROM links WHERE hash = $1"

// scannedLink is where linkColumns go.
func scannedLink(l *webhook.Link, used **int64) []any {
	return []any{(*string)(&l.Purpose), &l.User, scanInstant{&l.CreatedAt}, scanInstant{&l.ExpiresAt}, used}
}

// Link implements store.Sessions.
func (s *Store) Link(ctx context.Context, hash store.TokenHash) (webhook.Link, error) {
	found, link, used := false, webhook.Link{Hash: hash}, (*int64)(nil)
	err := s.query(ctx, func(rows pgx.Rows) error {
		found = true
		return rows.Scan(scannedLink(&link, &used)...)
	}, linkColumns, hash[:])
	if err == nil && !found {
		err = webhook.ErrNotFound
	}
	link.UsedAt = instantOf(used)
	return link, err
}

// useLink uses a link up, if it is one of the purpose.
func useLink(t *tx, hash store.TokenHash, purpose webhook.LinkPurpose, now time.Time) (webhook.Link, error) {
	link, used := webhook.Link{Hash: hash}, (*int64)(nil)
	found, err := t.row(linkColumns+" FOR UPDATE", []any{hash[:]}, scannedLink(&link, &used)...)
	switch {
	case err != nil:
		return link, err
	case !found || link.Purpose != purpose:
		return link, webhook.ErrNotFound
	case used != nil:
		return link, webhook.ErrLinkUsed
	case !now.Before(link.ExpiresAt):
		return link, webhook.ErrLinkExpired
	}
	_, err = t.exec("UPDATE links SET used_at = $1 WHERE hash = $2", now.UnixMilli(), hash[:])
	return link, err
}

// SignInByLink implements store.Sessions.
func (s *Store) SignInByLink(ctx context.Context, hash store.TokenHash, session webhook.Session) (user webhook.User, err error) {
	err = s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		link, err := useLink(t, hash, webhook.LinkSignIn, session.CreatedAt)
		if err != nil {
			return c.refuse(err)
		}
		session.User = link.User
		return c.refuse(insertSession(t, session))
	}})
	if err != nil {
		return user, err
	}
	_, user, err = s.Session(ctx, session.Hash)
	return user, err
}

// SetUp implements store.Sessions.
func (s *Store) SetUp(_ context.Context, hash store.TokenHash, user webhook.User, session webhook.Session) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		if err := noUserYet(t); err != nil {
			return c.refuse(err)
		}
		if _, err := useLink(t, hash, webhook.LinkSetup, session.CreatedAt); err != nil {
			return c.refuse(err)
		}
		if err := s.insertUser(t, user); err != nil {
			return c.refuse(err)
		}
		session.User = user.ID
		return c.refuse(insertSession(t, session))
	}})
}

// expireSessions removes sessions and links whose time is over.
func expireSessions(t *tx, p store.ExpireParams) (removed int64, more bool, err error) {
	for query, before := range map[string]time.Time{
		"DELETE FROM sessions WHERE hash IN (SELECT hash FROM sessions WHERE expires_at <= $1 LIMIT $2)": p.Now,
		"DELETE FROM links WHERE hash IN (SELECT hash FROM links WHERE expires_at <= $1 LIMIT $2)":       p.Now.Add(-store.LinksKept),
	} {
		n, err := t.exec(query, before.UnixMilli(), p.Limit)
		if err != nil {
			return removed, false, err
		}
		removed += n
		more = more || n == int64(p.Limit)
	}
	return removed, more, nil
}
