-- +goose Up
-- People who use the console, who is signed in, and the links that let people in. Of
-- passwords and tokens only hashes are kept.
SET LOCAL lock_timeout = '1s';
SET LOCAL statement_timeout = '1min';

CREATE TABLE users (
    id          text COLLATE "C" PRIMARY KEY,
    tenant      bigint NOT NULL,
    email       text COLLATE "C" NOT NULL UNIQUE,
    name        text COLLATE "C" NOT NULL,
    password    text COLLATE "C" NOT NULL,
    created_at  bigint NOT NULL,
    password_at bigint NOT NULL
);

CREATE TABLE sessions (
    hash       bytea PRIMARY KEY,
    user_id    text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    seen_at    bigint NOT NULL,
    expires_at bigint NOT NULL,
    address    text COLLATE "C" NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id, created_at);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE links (
    hash       bytea PRIMARY KEY,
    purpose    text COLLATE "C" NOT NULL,
    user_id    text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    used_at    bigint
);
CREATE INDEX links_expiry ON links (expires_at);
