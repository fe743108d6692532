-- +goose Up
-- For lists of a rare event type: the events of the type, wherever they are (ADR-0013).
SET LOCAL lock_timeout = '1s';
SET LOCAL statement_timeout = '1min';

-- The partitions follow one by one (indexes.go).
CREATE INDEX events_type ON ONLY events (tenant, type, number) INCLUDE (deliveries);
