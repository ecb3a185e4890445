-- Packages of images. A package is kept once, however many images have it; the numbers are hashes of the long ids.

CREATE TABLE IF NOT EXISTS package_rows
(
    package       UInt64 COMMENT 'number of the package: hash of package_id',
    package_id    String COMMENT 'identity: hash over ecosystem, name, version and architecture',
    ecosystem     String COMMENT 'OSV ecosystem, with its release',
    type          LowCardinality(String) COMMENT 'type of the package URL',
    name          String COMMENT 'name of the installed package',
    version       String COMMENT 'complete version',
    purl          String COMMENT 'package URL',
    match_name    String COMMENT 'name that advisories speak of',
    match_version String COMMENT 'version that advisories speak of',
    arch          LowCardinality(String) COMMENT 'architecture',
    source        String COMMENT 'source package',
    module        String COMMENT 'module stream',
    licences      Array(String) COMMENT 'licences as the package states them',
    unmatched     String COMMENT 'why it cannot be compared with advisories, empty if it can',
    version_key   String COMMENT 'sortable key of match_version',
    seen_at       DateTime64(3, 'UTC') COMMENT 'when it was last written'
) ENGINE = /*sharded by package*/ ReplacingMergeTree(seen_at) ORDER BY package SETTINGS index_granularity = 1024
COMMENT 'Distinct packages';

CREATE TABLE IF NOT EXISTS package_keys
(
    ecosystem  String COMMENT 'OSV ecosystem whose advisories are about this package',
    match_name String COMMENT 'package name, normalised as the ecosystem does',
    package    UInt64 COMMENT 'number of the package',
    version_key String COMMENT 'sortable key of its version',
    comparable UInt8 COMMENT '1 if the key has a place in the order; 0 if it can only be equal',
    module     String COMMENT 'module stream (name:stream), ? if one is known to be there but not which'
) ENGINE = /*sharded by package*/ ReplacingMergeTree ORDER BY (ecosystem, match_name, package) SETTINGS index_granularity = 1024
COMMENT 'Distinct packages in the order of the advisories'' ranges';

CREATE TABLE IF NOT EXISTS image_packages
(
    image        UInt64 COMMENT 'number of the image: hash of image_digest',
    package      UInt64 COMMENT 'number of the package',
    layer        UInt16 COMMENT 'index of the layer that brought it',
    paths        Array(String) COMMENT 'where it lies',
    evidence     LowCardinality(String) COMMENT 'installed, declared or sbom',
    development  UInt8 COMMENT '1 if it is there for development only',
    matched      UInt8 COMMENT '1 if it is compared with advisories',
    reason       String COMMENT 'why it is not',
    deleted      UInt8 COMMENT '1 once the image was read again and has it no more',
    version      UInt64 COMMENT 'time of the inventory in ms'
) ENGINE = /*sharded by image*/ ReplacingMergeTree(version) ORDER BY (image, package)
COMMENT 'Which packages an image has';

CREATE TABLE IF NOT EXISTS package_images
(
    package UInt64 COMMENT 'number of the package',
    image   UInt64 COMMENT 'number of the image',
    matched UInt8 COMMENT '1 if it is compared with advisories',
    deleted UInt8 COMMENT '1 once the image has it no more',
    version UInt64 COMMENT 'time of the inventory in ms'
) ENGINE = /*sharded by image*/ ReplacingMergeTree(version) ORDER BY (package, image)
COMMENT 'The same, from packages to images';

CREATE TABLE IF NOT EXISTS image_inventories
(
    image        UInt64 COMMENT 'number of the image: hash of image_digest',
    image_digest String COMMENT 'digest of the manifest of one platform',
    packages     UInt32 COMMENT 'number of packages',
    version      UInt64 COMMENT 'time of the inventory in ms'
) ENGINE = /*sharded by image*/ ReplacingMergeTree(version) ORDER BY image
COMMENT 'Images whose packages are known';

CREATE OR REPLACE VIEW packages AS
SELECT i.image_digest AS image_digest, p.ecosystem AS ecosystem, p.type AS type, p.name AS name, p.version AS version, p.purl AS purl,
    p.arch AS arch, p.source AS source, p.licences AS licences, ip.layer AS layer_index, ip.paths AS paths, ip.evidence AS evidence,
    ip.development AS development, ip.matched AS matched, if(ip.reason != '', ip.reason, p.unmatched) AS unmatched_reason,
    p.package_id AS package_id
FROM (SELECT * FROM image_packages FINAL WHERE deleted = 0) AS ip
INNER JOIN (SELECT * FROM package_rows FINAL) AS p ON p.package = ip.package
INNER JOIN (SELECT * FROM image_inventories FINAL) AS i ON i.image = ip.image
COMMENT 'One row for each package of each image';
