-- Scans, findings as risks, decisions and actions.
--
-- A risk row merges without being read first: every column is the same in each write (any), or a minimum or maximum. The status is
-- derived from three maxima, so that any order and any repetition of writes gives the same table:
--   evidence  time << 8 | code    what the newest scan said: 8 present, 2 withdrawn, 1 gone
--   rescan    time                the newest rescan that found it, which ends an ignore
--   decided   (time << 8 | status, decision)   what people decided, stamped with the time of the newest decision that matters

CREATE TABLE IF NOT EXISTS scan_rows
(
    image_digest String COMMENT 'digest of the manifest',
    category     LowCardinality(String) COMMENT 'one of the six categories',
    state        LowCardinality(String) COMMENT 'waiting, running, failed, partial or succeeded',
    reason       String COMMENT 'why it failed or is partial',
    skipped      Array(Tuple(path String, reason String)) COMMENT 'what was not looked at',
    rules        String COMMENT 'version of the rules',
    advisories   String COMMENT 'version of the advisories',
    cause        LowCardinality(String) COMMENT 'why the scan was made',
    findings     UInt32 COMMENT 'number of findings',
    requested_at DateTime64(3, 'UTC') COMMENT 'time of the event that asked for it',
    updated_at   DateTime64(3, 'UTC') COMMENT 'time of this row',
    version      UInt64 COMMENT 'requested_at in ms << 8 | rank of the state: a later request and a later state win'
) ENGINE = /*reference*/ ReplacingMergeTree(version) ORDER BY (image_digest, category)
COMMENT 'How complete the look at each image is, for each category';

CREATE TABLE IF NOT EXISTS risk_rows
(
    image_digest String COMMENT 'digest of the manifest',
    finding_id   String COMMENT 'identity of the finding',
    category     SimpleAggregateFunction(any, LowCardinality(String)) COMMENT 'one of the six categories',
    rule         SimpleAggregateFunction(any, String) COMMENT 'rule key, type of sample, or name of the flaw',
    package      SimpleAggregateFunction(any, String) COMMENT 'package name',
    version      SimpleAggregateFunction(any, String) COMMENT 'installed version',
    purl         SimpleAggregateFunction(any, String) COMMENT 'package URL',
    path         SimpleAggregateFunction(any, String) COMMENT 'file, or place in the image configuration',
    first_seen   SimpleAggregateFunction(min, DateTime64(3, 'UTC')) COMMENT 'first scan that found it',
    last_seen    SimpleAggregateFunction(max, DateTime64(3, 'UTC')) COMMENT 'last scan that found it',
    evidence     SimpleAggregateFunction(max, UInt64) COMMENT 'time in ms << 8 | 8 present, 2 withdrawn, 1 gone',
    rescan       SimpleAggregateFunction(max, UInt64) COMMENT 'time in ms of the last rescan that found it',
    decided      SimpleAggregateFunction(max, Tuple(UInt64, String)) COMMENT 'time in ms << 8 | status, and the decision',
    detail       SimpleAggregateFunction(max, Tuple(UInt64, String)) COMMENT 'time in ms of the analysis, and the other columns as JSON'
) ENGINE = /*sharded by cityHash64(image_digest)*/ AggregatingMergeTree ORDER BY (image_digest, finding_id)
COMMENT 'One row a finding and image, merged';

CREATE TABLE IF NOT EXISTS decisions_log
(
    id           String COMMENT 'identity of the decision',
    action       LowCardinality(String) COMMENT 'whitelist, ignore, false-positive, reopen',
    finding_id   String COMMENT 'finding it is about',
    category     LowCardinality(String) COMMENT 'category of the finding',
    rule         String COMMENT 'rule of the finding',
    scope        LowCardinality(String) COMMENT 'finding, image, repository, namespace, registry or global',
    target       String COMMENT 'value of the scope',
    reason       String COMMENT 'why',
    actor        String COMMENT 'who',
    expires_at   DateTime64(3, 'UTC') COMMENT '1970 = never',
    decided_at   DateTime64(3, 'UTC') COMMENT 'when'
) ENGINE = /*reference*/ ReplacingMergeTree ORDER BY (finding_id, decided_at, id)
COMMENT 'Every decision, never rewritten; undo is a later decision';

CREATE TABLE IF NOT EXISTS action_rows
(
    id           String COMMENT 'identity of the action',
    action       LowCardinality(String) COMMENT 'what was asked for',
    finding_id   String COMMENT 'finding it is about',
    scope        LowCardinality(String) COMMENT 'scope',
    target       String COMMENT 'value of the scope',
    reason       String COMMENT 'why',
    actor        String COMMENT 'who',
    state        LowCardinality(String) COMMENT 'done or refused',
    answer       String COMMENT 'why it was refused',
    touched      UInt32 COMMENT 'risks that it touched',
    requested_at DateTime64(3, 'UTC') COMMENT 'when it was asked for',
    done_at      DateTime64(3, 'UTC') COMMENT 'when it was answered'
) ENGINE = /*reference*/ ReplacingMergeTree(done_at) ORDER BY id
COMMENT 'What people did about risks';

CREATE TABLE IF NOT EXISTS risk_transitions
(
    id           String COMMENT 'identity of the change',
    finding_id   String COMMENT 'finding',
    image_digest String COMMENT 'digest of the manifest',
    change       LowCardinality(String) COMMENT 'opened, reopened, closed or status',
    before       LowCardinality(String) COMMENT 'status before',
    after        LowCardinality(String) COMMENT 'status after',
    cause        LowCardinality(String) COMMENT 'why',
    changed_at   DateTime64(3, 'UTC') COMMENT 'when'
) ENGINE = /*sharded by cityHash64(image_digest)*/ ReplacingMergeTree ORDER BY (image_digest, finding_id, id)
COMMENT 'Every change of a risk';

CREATE TABLE IF NOT EXISTS container_rows
(
    cluster      String COMMENT 'cluster as the agent names it',
    container_id String COMMENT 'id of the container',
    host         SimpleAggregateFunction(max, String) COMMENT 'host it runs on',
    name         SimpleAggregateFunction(max, String) COMMENT 'name',
    namespace    SimpleAggregateFunction(max, String) COMMENT 'namespace',
    pod          SimpleAggregateFunction(max, String) COMMENT 'pod',
    image        SimpleAggregateFunction(max, String) COMMENT 'image reference as the runtime wrote it',
    reported_digest SimpleAggregateFunction(max, String) COMMENT 'digest as the runtime reported it',
    resolved     SimpleAggregateFunction(max, Tuple(UInt64, String)) COMMENT 'time in ms and digest of the manifest it was resolved to',
    refused      SimpleAggregateFunction(max, Tuple(UInt64, String)) COMMENT 'time in ms and why it could not be resolved',
    labels       SimpleAggregateFunction(max, String) COMMENT 'labels as JSON',
    agent        SimpleAggregateFunction(max, String) COMMENT 'runtime agent that reported it',
    started      SimpleAggregateFunction(max, UInt64) COMMENT 'time in ms of the last start',
    stopped      SimpleAggregateFunction(max, UInt64) COMMENT 'time in ms of the last stop'
) ENGINE = /*reference*/ AggregatingMergeTree ORDER BY (cluster, container_id)
COMMENT 'One row a container, merged from its events';

CREATE TABLE IF NOT EXISTS container_events
(
    id           String COMMENT 'id of the event',
    agent        String COMMENT 'runtime agent',
    cluster      String COMMENT 'cluster',
    container_id String COMMENT 'container',
    action       LowCardinality(String) COMMENT 'start or stop',
    happened_at  DateTime64(3, 'UTC') COMMENT 'when'
) ENGINE = /*reference*/ ReplacingMergeTree ORDER BY (cluster, container_id, happened_at, id)
COMMENT 'Starts and stops: the intervals in which containers ran'
