-- The views that analysts use, after all tables, and what is computed when it is read. Their names and columns are part of the product.

CREATE OR REPLACE VIEW layers AS
SELECT digest, media_type, diff_id, size_bytes, tar_bytes, members, state, reason, inspected_at
FROM blobs FINAL WHERE part = 'layer'
COMMENT 'One row for each layer that was read';

CREATE OR REPLACE VIEW scans AS
SELECT image_digest, category, state, reason, skipped, rules, advisories, cause, findings, requested_at, updated_at
FROM scan_rows FINAL
COMMENT 'One row for each image and category: how complete the look at it is';

CREATE OR REPLACE VIEW baseline_items AS
SELECT image_digest, item, class, level, state, hits, reason, requested_at
FROM (SELECT * FROM scan_items FINAL WHERE category = 'baseline') ARRAY JOIN item, class, level, state, hits, reason
COMMENT 'One row for each image and item of the baseline: failed, passed, not applicable, not evaluated or off';

CREATE OR REPLACE VIEW containers AS
SELECT cluster, container_id, host, name, namespace, pod, image, tupleElement(resolved, 2) AS image_digest,
    reported_digest, agent, labels, started > stopped AS running,
    fromUnixTimestamp64Milli(toInt64(started), 'UTC') AS started_at,
    if(stopped = 0, NULL, fromUnixTimestamp64Milli(toInt64(stopped), 'UTC')) AS stopped_at,
    if(tupleElement(resolved, 2) = '', tupleElement(refused, 2), '') AS unresolved
FROM (SELECT * FROM container_rows FINAL)
COMMENT 'One row a container';

CREATE OR REPLACE VIEW image_names AS
SELECT image_digest, any(registry) AS registry, any(repository) AS repository, arraySort(groupUniqArrayArray(tags)) AS tags,
    max(present) AS present, if(position(repository, '/') = 0, '', substring(repository, 1, length(repository) - position(reverse(repository), '/'))) AS namespace
FROM
(
    SELECT image_digest, registry, repository, present, [] AS tags FROM image_places FINAL
    UNION ALL
    SELECT image_digest, registry, repository, 0, [tag] FROM image_tags FINAL WHERE image_digest != ''
)
GROUP BY image_digest
COMMENT 'Repository, namespace and tags of each image';

ALTER TABLE risk_rows MODIFY COLUMN status String ALIAS /*risk status*/ COMMENT 'status out of the four maxima; true of merged rows only';

-- Flat, because the engine plans it anew for each question: names and containers come by one join and not through views of their own.
CREATE OR REPLACE VIEW risks AS
SELECT
    r.finding_id AS finding_id, r.category AS category, r.rule AS rule,
    JSONExtract(r.detail, 'aliases', 'Array(String)') AS aliases,
    JSONExtractString(r.detail, 'title') AS title,
    r.severity AS severity, r.priority AS priority,
    JSONExtractFloat(r.detail, 'score') AS score,
    r.package AS package, r.version AS version, r.purl AS purl, r.path AS path,
    JSONExtractString(r.detail, 'layer') AS layer,
    JSONExtractString(r.detail, 'fixed_version') AS fixed_version,
    JSONExtractString(r.detail, 'fix_command') AS fix_command,
    JSONExtractUInt(r.detail, 'line') AS line,
    JSONExtractString(r.detail, 'evidence') AS evidence,
    JSONExtractBool(r.detail, 'removed_in_later_layer') AS removed_in_later_layer,
    JSONExtractString(r.detail, 'description') AS description,
    JSONExtractString(r.detail, 'advice') AS advice,
    JSONExtract(r.detail, 'details', 'Map(String, String)') AS details,
    details['disclosed'] AS disclosed, details['fixed_on'] AS fixed_on,
    n.registry AS registry, n.repository AS repository, n.tags AS tags,
    if(position(n.repository, '/') = 0, '', substring(n.repository, 1, length(n.repository) - position(reverse(n.repository), '/'))) AS namespace,
    r.image_digest AS image_digest,
    n.running_containers AS running_containers,
    r.status AS status,
    r.first_seen AS first_seen, r.last_seen AS last_seen,
    r.decision AS decision,
    CAST(d.action, 'String') AS decision_action, d.actor AS decided_by, d.reason AS decision_reason
FROM
(
    SELECT image_digest, finding_id, category, rule, package, version, purl, path, first_seen, last_seen, status,
        tupleElement(detail, 2) AS detail, tupleElement(severity, 2) AS severity, tupleElement(priority, 2) AS priority,
        tupleElement(decided, 2) AS decision
    FROM risk_rows FINAL SETTINGS optimize_move_to_prewhere_if_final = 1
) AS r
LEFT JOIN
(
    SELECT image_digest, anyIf(registry, named) AS registry, anyIf(repository, named) AS repository,
        arraySort(groupUniqArrayArray(tags)) AS tags, toUInt32(sum(running)) AS running_containers
    FROM
    (
        SELECT image_digest, registry, repository, 1 AS named, [] AS tags, 0 AS running FROM image_places FINAL
        UNION ALL
        SELECT image_digest, registry, repository, 1, [tag], 0 FROM image_tags FINAL WHERE image_digest != ''
        UNION ALL
        SELECT tupleElement(resolved, 2), '', '', 0, [], 1 FROM container_rows FINAL WHERE started > stopped
    )
    GROUP BY image_digest
) AS n ON n.image_digest = r.image_digest
LEFT ANY JOIN decisions_log AS d ON d.id = r.decision
COMMENT 'One row for each finding and image';

CREATE OR REPLACE VIEW risk_counts AS
SELECT c.image_digest AS image_digest, n.registry AS registry, n.repository AS repository, n.tags AS tags, n.namespace AS namespace,
    tupleElement(one, 1) AS category, tupleElement(one, 2) AS severity, tupleElement(one, 3) AS priority, tupleElement(one, 4) AS status,
    tupleElement(one, 5) AS risks
FROM (SELECT image_digest, counts FROM risk_count_rows FINAL) AS c LEFT JOIN image_names AS n ON n.image_digest = c.image_digest
ARRAY JOIN c.counts AS one
COMMENT 'How many risks each image has of each category, level and status: what counts need not read the risks';

CREATE OR REPLACE VIEW affected AS
SELECT
    r.rule AS rule, r.category AS category, r.finding_id AS finding_id, r.package AS package, r.version AS version,
    tupleElement(r.severity, 2) AS severity,
    n.registry AS registry, n.repository AS repository, n.tags AS tags, n.namespace AS namespace, r.image_digest AS image_digest,
    /*risk status*/ AS status,
    r.last_seen AS last_seen
FROM
(
    SELECT rule, image_digest, finding_id, any(category) AS category, any(package) AS package, any(version) AS version,
        max(severity) AS severity, max(evidence) AS evidence, max(rescan) AS rescan, max(decided) AS decided, max(repair) AS repair,
        max(last_seen) AS last_seen
    FROM risk_rows GROUP BY rule, image_digest, finding_id
) AS r
LEFT JOIN image_names AS n ON n.image_digest = r.image_digest
COMMENT 'Who has a flaw: one row for each rule, image and finding, to be asked with a rule; the table has a second order for it';

CREATE OR REPLACE VIEW images AS
SELECT i.image_digest AS image_digest, n.registry AS registry, n.repository AS repository, n.namespace AS namespace, n.tags AS tags,
    n.present AS present, i.os AS os, i.architecture AS architecture, i.size_bytes AS size_bytes, i.layer_count AS layer_count,
    i.config_digest AS config_digest, i.seen_at AS seen_at
FROM (SELECT * FROM image_rows FINAL) AS i LEFT JOIN image_names AS n ON n.image_digest = i.image_digest
COMMENT 'One row an image';

CREATE OR REPLACE VIEW decisions AS
SELECT id, action, subject, operator, value, finding_id, category, rule, scope, target, reason, actor, source, expires_at, decided_at
FROM decisions_log FINAL
COMMENT 'Every decision';

CREATE OR REPLACE VIEW actions AS
SELECT id, action, subject, operator, value, finding_id, scope, target, reason, actor, state, answer, touched, requested_at, done_at
FROM action_rows FINAL
COMMENT 'What people did about risks';

CREATE OR REPLACE VIEW fixes AS
SELECT id, state, reason, registry, repository, old_tag, image_digest, new_tag, new_digest, package_manager, packages, flaws, finding_ids, actor, cause,
    because, requested_at, if(toUnixTimestamp(started_at) = 0, NULL, started_at) AS started_at, if(toUnixTimestamp(pushed_at) = 0, NULL, pushed_at) AS pushed_at,
    if(toUnixTimestamp(ended_at) = 0, NULL, ended_at) AS ended_at
FROM fix_rows FINAL
COMMENT 'Tasks that fix images';

CREATE OR REPLACE VIEW packages AS
SELECT i.image_digest AS image_digest, p.ecosystem AS ecosystem, p.type AS type, p.name AS name, p.version AS version, p.purl AS purl,
    p.arch AS arch, p.source AS source, p.licences AS licences, ip.layer AS layer_index, ip.paths AS paths, ip.evidence AS evidence,
    ip.development AS development, ip.matched AS matched, if(ip.reason != '', ip.reason, p.unmatched) AS unmatched_reason,
    p.package_id AS package_id, ip.confidence AS confidence, ip.doubt AS doubt
FROM (SELECT * FROM image_packages FINAL WHERE deleted = 0) AS ip
INNER JOIN (SELECT * FROM package_rows FINAL) AS p ON p.package = ip.package
INNER JOIN (SELECT * FROM image_inventories FINAL) AS i ON i.image = ip.image
COMMENT 'One row for each package of each image'
