"""What commands say in the language that was asked for: chosen, set, or English."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from analyzers.texts import LANGUAGES, rule_texts
from console.cli.analyze import analyze
from console.cli.rules import rules
from console.translation import translated
from infra.settings import Settings


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGERISK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("IMAGERISK_LANGUAGE", raising=False)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root file system with a second administrator and a token."""
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    (root / "etc" / "passwd").write_text("root:x:0:0::/root:/bin/sh\ntoor:x:0:0::/root:/bin/sh\n")
    (root / "etc" / "shadow").write_text("root:*:19000:0:99999:7:::\ntoor:*:19000:0:99999:7:::\n")
    return root


def titles(root: Path, *options: str) -> dict[str, str]:
    """Rule -> title of what is found."""
    answer = CliRunner().invoke(analyze, [str(root), "--format", "json", "--category", "baseline", *options])
    assert answer.exit_code == 0, answer.output
    return {one["rule"]: one["title"] for one in json.loads(answer.stdout)["findings"]}


def test_settings_and_texts_know_the_same_languages() -> None:
    assert get_args(Settings.model_fields["language"].annotation) == LANGUAGES


def test_findings_come_in_the_language_that_was_asked_for(root: Path) -> None:
    assert titles(root)["nonroot_uid0"] == "An account other than root has UID 0"
    assert titles(root, "--language", "ja")["nonroot_uid0"] == "root 以外のアカウントの UID が 0 である"
    assert titles(root, "--language", "zh")["nonroot_uid0"] == "root 以外的账户 UID 为 0"


def test_the_option_wins_over_the_setting(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGERISK_LANGUAGE", "zh")
    assert titles(root)["nonroot_uid0"] == "root 以外的账户 UID 为 0"
    assert titles(root, "--language", "en")["nonroot_uid0"] == "An account other than root has UID 0"


def test_identities_and_levels_do_not_change_with_the_language(root: Path) -> None:
    def plain(language: str) -> list[dict[str, object]]:
        answer = CliRunner().invoke(analyze, [str(root), "--format", "json", "--category", "baseline", "--language", language])
        spoken = ("title", "description", "advice")
        return [{name: value for name, value in one.items() if name not in spoken} for one in json.loads(answer.stdout)["findings"]]

    assert plain("en") == plain("ja") == plain("zh") != []


def test_the_table_is_translated_too(root: Path) -> None:
    answer = CliRunner().invoke(analyze, [str(root), "--category", "baseline", "--language", "ja"], env={"COLUMNS": "200"})
    assert "root 以外のアカウントの UID が 0 である" in answer.stdout


def test_rules_are_listed_and_shown_in_a_language() -> None:
    listed = json.loads(CliRunner().invoke(rules, ["list", "--json", "--language", "zh"]).stdout)
    assert {one["rule"]: one["title"] for one in listed}["permit_root_login"] == "SSH 服务器允许 root 使用密码登录"
    shown = CliRunner().invoke(rules, ["show", "permit_root_login", "--language", "ja"]).stdout
    assert "`PermitRootLogin no` を設定してください。" in shown
    refused = CliRunner().invoke(rules, ["list", "--language", "fr"])
    assert refused.exit_code == 2 and "'en', 'ja', 'zh'" in refused.output


def test_a_language_that_does_not_exist_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAGERISK_LANGUAGE", "fr")
    refused = CliRunner().invoke(rules, ["list"])
    assert refused.exit_code == 2 and "IMAGERISK_LANGUAGE" in refused.output


def test_the_impact_of_a_flaw_is_translated_sentence_by_sentence() -> None:
    impact = (
        "An attacker uses it over the network, without login or user. At risk: integrity. In this image a, v1. B and 2 more depend on it."
    )
    told = translated({"details": {"impact": impact, "cvss": "7.5"}}, rule_texts("zh"))["details"]
    assert told == {
        "impact": "攻击者可通过网络加以利用，无需登录，也无需用户操作。受影响的方面：完整性。在该镜像中，a, v1. B 以及另外 2 个依赖它。",
        "cvss": "7.5",
    }
    unknown = impact + " It may also rain."
    assert translated({"details": {"impact": unknown}}, rule_texts("zh"))["details"]["impact"] == unknown, "never half in one language"


def test_what_an_advisory_says_stays_as_it_is() -> None:
    risk = {
        "title": "Heap overflow in foo",
        "advice": "Update foo to 1.2 or later.",
        "details": {"class_title": "Private keys", "size": "1"},
    }
    assert translated(risk, rule_texts("ja")) == {
        "title": "Heap overflow in foo", "advice": "foo を 1.2 以降に更新してください。", "details": {"class_title": "秘密鍵", "size": "1"},
    }  # fmt: skip
    assert translated(risk, rule_texts("en")) == risk
