"""`imagerisk rules`: own rules in the list, and trying rule files before they are used."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result

from analyzers.rule_choice import yara_names
from console.cli.rules import rules
from console.rule_check import check_files
from streams.rule_folders import read_files

TOKEN = "shop_" + "abcdefghij0123456789"
GOOD = f"""
[[pattern]]
id = "shop_token"
title = "Token of the shop"
regex = '''\\bshop_[a-z0-9]{{20}}\\b'''
hit = "token = {TOKEN}"
clean = "token = shop_name"

[[build_command]]
id = "shop_telnet"
title = "telnet"
match = {{ program = "telnet" }}
hit = ["RUN apt-get update && \\\\\\n  telnet x", "RUN [\\"telnet\\", \\"x\\"]"]
clean = "RUN echo telnet"

[[build_command]]
id = "shop_user"
title = "root"
match = {{ instruction = "USER", text = "^(root|0)?$" }}
hit = "USER root"
clean = "USER shop"

[[baseline]]
id = "shop_motd"
title = "motd"
check = "line"
path = "etc/motd"
regex = "(?i)password"
expect = "absent"
hit = {{ files = {{ "etc/motd" = "Password: x" }} }}
clean = {{ files = {{ "etc/motd" = "hello" }} }}

[rules.npm_token]
enabled = false
"""
YARA = 'rule shop_mark { strings: $a = "SHOP-MARK" condition: $a }\n'


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IMAGERISK_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(rules, arguments, catch_exceptions=False)


def tried(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = run("test", *arguments, "--json")
    return result.exit_code, json.loads(result.stdout)


def test_good_files_of_every_kind(home: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(GOOD)
    (tmp_path / "shop.yar").write_text(YARA)
    (tmp_path / "bad.txt").write_text("d" * 64 + ";sample;Miner\n")
    (tmp_path / "leaks.toml").write_text("[[rules]]\nid = 'leak'\nregex = 'leak-[a-z]{9}'\n")
    code, document = tried("shop.toml", "shop.yar", "bad.txt", "leaks.toml")
    assert (code, document["problems"], document["notes"]) == (0, [], [])
    assert {(one["rule"], one["file"], one["line"], one["examples"]) for one in document["rules"]} == {
        ("shop_token", "shop.toml", 2, 2), ("shop_telnet", "shop.toml", 9, 3), ("shop_user", "shop.toml", 16, 2),
        ("shop_motd", "shop.toml", 23, 2), ("switch of npm_token", "shop.toml", 33, 0),
        ("leak", "leaks.toml", 1, 0), ("shop_mark", "shop.yar", 1, 0),
        ("hash list", "bad.txt", 1, 0),
    }  # fmt: skip
    assert "ok       shop.toml:2 shop_token (2 examples)" in run("test", "shop.toml").stdout


def test_problems_are_told_with_file_and_line(home: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(
        GOOD.replace("token = shop_name", f"x {TOKEN}").replace('hit = "USER root"', 'hit = "USER shop"').replace("hello", "password")
        + "[rules.npm_tokn]\n"
    )
    (tmp_path / "shop.yar").write_text(YARA + "rule broken {\n  condition: $x }\n")
    (tmp_path / "readme.txt").write_text("hello\n")
    code, document = tried("shop.toml", "shop.yar", "readme.txt")
    assert code == 3
    assert {(one["file"], one["line"], one["rule"], one["reason"].partition(":")[0]) for one in document["problems"]} == {
        ("shop.toml", 2, "shop_token", "clean 1 is found"), ("shop.toml", 16, "shop_user", "hit 1 is not found"),
        ("shop.toml", 23, "shop_motd", "clean 1 failed"),
        ("shop.toml", 35, "npm_tokn", "no rule has this key"), ("shop.yar", 3, "broken", "unknown pattern `$x`"),
        ("readme.txt", 0, "", "it is no rule file"),
    }  # fmt: skip
    assert "problem  shop.yar:3: broken: unknown pattern `$x`" in run("test", "shop.yar").stdout
    assert run("test", str(tmp_path)).stdout.count("readme.txt") == 0


def test_an_example_that_another_rule_finds_says_which(home: Path, tmp_path: Path) -> None:
    drawn = "npm_" + "8Kd02mZqYtLw5RxVbN3cHs7JfGp1aUeT6oQi"
    (tmp_path / "a.toml").write_text(f"[[rules]]\nid = 'x'\nregex = '''{drawn[:9]}'''\n")
    (tmp_path / "b.toml").write_text(
        f"[[pattern]]\nid = 'narrow'\ntitle = 't'\nregex = '''{drawn[:12]}'''\nhit = 'a {drawn}'\n"
        f"[[pattern]]\nid = 'wide'\ntitle = 't'\nregex = '''{drawn[:4]}[0-9A-Za-z]{{36}}'''\n"
    )
    code, document = tried("b.toml")
    assert code == 3 and [one["reason"] for one in document["problems"]] == ["hit 1 is not found: wide finds it instead"]


def test_rules_are_tried_against_files_folders_and_dockerfiles(home: Path, tmp_path: Path) -> None:
    (tmp_path / "shop.toml").write_text(GOOD)
    (tmp_path / "shop.yar").write_text(YARA)
    folder = tmp_path / "app" / "conf"
    folder.mkdir(parents=True)
    (folder / "a.env").write_text(f"A=1\nT={TOKEN}\n")
    (folder / "b.txt").write_text("x SHOP-MARK x\npassword = 'T9x!kQ2vLp0z'\n")
    (tmp_path / "Dockerfile").write_text("FROM debian\n# a comment\nRUN apt-get update && \\\n# another\n    telnet x\nUSER root\n")

    def found(target: str) -> list[tuple[str, str]]:
        code, document = tried("shop.toml", "shop.yar", "--against", target)
        assert code == 0 and document["gaps"] == []
        return sorted((one["rule"] if one["category"] != "malicious-sample" else "yara", one["path"]) for one in document["findings"])

    assert found("app") == [("shop_token", "conf/a.env"), ("yara", "conf/b.txt")]
    assert found("app/conf/a.env") == [("shop_token", "a.env")]
    assert found("Dockerfile") == [("shop_telnet", "history[1]"), ("shop_user", "config.User")]
    shown = run("test", "shop.toml", "--against", "app").stdout
    assert "found    medium shop_token conf/a.env:2 shop****" in shown and TOKEN not in shown


def test_the_list_has_own_rules_switches_and_problems(home: Path) -> None:
    (home / "rules").mkdir(parents=True)
    (home / "rules" / "shop.toml").write_text(GOOD + "[rules.shop_token]\nlevel = 'low'\n[rules.nothing_like_it]\nenabled = false\n")
    (home / "rules" / "shop.yar").write_text(YARA)
    result = run("list", "--json")
    listed = {one["rule"]: one for one in json.loads(result.stdout)}
    assert (listed["shop_token"]["origin"], listed["shop_token"]["level"], listed["shop_token"]["enabled"]) == ("shop.toml:2", "low", True)
    assert (listed["npm_token"]["enabled"], listed["npm_token"]["origin"]) == (False, "")
    assert (listed["shop_mark"]["origin"], listed["shop_mark"]["category"]) == ("shop.yar", "malicious-sample")
    assert "shop.toml:37: nothing_like_it: no rule has this key" in result.stderr
    assert "origin       shop.toml:9" in run("show", "shop_telnet").stdout


def test_the_schema_fits_what_is_read() -> None:
    schema = json.loads(run("schema").stdout)
    jsonschema.validate(tomllib.loads(GOOD), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"pattern": [{"id": "x", "titel": "t"}]}, schema)


def test_a_folder_of_foreign_rules_is_used_but_for_its_bad_ones(reference_data: Path, tmp_path: Path) -> None:
    folder = reference_data / "rules"
    (tmp_path / "bad.yar").write_text("rule broken { condition: $x }\n")
    read = read_files([folder, tmp_path])
    trial = check_files(read.contents, read.problems)
    assert [(Path(one.file).name, one.line, one.rule) for one in trial.problems] == [("bad.yar", 1, "broken")]
    yara = sum(len(yara_names(path.read_bytes())) for path in folder.rglob("*.yar"))
    found = Counter(one.category for one in trial.rules)
    assert yara > 100 and found["malicious-sample"] >= yara and found["sensitive-file"] > 200
