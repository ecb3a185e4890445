-- Base images: which images people marked as one, and which base an image names in its manifest.

CREATE TABLE IF NOT EXISTS base_marks
(
    image_digest String COMMENT 'digest of the manifest',
    name         String COMMENT 'what people call it',
    marked       UInt8 COMMENT '1 while it counts as a base image',
    actor        String COMMENT 'who said so',
    changed_at   DateTime64(3, 'UTC') COMMENT 'when'
) ENGINE = /*reference*/ ReplacingMergeTree(changed_at) ORDER BY image_digest
COMMENT 'Images that others are built on';

CREATE TABLE IF NOT EXISTS stated_bases
(
    image_digest String COMMENT 'digest of the manifest',
    base_digest  String COMMENT 'annotation org.opencontainers.image.base.digest',
    base_name    String COMMENT 'annotation org.opencontainers.image.base.name',
    seen_at      DateTime64(3, 'UTC') COMMENT 'when the manifest was resolved'
) ENGINE = /*reference*/ ReplacingMergeTree(seen_at) ORDER BY image_digest
COMMENT 'Which base an image names itself';
