"""The words that everything shares: categories, levels, statuses, states and reasons."""

from __future__ import annotations

from enum import IntEnum, StrEnum


class CategoryId(StrEnum):
    """The six rooms of findings, in the order in which people read them."""

    SYSTEM_VULNERABILITY = "system-vulnerability"
    APPLICATION_VULNERABILITY = "application-vulnerability"
    BASELINE = "baseline"
    MALICIOUS_SAMPLE = "malicious-sample"
    SENSITIVE_FILE = "sensitive-file"
    BUILD_COMMAND = "build-command"


CATEGORIES: tuple[CategoryId, ...] = tuple(CategoryId)


class Level(StrEnum):
    """Severity of a finding. Malicious samples use the last three, everything else the first three."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    URGENT = "urgent"
    SUSPICIOUS = "suspicious"
    NOTICE = "notice"

    @property
    def rank(self) -> int:
        """3 for high and urgent, 2 for medium and suspicious, 1 for low and notice."""
        return {"high": 3, "urgent": 3, "medium": 2, "suspicious": 2, "low": 1, "notice": 1}[self.value]


class ScanState(StrEnum):
    """Where the analysis of one image in one category stands."""

    WAITING = "waiting"
    RUNNING = "running"
    FAILED = "failed"
    PARTIAL = "partial"
    SUCCEEDED = "succeeded"

    @property
    def at_rest(self) -> bool:
        return self in (ScanState.FAILED, ScanState.PARTIAL, ScanState.SUCCEEDED)


class ItemState(StrEnum):
    """What one item of a list of checks said about one image. Only `passed` says that the item looked and found nothing."""

    FAILED = "failed"
    PASSED = "passed"
    NOT_APPLICABLE = "not applicable"
    NOT_EVALUATED = "not evaluated"
    OFF = "off"


class Status(IntEnum):
    """Status of a risk; the number is the code in the store. The order decides ties: the later one wins."""

    OPEN = 0
    IGNORED = 1
    FIXING = 2
    VERIFYING = 3
    FIX_FAILED = 4
    FIXED = 5
    WITHDRAWN = 6
    WHITELISTED = 7
    FALSE_POSITIVE = 8

    @property
    def label(self) -> str:
        return self.name.lower()


class Cause(StrEnum):
    """Why an image is looked at."""

    PUSH = "push"
    MANUAL = "manual"
    SCHEDULE = "schedule"
    RUNTIME = "runtime"
    LISTING = "listing"
    ADVISORY = "advisory"
    DETECTOR = "detector"
    FIX = "fix"

    @property
    def rescan(self) -> bool:
        """Whether this counts as a rescan that ends an `ignore`: a new look at the image, not a new look at known facts."""
        return self in (Cause.PUSH, Cause.MANUAL, Cause.SCHEDULE, Cause.FIX)


BACKFILL_CAUSES: frozenset[str] = frozenset({Cause.SCHEDULE, Cause.LISTING, Cause.DETECTOR})
"""Causes of work that nobody waits for: it yields to fresh work."""


class Reason(StrEnum):
    """Why a scan failed or is partial, or why a file was skipped. The scan row may add a text after ': '."""

    IMAGE_NOT_FOUND = "image_not_found"
    AUTH_FAILED = "auth_failed"
    REGISTRY_UNREACHABLE = "registry_unreachable"
    THROTTLED = "throttled"
    UNSUPPORTED_MANIFEST = "unsupported_manifest"
    UNSUPPORTED_LAYER = "unsupported_layer"
    FOREIGN_LAYER = "foreign_layer"
    LAYER_MISSING = "layer_missing"
    DIGEST_MISMATCH = "digest_mismatch"
    SIZE_MISMATCH = "size_mismatch"
    CORRUPT_LAYER = "corrupt_layer"
    TRUNCATED_LAYER = "truncated_layer"
    LAYER_TOO_LARGE = "layer_too_large"
    TOO_MANY_FILES = "too_many_files"
    EXPANSION_LIMIT = "expansion_limit"
    FILE_TOO_LARGE = "file_too_large"
    UNREADABLE = "unreadable"
    UNSUPPORTED_ARCHIVE = "unsupported_archive"
    UNSUPPORTED_DISTRIBUTION = "unsupported_distribution"
    DERIVATIVE = "derivative_distribution"
    UNMAINTAINED = "unmaintained_distribution"
    NO_PACKAGE_DATABASE = "no_package_database"
    ADVISORIES_MISSING = "advisories_missing"
    NO_HISTORY = "no_history"
    ANTIVIRUS_NOT_ASKED = "antivirus_not_asked"
    DETECTOR_CRASHED = "detector_crashed"
    TIMEOUT = "timeout"
    QUOTA_EXHAUSTED = "quota_exhausted"
    STORE_DOWN = "store_down"
