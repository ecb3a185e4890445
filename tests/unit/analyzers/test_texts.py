"""Translated sentences: what is found, what stays English, what a place may hold."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import analyzers
from analyzers.baseline import ITEMS, Selection, user_items
from analyzers.contract import Match
from analyzers.malicious_samples.advice import ADVICE, TITLES
from analyzers.priority import priority_of
from analyzers.rule_list import every_rule
from analyzers.sensitive_files.classes import CLASS_TITLES
from analyzers.texts import LANGUAGES, Texts, read_texts, rule_texts
from analyzers.user_rules.load import load_rules, sources
from analyzers.vulnerability_findings import _impact

ANALYZERS = Path(analyzers.__file__).parent
OWN_LETTERS = {"ja": re.compile("[぀-ヿ㐀-鿿]"), "zh": re.compile("[㐀-鿿]")}
FOREIGN_LETTERS = {"ja": re.compile("[，；：（）]"), "zh": re.compile("[぀-ヿ「」]")}
"""Kana in Chinese is a slip; so is the punctuation of Chinese texts in Japanese."""
CHARACTERS = {"ja": "shift_jis", "zh": "gb2312"}
"""JIS X 0208 and GB 2312 hold what texts of today are written with, and not the forms of characters that the other language has."""
TYPED = re.compile(r"`[^`]+`|\{[a-z]+\}|--[a-z-]+|CVE-[0-9-]+|\b[A-Z][A-Z_]{3,}\b(?<!HTTPS)|\b[0-9]{2,}\b|[a-z]+_[a-z_]+|/[a-z]+/[a-z/.]+")


@pytest.fixture(params=LANGUAGES[1:])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


EVERY_CHECK = b"""
[[baseline]]
id = "a"
title = "t"
check = "package"
name = "telnet"
[[baseline]]
id = "b"
title = "t"
check = "file"
path = "a"
max_mode = "0644"
[[baseline]]
id = "c"
title = "t"
check = "line"
path = "a"
regex = "a"
expect = "absent"
[[baseline]]
id = "d"
title = "t"
check = "port"
port = 22
"""

TEXTS = Texts(
    {
        "Stripe secret key": "Stripe の秘密鍵",
        "Update {package} to {version} or later.": "{package} を {version} 以降に更新してください。",
        "The file holds a credential: {text}.": "このファイルには認証情報があります: {text}。",
    }
)


def test_a_sentence_without_translation_stays_english() -> None:
    assert TEXTS("Rotate the key.") == "Rotate the key."
    assert TEXTS("") == ""


def test_named_places_are_kept_as_they_are() -> None:
    assert TEXTS("Update Stripe secret key to 1.2~rc1+{x} or later.") == "Stripe secret key を 1.2~rc1+{x} 以降に更新してください。"


def test_a_text_inside_a_sentence_is_translated_itself() -> None:
    assert TEXTS("The file holds a credential: Stripe secret key.") == "このファイルには認証情報があります: Stripe の秘密鍵。"
    assert TEXTS("The file holds a credential: stripe secret key.") == "このファイルには認証情報があります: Stripe の秘密鍵。"
    assert TEXTS("The file holds a credential: other.") == "The file holds a credential: other."


@given(st.text(min_size=1), st.text(min_size=1))
def test_whatever_stands_in_a_place_comes_out_of_it(package: str, version: str) -> None:
    """Names and versions come from images: signs of patterns, braces and line ends among them."""
    shown = TEXTS(f"Update {package} to {version} or later.")
    assert shown.startswith(package[0]) and shown.endswith(f"{version[-1]} 以降に更新してください。")
    if " to " not in f"{package} {version}":
        assert shown == f"{package} を {version} 以降に更新してください。"


def test_english_needs_no_translation() -> None:
    assert rule_texts("en").entries == {}
    assert rule_texts("en")("The image holds sudo") == "The image holds sudo"


def test_tables_of_all_folders_are_read(tmp_path: Path) -> None:
    for name, line in (("one", '"a" = "A-ja"'), ("two", '"b" = "B-ja"')):
        (tmp_path / name / "texts").mkdir(parents=True)
        (tmp_path / name / "texts" / "ja.toml").write_text(f"[title]\n{line}\n", "utf-8")
    (tmp_path / "three").mkdir()
    assert read_texts([tmp_path / "one", tmp_path / "two", tmp_path / "three"], "ja").entries == {"a": "A-ja", "b": "B-ja"}
    assert read_texts([tmp_path / "one"], "zh").entries == {}


def test_every_rule_speaks_every_language(language: str) -> None:
    texts, missing = rule_texts(language), set()
    for rule in every_rule():
        missing |= {text for text in (rule.title, rule.description, rule.advice) if text and texts(text) == text}
    assert missing == set()


def test_outcomes_of_items_speak_every_language(language: str) -> None:
    texts = rule_texts(language)
    off = {Selection(chosen=frozenset({"x"})).why_off(ITEMS[0]), Selection(disabled=frozenset({ITEMS[0].rule})).why_off(ITEMS[0])}
    off |= {Selection().why_off(item) for item in ITEMS} - {""}
    assert len(off) == 3
    own = (one.need.absent for one in user_items(load_rules(sources({"a.toml": EVERY_CHECK})).baseline))
    assert {text for text in (*off, *own, *(item.need.absent for item in ITEMS)) if texts(text) == text} == set()


def test_types_and_classes_of_findings_speak_every_language(language: str) -> None:
    named = (*TITLES.values(), *ADVICE.values(), *CLASS_TITLES.values())
    assert {text for text in named if rule_texts(language)(text) == text} == set()
    assert rule_texts(language)("Cryptocurrency miner: XMRig") == rule_texts(language)("{text}: {family}").format(
        text=rule_texts(language)("Cryptocurrency miner"), family="XMRig"
    )
    assert rule_texts(language)("openssl: use after free") == "openssl: use after free"


def impacts() -> Iterator[str]:
    """All combinations that a CVSS vector, the package's dependants and a restart give."""
    for attack, login, user, harmed, users, restart in product(
        "NAL", "NL", "NR", product("NH", repeat=3), ((), "a", "abcdefg"), (False, True)
    ):
        vector = f"CVSS:3.1/AV:{attack}/AC:L/PR:{login}/UI:{user}/S:U/C:{harmed[0]}/I:{harmed[1]}/A:{harmed[2]}"
        match = Match("p", "CVE-2026-1", (), (), fixed_version="2", vectors=(("nvd", vector),))
        yield _impact(match, priority_of(match, date(2026, 1, 1)), restart, tuple(users))


def test_every_impact_of_a_flaw_speaks_every_language(language: str) -> None:
    for impact in impacts():
        told = rule_texts(language).each(impact)
        assert told != impact and not re.search("[a-z]{3}", told)


def test_translations_are_in_their_language_and_keep_what_is_typed(language: str) -> None:
    """Commands, settings, identifiers and numbers stand in a translation as they stand in the English sentence."""
    for english, translation in rule_texts(language).entries.items():
        assert OWN_LETTERS[language].search(translation) or english == "{text}: {family}", english
        assert not FOREIGN_LETTERS[language].search(translation), translation
        translation.encode(CHARACTERS[language])
        for word in TYPED.findall(english):
            assert word in translation, (english, word)
        assert translation.endswith("。") == (english.endswith(".") and not english.endswith("..")), translation


def test_every_translation_is_of_a_sentence_that_is_said(language: str) -> None:
    """A sentence that was changed in English leaves its translation behind: it has to go or to follow."""
    said = "\n".join(file.read_text("utf-8") for file in ANALYZERS.rglob("*.py")) + "\n".join(impacts())
    rules = {text for rule in every_rule() for text in (rule.title, rule.description, rule.advice)}
    for english in rule_texts(language).entries:
        pieces = [piece.rstrip("(). ") for piece in re.split(r"\{[a-z]+\}", english)]
        assert english in rules or all(piece in said for piece in pieces), english


def test_languages_have_the_same_sentences() -> None:
    assert rule_texts("ja").entries.keys() == rule_texts("zh").entries.keys()


def test_no_sentence_is_translated_twice() -> None:
    """Tables of several categories are read together: the same sentence must not have two translations."""
    for language in LANGUAGES[1:]:
        tables = [tomllib.loads(file.read_text("utf-8")) for file in ANALYZERS.glob(f"**/texts/{language}.toml")]
        given = [pair for table in tables for section in table.values() for pair in section.items()]
        assert len(set(given)) == len({english for english, _ in given})
