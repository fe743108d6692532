-- +goose Up
-- Instants are milliseconds since 1970 UTC, durations microseconds. The number of
-- an event or delivery is the ascending part of its identifier and its rowid; the
-- random part is kept beside it. The deliveries of an event have the numbers that
-- follow the event's.

-- A deleted tenant stays until its rows are gone.
CREATE TABLE tenants (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    id         TEXT    NOT NULL UNIQUE,
    name       TEXT    NOT NULL DEFAULT '',
    created_at INTEGER NOT NULL,
    deleted_at INTEGER
);
INSERT INTO tenants (number, id, created_at) VALUES (0, 'default', 0);

-- One row: the number of the newest change of a webhook or an API key.
CREATE TABLE registry_version (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    version INTEGER NOT NULL
);
INSERT INTO registry_version (only, version) VALUES (1, 0);

-- One row: by how many milliseconds identifiers have run ahead of the times of
-- acceptance at most, as they do when the clock is set back.
CREATE TABLE identifier_lead (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    ms   INTEGER NOT NULL
);
INSERT INTO identifier_lead (only, ms) VALUES (1, 60000);

CREATE TABLE api_keys (
    tenant     INTEGER NOT NULL,
    id         TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    prefix     TEXT    NOT NULL,
    hash       BLOB    NOT NULL UNIQUE,
    scopes     TEXT    NOT NULL,
    created_by TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at    INTEGER,
    used_from  TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (tenant, id)
);

-- Secrets of the server itself, such as the one that signs access tokens.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) WITHOUT ROWID;

CREATE TABLE webhooks (
    number       INTEGER PRIMARY KEY AUTOINCREMENT,
    id           TEXT    NOT NULL UNIQUE,
    tenant       INTEGER NOT NULL,
    name         TEXT    NOT NULL,
    event_types  TEXT    NOT NULL,
    legacy_event TEXT    NOT NULL,
    url          TEXT    NOT NULL,
    headers      TEXT    NOT NULL,
    retries      INTEGER,
    signing_key  TEXT    NOT NULL,
    key_created_at INTEGER NOT NULL,
    enabled      INTEGER NOT NULL,
    disabled_at  INTEGER,
    suspended_at INTEGER,
    version      INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    updated_at   INTEGER NOT NULL,
    deleted_at   INTEGER
);
CREATE INDEX webhooks_inactive ON webhooks (number) WHERE deleted_at IS NOT NULL OR enabled = 0;

-- The event types that tenants have added to those built in.
CREATE TABLE event_types (
    tenant      INTEGER NOT NULL,
    name        TEXT    NOT NULL,
    type_group  TEXT    NOT NULL,
    description TEXT    NOT NULL,
    deprecated  INTEGER NOT NULL,
    schema      BLOB    NOT NULL,
    example     BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    updated_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant, name)
) WITHOUT ROWID;

-- What a webhook was subscribed to at which time; only ever appended.
CREATE TABLE webhook_changes (
    sequence    INTEGER PRIMARY KEY,
    tenant      INTEGER NOT NULL,
    webhook     INTEGER NOT NULL,
    changed_at  INTEGER NOT NULL,
    enabled     INTEGER NOT NULL,
    deleted     INTEGER NOT NULL,
    event_types TEXT    NOT NULL
);

CREATE TABLE events (
    number          INTEGER PRIMARY KEY,
    suffix          TEXT    NOT NULL,
    tenant          INTEGER NOT NULL,
    type            TEXT    NOT NULL,
    accepted_at     INTEGER NOT NULL,
    source          TEXT    NOT NULL,
    idempotency_key TEXT,
    composer        INTEGER NOT NULL,
    created_at      INTEGER,
    payload         BLOB    NOT NULL,
    deliveries      INTEGER NOT NULL,
    unmatched       TEXT    NOT NULL,
    -- While deliveries are still to be written: the numbers of all webhooks it
    -- goes to, and how many of them have been written.
    expanding       BLOB,
    expanded        INTEGER NOT NULL
);
-- For lists and their filters, in the order of acceptance.
CREATE INDEX events_list ON events (tenant, number, type, deliveries);
CREATE INDEX events_expanding ON events (number) WHERE expanding IS NOT NULL;

CREATE TABLE idempotency (
    tenant     INTEGER NOT NULL,
    route      TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    hash       BLOB    NOT NULL,
    answer     BLOB    NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (tenant, route, key)
) WITHOUT ROWID;
CREATE INDEX idempotency_age ON idempotency (created_at);

-- Unfinished deliveries only. process is who holds the lease; a process number
-- other than the newest holds nothing any more.
CREATE TABLE work (
    number        INTEGER PRIMARY KEY,
    suffix        TEXT    NOT NULL,
    tenant        INTEGER NOT NULL,
    event         INTEGER NOT NULL,
    webhook       INTEGER NOT NULL,
    due_at        INTEGER NOT NULL,
    process       INTEGER NOT NULL,
    leased_at     INTEGER NOT NULL,
    claims        INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    interruptions INTEGER NOT NULL,
    retries       INTEGER NOT NULL,
    logged_at     INTEGER,
    -- A redelivery: the end state before it, or the retry it was put before.
    manual        INTEGER NOT NULL,
    ended         TEXT    NOT NULL,
    resume_at     INTEGER,
    -- Who asked for the redelivery.
    asked_by      TEXT    NOT NULL DEFAULT ''
);
CREATE INDEX work_due ON work (webhook, due_at);
-- For the list of a webhook, newest first: a disabled one may hold millions.
CREATE INDEX work_webhook ON work (webhook);
-- For the list of a tenant: what has no log entry yet, in the order of acceptance.
CREATE INDEX work_new ON work (tenant, number, webhook) WHERE logged_at IS NULL AND ended = '';

-- The log. A row appears with the first result, or when a delivery ends without
-- one; the first attempt with a result is part of it.
CREATE TABLE deliveries (
    number          INTEGER PRIMARY KEY,
    suffix          TEXT    NOT NULL,
    tenant          INTEGER NOT NULL,
    event           INTEGER NOT NULL,
    webhook         INTEGER NOT NULL,
    type            TEXT    NOT NULL,
    state           TEXT    NOT NULL,
    cancel_reason   TEXT    NOT NULL,
    accepted_at     INTEGER NOT NULL,
    logged_at       INTEGER,
    ended_at        INTEGER,
    next_attempt_at INTEGER,
    redeliveries    INTEGER NOT NULL,
    -- State and result in one number (standing.go), for the indexes: it changes with
    -- the state, not with each attempt. result is the last attempt's.
    standing        INTEGER NOT NULL,
    result          TEXT    NOT NULL,
    -- How many attempts are in the log, and how many hand-outs there were, when it
    -- last left the queue: a redelivery goes on counting from there.
    last_attempt    INTEGER NOT NULL,
    claims          INTEGER NOT NULL,
    attempt         INTEGER,
    trigger         TEXT,
    started_at      INTEGER,
    duration        INTEGER,
    outcome         TEXT,
    reason          TEXT,
    phase           TEXT,
    status          INTEGER,
    detail          BLOB,
    body            BLOB
);
-- A list is merged from one walk per standing; type and webhook are in the entries
-- so that filtering by them reads no rows.
CREATE INDEX deliveries_tenant ON deliveries (tenant, standing, number, type, webhook);
CREATE INDEX deliveries_webhook ON deliveries (webhook, standing, number, type);
CREATE INDEX deliveries_logged ON deliveries (webhook, logged_at);

-- Attempts that are not part of their delivery's row.
CREATE TABLE attempts (
    delivery   INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    trigger    TEXT    NOT NULL,
    started_at INTEGER NOT NULL,
    duration   INTEGER NOT NULL,
    outcome    TEXT    NOT NULL,
    reason     TEXT    NOT NULL,
    phase      TEXT    NOT NULL,
    status     INTEGER NOT NULL,
    detail     BLOB    NOT NULL,
    body       BLOB    NOT NULL,
    PRIMARY KEY (delivery, attempt)
);

CREATE TABLE health (
    webhook   INTEGER NOT NULL,
    minute    INTEGER NOT NULL,
    node      INTEGER NOT NULL,
    requests  INTEGER NOT NULL,
    successes INTEGER NOT NULL,
    ms_10     INTEGER NOT NULL,
    ms_25     INTEGER NOT NULL,
    ms_50     INTEGER NOT NULL,
    ms_100    INTEGER NOT NULL,
    ms_250    INTEGER NOT NULL,
    ms_500    INTEGER NOT NULL,
    ms_1000   INTEGER NOT NULL,
    ms_2500   INTEGER NOT NULL,
    ms_5000   INTEGER NOT NULL,
    ms_10000  INTEGER NOT NULL,
    ms_more   INTEGER NOT NULL,
    PRIMARY KEY (webhook, minute, node)
) WITHOUT ROWID;

CREATE TABLE processes (
    number     INTEGER PRIMARY KEY AUTOINCREMENT,
    started_at INTEGER NOT NULL
);
