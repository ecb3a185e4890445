"""The shell reader: what it sees in scripts, and that nothing makes it fail or run away."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.shell.reader import MAX_COMMANDS, Budget, parse
from analyzers.shell.tree import Command, commands


def read(text: str) -> list[Command]:
    return list(commands(parse(text, Budget())))


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a && b || c; d & e", ["a", "b", "c", "d", "e"]),
        ("a \\\n  -x | b", ["a", "b"]),
        ("if a; then b; elif c; then d; else e; fi; f", ["a", "b", "c", "d", "e", "f"]),
        ("for x in 1 2; do a $x; done | b", ["a", "b"]),
        ("while a; do b; done; until c; do d; done", ["a", "b", "c", "d"]),
        ("case $x in a|b) one ;; (c) two && three ;; *) ;; esac; four", ["one", "two", "three", "four"]),
        ("( a; b ) && { c; d; }", ["a", "b", "c", "d"]),
        ("f() { a; }; f", ["a", "f"]),
        ("echo $(a | b) `c`", ["echo", "a", "b", "c"]),
        ('x="$(a "$(b)")" c', ["c", "a", "b"]),
        ("bash -c 'a && bash -c \"b\"'", ["bash", "a", "bash", "b"]),
        ("sudo -u x env A=1 timeout -k 5 10 nice -n 3 a --flag", ["a"]),
        ("a # b; c\nd", ["a", "d"]),
        ("echo '#' a#b; c", ["echo", "c"]),
        ("cat <<EOF | a\nb; c\nEOF\nd", ["cat", "a", "d"]),
        ("bash <<'X'\na\nX\nb", ["bash", "a", "b"]),
        ("[[ -e x && -n y ]] && a", ["[[", "a"]),
        ("a <(b) > >(c)", ["a", "b", "c"]),
        ("export A=$((1+2)) B=${x:-$(y)}; a", ["export", "a"]),
        ("$'\\x63url' x", ["curl"]),
        ("eval 'a b'", ["eval", "a"]),
        ("find . -exec a {} \\; -o -execdir nice b {} + ; c", ["find", "a", "b", "c"]),
        ("find . -ok sh -c 'a; b' ';' -exec", ["find", "sh", "a", "b"]),
        ("/usr/bin/CURL x", ["curl"]),
        ("! a", ["a"]),
    ],
)
def test_names_of_the_commands(text: str, names: list[str]) -> None:
    assert [command.name for command in read(text)] == names


def test_words_assignments_and_redirections() -> None:
    (command,) = read("""A=1 B="x y" tee 'a b' "c$d" e\\ f >>/x 2>&1 <<< z""")
    assert (command.name, command.args) == ("tee", ("a b", "c$d", "e f"))
    assert [(name, word.text) for name, word in command.assignments] == [("A", "1"), ("B", "x y")]
    assert [(one.descriptor, one.operator, one.target.text) for one in command.redirections] == [
        ("", ">>", "/x"), ("2", ">&", "1"), ("", "<<<", "z"),
    ]  # fmt: skip


def test_here_documents_in_order() -> None:
    first, second, third = read("a <<X <<-'Y'\n1\nX\n\t2\n\tY\nb <<Z\n3\nZ\nc")
    assert [one.body for one in first.redirections] == ["1\n", "\t2\n"]
    assert (second.redirections[0].body, third.name) == ("3\n", "c")


@given(st.text(alphabet="ab$(){}[]<>|&;\"'`\\\n #=-!x"))
def test_any_text_is_read(text: str) -> None:
    read(text)


@pytest.mark.parametrize("piece", ["$(", "(", "{ ", "`", '"$(', "${", "if ", "case x in ", "bash -c '", "f() ", "<(", "cat <<E\n", "a=("])
def test_deep_nesting_ends(piece: str) -> None:
    budget = Budget()
    parse(piece * 20_000, budget)
    assert budget.characters < 400_000


def test_limits_are_told() -> None:
    budget = Budget(characters=10)
    assert [command.name for command in commands(parse("abc; def; ghi", budget))] == ["abc", "def"]
    assert budget.cut
    budget = Budget()
    assert len(list(commands(parse("a;" * 30_000, budget)))) == MAX_COMMANDS
    assert budget.cut
