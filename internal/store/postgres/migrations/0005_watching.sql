-- +goose Up
-- Whether somebody watches the stream of a process, which then wants to hear what the
-- others do.
SET LOCAL lock_timeout = '1s';
SET LOCAL statement_timeout = '1min';

ALTER TABLE processes ADD COLUMN watching boolean NOT NULL DEFAULT false;
