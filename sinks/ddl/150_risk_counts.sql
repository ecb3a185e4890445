-- How many risks each image has of each level and status, kept beside the risks: who counts reads one small row an image and not every risk.

ALTER TABLE risk_rows ADD COLUMN IF NOT EXISTS status String ALIAS multiIf(bitAnd(evidence, 255) = 2, 'withdrawn', bitAnd(evidence, 255) = 1, 'fixed', bitAnd(repair, 255) > 0 AND bitShiftRight(repair, 8) >= bitAnd(bitShiftRight(tupleElement(decided, 1), 8), 4398046511103), transform(bitAnd(repair, 255), [2, 3, 4, 5], ['fixing', 'verifying', 'fix_failed', 'fixed'], 'open'), bitAnd(tupleElement(decided, 1), 255) = 1 AND rescan > bitAnd(bitShiftRight(tupleElement(decided, 1), 8), 4398046511103), 'open', transform(bitAnd(tupleElement(decided, 1), 255), [1, 2, 3, 4, 7, 8], ['ignored', 'fixing', 'verifying', 'fix_failed', 'whitelisted', 'false_positive'], 'open')) COMMENT 'status out of the four maxima; true of merged rows only';

CREATE TABLE IF NOT EXISTS risk_count_rows
(
    image_digest String COMMENT 'digest of the manifest',
    counted_at   UInt64 COMMENT 'time in us at which counting began: a later count wins',
    counts       Array(Tuple(category String, severity String, priority String, status String, risks UInt32)) COMMENT 'number of risks'
) ENGINE = /*sharded by cityHash64(image_digest)*/ ReplacingMergeTree(counted_at) ORDER BY image_digest
COMMENT 'One row an image: its risks, counted';

INSERT INTO risk_count_rows (image_digest, counted_at, counts) SELECT image_digest, toUInt64(toUnixTimestamp64Micro(now64(6))), groupArray((category, severity, priority, status, risks)) FROM (SELECT image_digest, toString(category) AS category, tupleElement(severity, 2) AS severity, tupleElement(priority, 2) AS priority, status, toUInt32(count()) AS risks FROM risk_rows FINAL GROUP BY ALL) GROUP BY image_digest
