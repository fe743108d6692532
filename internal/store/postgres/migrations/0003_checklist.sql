-- +goose Up
-- What a tenant has done of the first steps.
SET LOCAL lock_timeout = '1s';
SET LOCAL statement_timeout = '1min';

ALTER TABLE tenants ADD COLUMN checklist_hidden boolean NOT NULL DEFAULT false;
ALTER TABLE tenants ADD COLUMN checklist_tested boolean NOT NULL DEFAULT false;
ALTER TABLE tenants ADD COLUMN checklist_emitted boolean NOT NULL DEFAULT false;
ALTER TABLE tenants ADD COLUMN checklist_verified boolean NOT NULL DEFAULT false;
