-- +goose Up
-- For retention: whether anything in a partition ended late or not at all. It takes next
-- to no room, and is written once for many rows.
SET LOCAL lock_timeout = '1s';
SET LOCAL statement_timeout = '1min';

-- The partitions follow one by one (indexes.go).
CREATE INDEX deliveries_ended ON ONLY deliveries USING brin (ended_at) WITH (pages_per_range = 32, autosummarize = on);
