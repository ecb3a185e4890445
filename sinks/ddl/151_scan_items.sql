-- What each item of a list of checks said about an image: one row an image and category, so that a hundred items cost about as much as one.

CREATE TABLE IF NOT EXISTS scan_items
(
    image_digest String COMMENT 'digest of the manifest',
    category     LowCardinality(String) COMMENT 'category whose items these are',
    item         Array(String) COMMENT 'keys of the items, in the order of the list' CODEC(ZSTD(3)),
    class        Array(String) COMMENT 'their classes' CODEC(ZSTD(3)),
    level        Array(String) COMMENT 'their levels' CODEC(ZSTD(3)),
    state        Array(String) COMMENT 'failed, passed, not applicable, not evaluated or off' CODEC(ZSTD(3)),
    hits         Array(UInt32) COMMENT 'how many findings each has' CODEC(ZSTD(3)),
    reason       Array(String) COMMENT 'why it neither failed nor passed, or what it could not do to its end' CODEC(ZSTD(3)),
    requested_at DateTime64(3, 'UTC') COMMENT 'time of the event that asked for the scan'
) ENGINE = /*reference*/ ReplacingMergeTree(requested_at) ORDER BY (image_digest, category)
COMMENT 'Outcomes of the items of the newest scan of each image'
