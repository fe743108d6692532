package sqlite

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/tidingshq/tidings/internal/store"
	"github.com/tidingshq/tidings/internal/webhook"
)

// CreateUser implements store.Users.
func (s *Store) CreateUser(_ context.Context, user webhook.User) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error { return c.refuse(s.insertUser(t, user)) }})
}

// CreateFirstUser implements store.Users.
func (s *Store) CreateFirstUser(_ context.Context, user webhook.User) error {
	return s.writer.do(&call{undoable: true, run: func(t *tx, c *call) error {
		if err := noUserYet(t); err != nil {
			return c.refuse(err)
		}
		return c.refuse(s.insertUser(t, user))
	}})
}

func noUserYet(t *tx) error {
	var one int
	found, err := t.row("SELECT 1 FROM users LIMIT 1", nil, &one)
	if err == nil && found {
		return webhook.ErrSetupDone
	}
	return err
}

func (s *Store) insertUser(t *tx, user webhook.User) error {
	tenant, err := s.tenantNumber(t, user.Tenant)
	if err != nil {
		return err
	}
	made, err := t.exec(`INSERT INTO users (id, tenant, email, name, password, created_at, password_at) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (email) DO NOTHING`,
		user.ID, tenant, user.Email, user.Name, user.Password.Reveal(), user.CreatedAt.UnixMilli(), user.PasswordAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("store user: %w", err)
	}
	if made == 0 {
		return webhook.ErrUserExists
	}
	return nil
}

const userColumns = "u.id, n.id, u.email, u.name, u.password, u.created_at, u.password_at"

// Users implements store.Users.
func (s *Store) Users(ctx context.Context) ([]webhook.User, error) {
	return s.users(ctx, "ORDER BY u.created_at, u.id")
}

// UserByEmail implements store.Users.
func (s *Store) UserByEmail(ctx context.Context, email string) (webhook.User, error) {
	found, err := s.users(ctx, "WHERE u.email = ?", email)
	if err == nil && len(found) == 0 {
		err = webhook.ErrNotFound
	}
	if err != nil {
		return webhook.User{}, err
	}
	return found[0], nil
}

func (s *Store) users(ctx context.Context, which string, args ...any) ([]webhook.User, error) {
	var found []webhook.User
	err := s.query(ctx, func(rows *sql.Rows) error {
		var u webhook.User
		err := rows.Scan(scannedUser(&u)...)
		found = append(found, u)
		return err
	}, "SELECT "+userColumns+" FROM users u JOIN tenants n ON n.number = u.tenant "+which, args...)
	return found, err
}

// scannedUser is where userColumns go.
func scannedUser(u *webhook.User) []any {
	return []any{&u.ID, (*string)(&u.Tenant), &u.Email, &u.Name, (*string)(&u.Password), scanInstant{&u.CreatedAt}, scanInstant{&u.PasswordAt}}
}

// SetPassword implements store.Users.
func (s *Store) SetPassword(_ context.Context, p store.PasswordParams) error {
	return s.writer.do(&call{run: func(t *tx, c *call) error {
		changed, err := t.exec("UPDATE users SET password = ?1, password_at = ?2 WHERE id = ?3 AND ?4 IN ('', password)",
			p.Password.Reveal(), p.At.UnixMilli(), p.User, p.Former.Reveal())
		if err != nil {
			return fmt.Errorf("store password: %w", err)
		}
		if changed == 0 {
			return c.refuse(webhook.ErrNotFound)
		}
		keep := []byte{}
		if p.Keep != nil {
			keep = p.Keep[:]
		}
		if _, err := t.exec("DELETE FROM sessions WHERE user_id = ? AND hash <> ?", p.User, keep); err != nil {
			return fmt.Errorf("end sessions: %w", err)
		}
		if _, err := t.exec("DELETE FROM links WHERE user_id = ?", p.User); err != nil {
			return fmt.Errorf("end links: %w", err)
		}
		return nil
	}})
}
