-- VEX documents that lie in images or are attached to them, and the repositories whose documents count.

CREATE TABLE IF NOT EXISTS vex_documents
(
    image_digest String COMMENT 'digest of the manifest of the image that it is about',
    registry     LowCardinality(String) COMMENT 'registry that it was read from; empty for a file of the image',
    repository   String COMMENT 'repository that it was read from; empty for a file of the image',
    place        String COMMENT 'where it is: file and path, or artifact and digest; registry alone: asking the registry failed',
    subject      String COMMENT 'digest that it is attached to: of the image or of the index that lists it; empty for a file',
    body         String COMMENT 'the document as it was read, in its envelope if it has one' CODEC(ZSTD(3)),
    problem      String COMMENT 'why it could not be read, empty otherwise',
    present      UInt8 COMMENT '1 while it is there',
    seen_at      DateTime64(3, 'UTC') COMMENT 'time of the scan that looked'
) ENGINE = /*reference*/ ReplacingMergeTree(seen_at) ORDER BY (image_digest, registry, repository, place)
COMMENT 'VEX documents of images: what others say about vulnerabilities there';

CREATE TABLE IF NOT EXISTS vex_trust
(
    pattern    String COMMENT 'REGISTRY/REPOSITORY; * stands for anything',
    trusted    UInt8 COMMENT '1 while VEX documents there count as decisions',
    actor      String COMMENT 'who said so',
    changed_at DateTime64(3, 'UTC') COMMENT 'when'
) ENGINE = /*reference*/ ReplacingMergeTree(changed_at) ORDER BY pattern
COMMENT 'Repositories whose VEX documents count as decisions'
