-- How far outgoing webhooks are, for analysts.

CREATE OR REPLACE VIEW deliveries AS
SELECT subscription, event_id, type, state, attempts, status_code, answer, happened_at, due_at, tried_at, body
FROM webhook_rows FINAL
COMMENT 'One row for each change and subscription: whether the receiver has acknowledged it';
