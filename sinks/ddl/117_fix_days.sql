-- When a fixing version came out.

ALTER TABLE advisory_ranges
    ADD COLUMN IF NOT EXISTS fix_days Array(String) DEFAULT arrayMap(x -> '', fixes) COMMENT 'days (ISO) on which the fixes came out, empty where unknown'
