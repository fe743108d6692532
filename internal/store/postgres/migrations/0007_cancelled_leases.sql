-- +goose Up
-- The leases of deliveries that a person cancelled while a process had them in hand. One
-- goes when the process has let go of the delivery, and counts no more once it has ended.
SET LOCAL lock_timeout = '1s';
SET LOCAL statement_timeout = '1min';

CREATE TABLE cancelled_leases (
    process  bigint NOT NULL,
    delivery bigint NOT NULL,
    claims   bigint NOT NULL,
    suffix   text COLLATE "C" NOT NULL,
    webhook  bigint NOT NULL,
    PRIMARY KEY (process, delivery)
);
