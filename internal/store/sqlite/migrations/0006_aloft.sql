-- +goose Up
-- Deliveries that a commit hands over in memory have no row in the queue until they
-- have been there for a while: those that succeed at once never get one. For the case
-- of a crash the event names them: index, webhook and random part of each.
ALTER TABLE events ADD COLUMN aloft BLOB;

-- One row: events before this number have no such delivery.
CREATE TABLE aloft (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    first INTEGER NOT NULL
);
INSERT INTO aloft (only, first) VALUES (1, 0);
