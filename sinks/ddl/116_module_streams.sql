-- A record may speak of one package in several module streams: a row for each.

ALTER TABLE advisory_ranges
    ADD COLUMN IF NOT EXISTS stream String COMMENT 'the module stream again, as a part of the key',
    MODIFY ORDER BY (ecosystem, name, id, source, stream)
