-- Images, where they lie, and the blobs they are made of. Times are UTC. Rows are only ever added; the newest version of a key counts.

CREATE TABLE IF NOT EXISTS image_rows
(
    image_digest  String COMMENT 'digest of the manifest of one platform',
    media_type    LowCardinality(String) COMMENT 'media type of the manifest',
    config_digest String COMMENT 'digest of the image configuration',
    os            LowCardinality(String) COMMENT 'operating system of the platform',
    architecture  LowCardinality(String) COMMENT 'processor architecture, with its variant',
    size_bytes    UInt64 COMMENT 'sum of the compressed layers',
    layer_count   UInt16 COMMENT 'number of layers',
    seen_at       DateTime64(3, 'UTC') COMMENT 'when the manifest was last resolved'
) ENGINE = /*reference*/ ReplacingMergeTree(seen_at) ORDER BY image_digest
COMMENT 'One row an image (one platform of one manifest)';

CREATE TABLE IF NOT EXISTS image_layers
(
    image_digest String COMMENT 'digest of the manifest',
    position     UInt16 COMMENT 'index of the layer, 0 is the base',
    layer        String COMMENT 'digest of the layer as it travels',
    diff_id      String COMMENT 'digest of the unpacked tar, as the image configuration says',
    size_bytes   UInt64 COMMENT 'compressed size',
    media_type   LowCardinality(String) COMMENT 'media type of the layer',
    skipped      String COMMENT 'why this layer is not read (foreign layer, unknown media type), empty otherwise',
    INDEX by_layer layer TYPE bloom_filter GRANULARITY 1
) ENGINE = /*reference*/ ReplacingMergeTree ORDER BY (image_digest, position)
COMMENT 'Which layers an image has, in order';

CREATE TABLE IF NOT EXISTS image_places
(
    registry     LowCardinality(String) COMMENT 'name of the registry in the configuration',
    repository   String COMMENT 'repository without the registry',
    image_digest String COMMENT 'digest of the manifest of one platform',
    index_digest String COMMENT 'digest of the index that lists it, empty if none',
    present      UInt8 COMMENT '1 while the registry has it',
    changed_at   DateTime64(3, 'UTC') COMMENT 'time of the event',
    INDEX by_image image_digest TYPE bloom_filter GRANULARITY 1,
    INDEX by_index index_digest TYPE bloom_filter GRANULARITY 1
) ENGINE = /*reference*/ ReplacingMergeTree(changed_at) ORDER BY (registry, repository, image_digest)
COMMENT 'In which repositories an image lies';

CREATE TABLE IF NOT EXISTS image_tags
(
    registry     LowCardinality(String) COMMENT 'name of the registry in the configuration',
    repository   String COMMENT 'repository without the registry',
    tag          String COMMENT 'tag',
    platform     LowCardinality(String) COMMENT 'os/architecture the tag leads to here',
    image_digest String COMMENT 'digest of the manifest that the tag leads to; empty once the tag was deleted',
    changed_at   DateTime64(3, 'UTC') COMMENT 'time of the event',
    INDEX by_image image_digest TYPE bloom_filter GRANULARITY 1
) ENGINE = /*reference*/ ReplacingMergeTree(changed_at) ORDER BY (registry, repository, tag, platform)
COMMENT 'Where each tag leads now';

CREATE TABLE IF NOT EXISTS blobs
(
    digest       String COMMENT 'digest of the blob as it travels',
    part         LowCardinality(String) COMMENT 'layer or config',
    media_type   LowCardinality(String) COMMENT 'media type',
    diff_id      String COMMENT 'digest of the unpacked tar, measured; empty for a configuration',
    size_bytes   UInt64 COMMENT 'compressed size, measured',
    tar_bytes    UInt64 COMMENT 'unpacked size, measured',
    members      UInt64 COMMENT 'members of the tar',
    state        LowCardinality(String) COMMENT 'succeeded, partial or failed',
    reason       String COMMENT 'why it is not succeeded',
    run          LowCardinality(String) COMMENT 'fingerprint of the collectors and rules that read it',
    entries      String COMMENT 'paths of all members, one a line, folders end in a slash' CODEC(ZSTD(1)),
    whiteouts    Array(String) COMMENT 'paths that this layer removes',
    opaques      Array(String) COMMENT 'folders whose lower content this layer hides',
    inspected_at DateTime64(3, 'UTC') COMMENT 'when it was read'
) ENGINE = /*reference*/ ReplacingMergeTree(inspected_at) ORDER BY digest
COMMENT 'One row for each layer or image configuration that was read';

CREATE TABLE IF NOT EXISTS facts
(
    blob    String COMMENT 'digest of the blob',
    run     LowCardinality(String) COMMENT 'fingerprint of the collectors and rules that read it',
    kind    LowCardinality(String) COMMENT 'kind of the fact',
    number  UInt32 COMMENT 'running number in this blob, run and kind',
    path    String COMMENT 'file that the fact was read from',
    payload String COMMENT 'the fact as JSON' CODEC(ZSTD(1))
) ENGINE = /*sharded by cityHash64(blob)*/ ReplacingMergeTree ORDER BY (blob, run, kind, number)
COMMENT 'What collectors found in each blob';

CREATE TABLE IF NOT EXISTS hidden_places
(
    image_digest String COMMENT 'digest of the manifest',
    run          String COMMENT 'fingerprint of the blobs'' runs',
    position     UInt16 COMMENT 'index of the layer that holds the file',
    path         String COMMENT 'file that a later layer removes or replaces'
) ENGINE = /*sharded by cityHash64(image_digest)*/ ReplacingMergeTree ORDER BY (image_digest, run, position, path)
COMMENT 'Files with facts that a container does not see'
