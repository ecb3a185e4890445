-- Advisories in one normal form. Rows are only ever added: the newest version of a key counts, `deleted` marks what was taken back.
-- Keys of joins are plain strings: the engine (26.7) loses rows of a join whose key is a LowCardinality that was sorted out of many parts.

CREATE TABLE IF NOT EXISTS advisory_records
(
    id          String COMMENT 'id of the record, as its database wrote it',
    source      String COMMENT 'feed that delivered it',
    hash        UInt64 COMMENT 'hash of the record as delivered and of the reader version: equal means unchanged',
    aliases     Array(String) COMMENT 'other names of the same flaw',
    asserts     Array(String) COMMENT 'flaws that the record covers without being the same thing (a bulletin''s CVEs)',
    title       String COMMENT 'one line' CODEC(ZSTD(1)),
    description String COMMENT 'text of the record, cut' CODEC(ZSTD(1)),
    vectors     Array(String) COMMENT 'CVSS vectors, any version',
    links       Array(String) COMMENT 'references' CODEC(ZSTD(1)),
    published   String COMMENT 'date of disclosure, ISO, empty if unknown',
    modified    String COMMENT 'time of the last change, ISO, as delivered',
    withdrawn   String COMMENT 'when it was withdrawn, ISO, empty if it was not',
    malicious   UInt8 COMMENT '1 if the package itself is malicious',
    exploit     UInt8 COMMENT '1 if the record points to a public exploit',
    deleted     UInt8 COMMENT '1 once the feed has it no more',
    version     UInt64 COMMENT 'time of the import in ms'
) ENGINE = /*reference*/ ReplacingMergeTree(version) ORDER BY (id, source) SETTINGS index_granularity = 1024
COMMENT 'One row for each advisory record and feed';

CREATE TABLE IF NOT EXISTS advisory_ranges
(
    ecosystem String COMMENT 'OSV ecosystem, with its release',
    name      String COMMENT 'package name, normalised as the ecosystem does',
    id        String COMMENT 'advisory',
    source    String COMMENT 'feed that delivered it',
    lows      Array(String) COMMENT 'sortable key of each span''s first affected version, empty for the beginning',
    highs     Array(String) COMMENT 'sortable key of each span''s end',
    ends      Array(UInt8) COMMENT 'how each span ends: 0 before the key, 1 with the key, 2 never',
    texts     Array(String) COMMENT 'each span as people read it' CODEC(ZSTD(1)),
    exact     Array(String) COMMENT 'sortable keys of affected versions outside of the spans',
    fix_keys  Array(String) COMMENT 'sortable keys of the versions that bring a fix',
    fixes     Array(String) COMMENT 'the same versions as the ecosystem writes them',
    module    String COMMENT 'module stream that the spans are about (name:stream), empty for all',
    urgency   LowCardinality(String) COMMENT 'urgency in the words of the distribution',
    unfixed   String COMMENT 'why there is no fix, in the words of the distribution',
    modified  String COMMENT 'time of the record''s last change, ISO',
    deleted   UInt8 COMMENT '1 once the record says nothing about this package any more',
    version   UInt64 COMMENT 'time of the import in ms'
) ENGINE = /*reference*/ ReplacingMergeTree(version) ORDER BY (ecosystem, name, id, source) SETTINGS index_granularity = 512
COMMENT 'Affected versions: one row for each package, advisory and feed';

CREATE TABLE IF NOT EXISTS advisory_names
(
    id        String COMMENT 'advisory',
    ecosystem String COMMENT 'OSV ecosystem',
    name      String COMMENT 'package name'
) ENGINE = /*reference*/ ReplacingMergeTree ORDER BY (id, ecosystem, name) SETTINGS index_granularity = 512
COMMENT 'Which packages an advisory speaks of or ever spoke of: the way from an advisory to its ranges';

CREATE TABLE IF NOT EXISTS advisory_flaws
(
    id      String COMMENT 'advisory',
    flaws   Array(String) COMMENT 'names of the flaws that it asserts',
    version UInt64 COMMENT 'version of the record that this was derived from'
) ENGINE = /*reference*/ ReplacingMergeTree(version) ORDER BY id SETTINGS index_granularity = 512
COMMENT 'From advisories to flaws; behind the records'' version means to be derived anew';

CREATE TABLE IF NOT EXISTS flaws
(
    name        String COMMENT 'name of the flaw: its CVE, where it has one',
    aliases     Array(String) COMMENT 'every other name and every record of it',
    title       String COMMENT 'one line' CODEC(ZSTD(1)),
    description String COMMENT 'text' CODEC(ZSTD(1)),
    vectors     Array(Tuple(source String, vector String)) COMMENT 'CVSS vectors with the feed that gave them',
    links       Array(String) COMMENT 'references, at most 20' CODEC(ZSTD(1)),
    published   String COMMENT 'date of disclosure, ISO, empty if unknown',
    malicious   UInt8 COMMENT '1 if the package itself is malicious',
    exploit     UInt8 COMMENT '1 if a public exploit is known',
    version     UInt64 COMMENT 'time of the derivation in ms'
) ENGINE = /*reference*/ ReplacingMergeTree(version) ORDER BY name SETTINGS index_granularity = 256
COMMENT 'One row a flaw, derived from all its records';

CREATE TABLE IF NOT EXISTS cve_scores
(
    cve        String COMMENT 'CVE id',
    source     String COMMENT 'kev, epss or cvss',
    hash       UInt64 COMMENT 'hash of the values: equal means unchanged',
    epss       Float32 COMMENT 'probability of exploitation within 30 days, 0-1 (source epss)',
    percentile Float32 COMMENT 'its rank among all, 0-1 (source epss)',
    listed     String COMMENT 'date of the listing, ISO (source kev)',
    title      String COMMENT 'name in the list (source kev)',
    vectors    Array(String) COMMENT 'CVSS vectors (source cvss)',
    deleted    UInt8 COMMENT '1 once the feed has it no more',
    version    UInt64 COMMENT 'time of the import in ms'
) ENGINE = /*reference*/ ReplacingMergeTree(version) ORDER BY (cve, source) SETTINGS index_granularity = 512
COMMENT 'What is known about CVEs beside advisories: known exploitation, probability, scores';

CREATE TABLE IF NOT EXISTS advisory_imports
(
    source      String COMMENT 'feed',
    kind        LowCardinality(String) COMMENT 'format of the feed',
    complete    UInt8 COMMENT '1 if the delivery was the whole feed, 0 for single records',
    records     UInt32 COMMENT 'records delivered',
    changed     UInt32 COMMENT 'records that were new or different',
    vanished    UInt32 COMMENT 'records that the feed has no more',
    skipped     UInt32 COMMENT 'records or entries that could not be used',
    problems    Array(String) COMMENT 'the first of them, with the reason',
    passed_over UInt32 COMMENT 'records that are no security advisories',
    imported_at DateTime64(3, 'UTC') COMMENT 'when'
) ENGINE = /*reference*/ ReplacingMergeTree ORDER BY (source, imported_at)
COMMENT 'Every import of every feed';
