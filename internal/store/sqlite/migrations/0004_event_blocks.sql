-- +goose Up
-- In which stretches of identifiers a tenant has events of a type: what makes lists by
-- a rare type cheap, at a row for each type and stretch in place of an index entry for
-- each delivery (ADR-0013). A block is 2^23 numbers, about 16 seconds.
CREATE TABLE event_blocks (
    tenant INTEGER NOT NULL,
    type   TEXT    NOT NULL,
    block  INTEGER NOT NULL,
    PRIMARY KEY (tenant, type, block)
) WITHOUT ROWID;
CREATE INDEX event_blocks_age ON event_blocks (block);

INSERT OR IGNORE INTO event_blocks (tenant, type, block) SELECT tenant, type, number >> 23 FROM events;
-- The last deliveries of a wide event may have numbers in the block behind.
INSERT OR IGNORE INTO event_blocks (tenant, type, block) SELECT tenant, type, (number + deliveries) >> 23 FROM events WHERE deliveries > 0;

-- The list of events that went to nobody. Where they do, it costs nothing.
CREATE INDEX events_unmatched ON events (tenant, number, type) WHERE deliveries = 0;
