"""Translated sentences: what is found, what stays English, what a place may hold."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from analyzers.texts import Texts, read_texts, rule_texts

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
    assert TEXTS("The file holds a credential: other.") == "このファイルには認証情報があります: other。"


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
