-- +goose Up
-- People who use the console, who is signed in, and the links that let people in. Of
-- passwords and tokens only hashes are kept.

CREATE TABLE users (
    id          TEXT    PRIMARY KEY,
    tenant      INTEGER NOT NULL,
    email       TEXT    NOT NULL UNIQUE,
    name        TEXT    NOT NULL,
    password    TEXT    NOT NULL,
    created_at  INTEGER NOT NULL,
    password_at INTEGER NOT NULL
);

CREATE TABLE sessions (
    hash       BLOB    PRIMARY KEY,
    user_id    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    address    TEXT    NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE links (
    hash       BLOB    PRIMARY KEY,
    purpose    TEXT    NOT NULL,
    user_id    TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    used_at    INTEGER
) WITHOUT ROWID;
CREATE INDEX links_expiry ON links (expires_at);
