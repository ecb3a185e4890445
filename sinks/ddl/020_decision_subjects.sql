-- Decisions about more than one finding: about a rule, a package, a path or the hash of a file.

ALTER TABLE decisions_log ADD COLUMN IF NOT EXISTS subject LowCardinality(String) DEFAULT 'finding' COMMENT 'what it is about: finding, rule, package, path or hash';

ALTER TABLE decisions_log ADD COLUMN IF NOT EXISTS operator LowCardinality(String) DEFAULT 'equals' COMMENT 'how value is compared: equals; paths also contains, startsWith, endsWith';

ALTER TABLE decisions_log ADD COLUMN IF NOT EXISTS value String DEFAULT '' COMMENT 'rule, package, path or hash; empty for a finding';

ALTER TABLE decisions_log ADD COLUMN IF NOT EXISTS source LowCardinality(String) DEFAULT '' COMMENT 'what it was said with: cli, console, file';

ALTER TABLE action_rows ADD COLUMN IF NOT EXISTS subject LowCardinality(String) DEFAULT 'finding' COMMENT 'what it is about';

ALTER TABLE action_rows ADD COLUMN IF NOT EXISTS operator LowCardinality(String) DEFAULT 'equals' COMMENT 'how value is compared';

ALTER TABLE action_rows ADD COLUMN IF NOT EXISTS value String DEFAULT '' COMMENT 'rule, package, path or hash; empty for a finding'
