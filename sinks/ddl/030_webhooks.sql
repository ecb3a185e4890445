-- Outgoing webhooks: one row for each change that a subscription gets, with how far its delivery is.

CREATE TABLE IF NOT EXISTS webhook_rows
(
    subscription_id String COMMENT 'identity of the subscription: a name that is used again has another one',
    event_id     String COMMENT 'identity of the event, the same however often it is sent',
    subscription LowCardinality(String) COMMENT 'name of the subscription',
    type         LowCardinality(String) COMMENT 'type of the CloudEvent',
    body         String COMMENT 'the CloudEvent as JSON, as it is sent' CODEC(ZSTD(3)),
    state        LowCardinality(String) COMMENT 'waiting, delivered or given_up',
    attempts     UInt16 COMMENT 'how often it was tried',
    status_code  UInt16 COMMENT 'HTTP status of the last answer, 0 if there was none',
    answer       String COMMENT 'beginning of the last answer, or why there was none',
    happened_at  DateTime64(3, 'UTC') COMMENT 'time of the change',
    due_at       DateTime64(3, 'UTC') COMMENT 'time of the next attempt',
    tried_at     DateTime64(3, 'UTC') COMMENT 'time of the last attempt, 1970 = never',
    version      UInt64 COMMENT '0 for the row that a change makes, then the time in ms: what was tried is never undone by a repetition'
) ENGINE = /*reference*/ ReplacingMergeTree(version) ORDER BY (subscription_id, event_id)
TTL toDateTime(happened_at) + INTERVAL 90 DAY
COMMENT 'Deliveries of outgoing webhooks';
