-- What a package needs and takes, so that a delta says as much about it as a scan.

ALTER TABLE package_rows
    ADD COLUMN IF NOT EXISTS depends Array(String) COMMENT 'names of the packages that it needs',
    ADD COLUMN IF NOT EXISTS installed_kib UInt32 COMMENT 'size on disk where the database says it'
