-- Fixes of images: tasks, and where each risk stands in one.

ALTER TABLE risk_rows ADD COLUMN IF NOT EXISTS repair SimpleAggregateFunction(max, UInt64) DEFAULT 0 COMMENT 'time in ms << 8 | status of the newest fix: 2 fixing, 3 verifying, 4 failed, 5 fixed, 0 taken back';

CREATE TABLE IF NOT EXISTS fix_rows
(
    id            String COMMENT 'identity of the task',
    state         LowCardinality(String) COMMENT 'queued, fixing, cancelling, verifying, fixed, failed or cancelled',
    reason        String COMMENT 'why it failed or was cancelled',
    registry      LowCardinality(String) COMMENT 'registry of the image',
    repository    String COMMENT 'repository of the image',
    old_tag       String COMMENT 'tag that led to the image',
    image_digest  String COMMENT 'digest of the image that is fixed',
    new_tag       String COMMENT 'tag of the fixed image',
    new_digest    String COMMENT 'digest of the fixed image, empty before it is pushed',
    flaws         Array(String) COMMENT 'flaws that are fixed',
    finding_ids   Array(String) COMMENT 'risks that are fixed',
    still_open    Array(String) COMMENT 'risks that are still there in the fixed image',
    packages      Array(Tuple(name String, arch String, installed_version String, fixed_version String)) COMMENT 'packages that are upgraded',
    package_manager LowCardinality(String) COMMENT 'package manager of the image',
    plan          String COMMENT 'the plan as JSON' CODEC(ZSTD(1)),
    log           String COMMENT 'what the build printed, its last part' CODEC(ZSTD(1)),
    actor         String COMMENT 'who asked for it',
    cause         LowCardinality(String) COMMENT 'hand or auto',
    because       String COMMENT 'why it was asked for',
    requested_at  DateTime64(3, 'UTC') COMMENT 'when it was asked for',
    started_at    DateTime64(3, 'UTC') COMMENT 'when the build began, 1970 = not yet',
    pushed_at     DateTime64(3, 'UTC') COMMENT 'when the fixed image was pushed, 1970 = not yet',
    ended_at      DateTime64(3, 'UTC') COMMENT 'when it ended, 1970 = not yet',
    changed_at    DateTime64(3, 'UTC') COMMENT 'time of this row: the newest counts'
) ENGINE = /*reference*/ ReplacingMergeTree(changed_at) ORDER BY id
COMMENT 'Tasks that fix images';
