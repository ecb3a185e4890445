"""Closer looks at scripts and pages end soon on what was made to slow them, and put together what was taken apart."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from analyzers.collectors.sample_fetched import Span, what_was_fetched_runs
from analyzers.collectors.sample_javascript import encoded_text_runs, purpose_is_malicious
from analyzers.collectors.sample_php import page_hides_its_calls
from analyzers.collectors.sample_places import nothing_runs, only_quotes_commands
from analyzers.collectors.sample_shell import hidden_words_run
from analyzers.collectors.sample_string_arrays import strings_put_back
from analyzers.collectors.sample_theft import sends_to_an_address

LOOKS = (what_was_fetched_runs, encoded_text_runs, purpose_is_malicious, page_hides_its_calls, hidden_words_run, sends_to_an_address)
PIECES = (
    b"a='$a$a$a$a$a$a$a$a';$a", b"$'\\x41", b"$(printf '\\x41", b"base64 QUJDREVGR0hJSktMTU5PUFFSU1RVVldY ",
    b"\n", b"   ", b"$_GET $a=((((((((;",
    b"$_GET $a=$a.$a;", b"$_GET file_put_contents($t,$_GET);", b"curl -d 10.2.3.4 ", b"a='9.2.3.4';",
    b"f() { curl $1; }\nf a b\n", b"\\x41\\u0042",
)  # fmt: skip
LONG = 256 * 1024


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("look", LOOKS)
def test_what_was_made_to_slow_a_closer_look_ends(look: Callable[[bytes, Span], Span | None], piece: bytes) -> None:
    assert look((piece * LONG)[:LONG], Span(0, 1)) is None


@pytest.mark.parametrize("piece", PIECES)
def test_what_was_made_to_slow_the_question_for_the_place_ends(piece: bytes) -> None:
    text = (piece * LONG)[:LONG]
    assert nothing_runs("srv/a.yaml", text)
    assert only_quotes_commands("srv/a.py", text)


def test_a_script_of_calls_that_lead_on_for_ever_is_given_up() -> None:
    array = "var _0x1=['" + "','".join(f"{number:05}" for number in range(2000)) + "'];function _0x2(a,b){a=a-0x0;var s=_0x1[a];return s;}"
    moved = "function f(a,b){return f(a-1,b);}" * 8000
    assert strings_put_back(array + moved).endswith("return f(a-1,b);}")
    told = strings_put_back(array + "_0x2(0x1);" * 40_000)
    assert told.count("'00001'") > 10_000
    assert told.endswith("_0x2(0x1);")


def test_the_sum_that_tells_the_turn_is_looked_for_in_few_places() -> None:
    array = "var _0x1=['a','b'];function _0x2(a,b){a=a-0x0;var s=_0x1[a];return s;}"
    assert strings_put_back(array + "_0x2(0x1);" + "try{var a=parseInt(" * 20_000).count("'b'") == 2


def test_a_text_that_is_doubled_again_and_again_stays_short() -> None:
    page = b"<?php $x = $_GET['a']; $a = 'aaaaaaaa';" + b"$a = $a.$a;" * 60
    assert page_hides_its_calls(page, Span(0, 1)) is None


@pytest.mark.parametrize("given", [b"012", b"'0xzz'", b"'\xb2'", b"0x", b"'" + b"9" * 5000 + b"'", b"''", b"-1"])
def test_numbers_of_any_form_are_read_or_passed_over(given: bytes) -> None:
    assert page_hides_its_calls(b"<?php $x = $_GET['a']; $f = chr(" + given + b"); $f($x);", Span(0, 1)) is None


@pytest.mark.parametrize("s", [b"chr(115)", b"chr(0x73)", b"chr(0163)"])
def test_characters_by_number(s: bytes) -> None:
    page = b"<?php $x = $_GET['a']; $f = " + s + b".'ystem'; $f($x);"
    assert page_hides_its_calls(page, Span(0, 1)) is not None


def test_lists_of_numbers_with_zeros_before_them_are_read() -> None:
    numbers = b",".join(b"%03d" % (one ^ 7) for one in b"fetch('http://198.51.100.7/a')")
    assert purpose_is_malicious(b"var a = [" + numbers + b"]; eval(a.map(c => c ^ 007));", Span(0, 1)) is None
