-- +goose Up
-- What a tenant has done of the first steps.
ALTER TABLE tenants ADD COLUMN checklist_hidden INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN checklist_tested INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN checklist_emitted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tenants ADD COLUMN checklist_verified INTEGER NOT NULL DEFAULT 0;
