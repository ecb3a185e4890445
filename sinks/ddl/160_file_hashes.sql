-- Hashes of files by layer, so that a new hash in a list reads no layer; and other orders of the table for "who has this file". What a
-- layer holds never changes, so rows of an older reader stay true.

CREATE TABLE IF NOT EXISTS file_hashes
(
    blob   String COMMENT 'digest of the layer',
    path   String COMMENT 'path of the file, archive!/inner for a member of an archive' CODEC(ZSTD(1)),
    size   UInt64 COMMENT 'size in bytes',
    sha256 FixedString(32) COMMENT 'SHA-256, raw bytes: unhex(...) of the usual form' CODEC(NONE),
    md5    FixedString(16) COMMENT 'MD5, raw bytes' CODEC(NONE),
    PROJECTION by_sha256 (SELECT sha256, blob, path ORDER BY sha256, blob),
    PROJECTION by_md5 (SELECT md5, blob, path ORDER BY md5, blob)
) ENGINE = /*sharded by cityHash64(blob)*/ ReplacingMergeTree ORDER BY (blob, path, sha256)
SETTINGS deduplicate_merge_projection_mode = 'rebuild'
COMMENT 'One row for each regular file of each layer that is not empty';
