"""From Secret facts to findings: layers, deleted files, owned files, levels, completeness."""

from __future__ import annotations

from datetime import date

from analyzers.contract import AnalysisInputs
from analyzers.image import ImageView, Located
from analyzers.sensitive_files import SensitiveFiles
from schemas.facts import Fact, OwnedFiles, Secret, Skipped
from schemas.vocabulary import Level, ScanState

TODAY = date(2026, 6, 1)
INPUTS = AnalysisInputs(today=TODAY)


def secret(path: str = "srv/a", rule: str = "npm_token", value_id: str = "1" * 32, level: Level = Level.HIGH, **details: str) -> Secret:
    return Secret(path=path, rule=rule, line=3, excerpt="npm_****", value_id=value_id, level=level, details=details)


def view(*facts: tuple[int, Fact], hidden: frozenset[tuple[int, str]] = frozenset(), partial: tuple[str, ...] = ()) -> ImageView:
    return ImageView(
        "sha256:image", ("sha256:one", "sha256:two"), tuple(Located(layer, fact) for layer, fact in facts), hidden, partial=partial
    )


def test_a_finding_says_where_and_what() -> None:
    report = SensitiveFiles().analyze(view((1, secret(md5="0" * 32))), INPUTS)
    (finding,) = report.findings
    assert report.state is ScanState.SUCCEEDED
    assert (finding.rule, finding.severity, finding.path, finding.layer, finding.line, finding.evidence) == (
        "npm_token",
        "high",
        "srv/a",
        "sha256:two",
        3,
        "npm_****",
    )
    assert finding.title and finding.description and finding.advice
    assert finding.details["class"] == "registry_credential"
    assert not finding.removed_in_later_layer


def test_the_same_value_in_two_layers_is_one_finding_of_the_lower() -> None:
    report = SensitiveFiles().analyze(view((0, secret()), (1, secret()), hidden=frozenset({(0, "srv/a")})), INPUTS)
    assert [(finding.layer, finding.removed_in_later_layer) for finding in report.findings] == [("sha256:one", False)]


def test_a_deleted_file_still_counts() -> None:
    report = SensitiveFiles().analyze(view((0, secret()), hidden=frozenset({(0, "srv/a")})), INPUTS)
    assert [finding.removed_in_later_layer for finding in report.findings] == [True]


def test_unchanged_files_of_packages_are_no_finding() -> None:
    owned = OwnedFiles(package="p", files=("/usr/share/a", "usr/share/b", "usr/share/c"), md5=("a" * 32, "b" * 32, ""))
    facts = [
        secret("usr/share/a", md5="a" * 32),
        secret("usr/share/b", md5="c" * 32),
        secret("usr/share/c", md5=""),
        secret("srv/a", md5="a" * 32),
    ]
    report = SensitiveFiles().analyze(view((0, owned), *((0, fact) for fact in facts)), INPUTS)
    assert sorted(finding.path for finding in report.findings) == ["srv/a", "usr/share/b", "usr/share/c"]


def test_lists_without_checksums_cover_program_files_that_came_with_them() -> None:
    owned = OwnedFiles(package="p", files=("usr/lib/libtls.so", "etc/tls.key"))
    image = view(
        (0, secret("usr/lib/libtls.so", md5="a" * 32)),
        (0, secret("etc/tls.key", md5="a" * 32)),
        (0, owned),
        (1, secret("usr/lib/libtls.so", value_id="2" * 32)),
    )
    assert [(finding.path, finding.layer) for finding in SensitiveFiles().analyze(image, INPUTS).findings] == [
        ("etc/tls.key", "sha256:one"),
        ("usr/lib/libtls.so", "sha256:two"),
    ]


def test_ids_do_not_depend_on_layer_level_or_excerpt() -> None:
    first = SensitiveFiles().analyze(view((0, secret())), INPUTS).findings[0]
    second = SensitiveFiles().analyze(view((1, secret(level=Level.LOW))), INPUTS).findings[0]
    other = SensitiveFiles().analyze(view((0, secret(value_id="2" * 32))), INPUTS).findings[0]
    assert first.id == second.id != other.id


def test_disabled_rules_and_changed_levels() -> None:
    image = view(
        (0, secret()), (0, secret("srv/b", "jwt", level=Level.MEDIUM)), (0, secret("srv/tests/c", lowered="test", level=Level.MEDIUM))
    )
    inputs = AnalysisInputs(today=TODAY, disabled=frozenset({"jwt"}), levels={"npm_token": "medium"})
    assert [(finding.path, finding.severity) for finding in SensitiveFiles().analyze(image, inputs).findings] == [
        ("srv/a", "medium"),
        ("srv/tests/c", "low"),
    ]


def test_an_expired_token_is_one_level_lower() -> None:
    past, future = "1700000000", "4102444800"
    image = view((0, secret("a", "jwt", expires_epoch_s=past)), (0, secret("b", "jwt", expires_epoch_s=future)))
    report = SensitiveFiles().analyze(image, INPUTS)
    assert [(finding.severity, finding.details["expires"][:4]) for finding in report.findings] == [("medium", "2023"), ("high", "2100")]


def test_what_was_not_looked_at_makes_the_scan_partial() -> None:
    skip = Skipped(path="srv/many", collector="secrets", reason="expansion_limit: more than 200 secrets in one file")
    other = Skipped(path="srv/x", collector="samples", reason="file_too_large")
    report = SensitiveFiles().analyze(view((0, skip), (0, other)), INPUTS)
    assert report.state is ScanState.PARTIAL
    assert [item.path for item in report.skipped] == ["srv/many"]
    assert SensitiveFiles().analyze(view(partial=("layer_missing: sha256:x",)), INPUTS).state is ScanState.PARTIAL
