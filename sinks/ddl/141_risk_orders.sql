-- What lists of risks filter and group by, out of the JSON; and a second order of the table for "who has this flaw". Rows that are there
-- keep their values: the default reads them from the detail, as it does for every new row.

ALTER TABLE risk_rows ADD COLUMN IF NOT EXISTS severity SimpleAggregateFunction(max, Tuple(UInt64, String)) DEFAULT (tupleElement(detail, 1), JSONExtractString(tupleElement(detail, 2), 'severity')) COMMENT 'time in ms of the analysis, and its severity';

ALTER TABLE risk_rows ADD COLUMN IF NOT EXISTS priority SimpleAggregateFunction(max, Tuple(UInt64, String)) DEFAULT (tupleElement(detail, 1), JSONExtractString(tupleElement(detail, 2), 'priority')) COMMENT 'time in ms of the analysis, and its priority';

ALTER TABLE risk_rows MODIFY SETTING deduplicate_merge_projection_mode = 'rebuild';

ALTER TABLE risk_rows ADD PROJECTION IF NOT EXISTS by_rule (SELECT rule, image_digest, finding_id, category, package, version, severity, evidence, rescan, decided, repair, last_seen ORDER BY rule, image_digest, finding_id);

ALTER TABLE risk_rows MATERIALIZE COLUMN severity;

ALTER TABLE risk_rows MATERIALIZE COLUMN priority;

ALTER TABLE risk_rows MATERIALIZE PROJECTION by_rule
