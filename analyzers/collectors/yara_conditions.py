"""Whether a rule of YARA may match, as far as that follows from which of its strings occur.

The answer errs to "may": counts above one, sizes and everything behind `not` are taken as given. Source: YARA-X documentation,
"Conditions".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence, Set

Condition = Callable[[Set[str]], bool]
"""Of the strings that occur, each named `rule$string`."""

_WORD = re.compile(r"\s*(\$\w*\*?|#\w+|\w+|[<>=!]=?|[(),])")
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})


def may_match(rule: str, text: str, strings: Sequence[str], known: Mapping[str, Condition]) -> Condition:
    """The condition `text` of a rule with these strings (`$name`); `known` are those of the rules before it. Raises ValueError for what is
    not understood."""
    reader = _Reader(rule, text, strings, known)
    condition = reader.either()
    reader.expect("")
    return condition


def _always(_seen: Set[str]) -> bool:
    return True


class _Reader:
    """By the precedence of YARA: `not`, `and`, `or`."""

    def __init__(self, rule: str, text: str, strings: Sequence[str], known: Mapping[str, Condition]) -> None:
        self._rule, self._strings, self._known = rule, strings, known
        self._words: list[str] = []
        end = 0
        while text[end:].strip():
            word = _WORD.match(text, end)
            if word is None:
                raise ValueError(f"{rule}: not understood: {text[end:].strip()[:40]}")
            self._words.append(word[1])
            end = word.end()
        self._words = [*reversed(self._words)]

    def either(self) -> Condition:
        parts = [self._both()]
        while self._take("or"):
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else lambda seen: any(part(seen) for part in parts)

    def expect(self, word: str) -> None:
        found = self._next()
        if found != word:
            raise ValueError(f"{self._rule}: {found or 'the end'} stands where {word or 'the end'} was expected")

    def _both(self) -> Condition:
        parts = [self._one()]
        while self._take("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else lambda seen: all(part(seen) for part in parts)

    def _one(self) -> Condition:
        word = self._next()
        if word == "not":
            self._one()
            return _always
        if word == "(":
            inside = self.either()
            self.expect(")")
            return inside
        if word == "filesize":
            self._compared()
            return _always
        if word.startswith("#"):
            return self._counted(self._named(f"${word[1:]}"))
        if word.startswith("$"):
            name = self._named(word)
            return lambda seen: name in seen
        if word in ("any", "all") or word.isdigit():
            return self._of(word)
        if word in self._known:
            return self._known[word]
        raise ValueError(f"{self._rule}: {word or 'the end'} is not understood")

    def _counted(self, name: str) -> Condition:
        sign, number = self._compared()
        present = (sign == ">" or (sign in (">=", "==") and number != "0")) and number.isdigit()
        return (lambda seen: name in seen) if present else _always

    def _compared(self) -> tuple[str, str]:
        sign, number = self._next(), self._next()
        if sign not in _COMPARISONS or not number[:1].isdigit():
            raise ValueError(f"{self._rule}: {sign} {number} is not a comparison with a number")
        return sign, number

    def _of(self, count: str) -> Condition:
        self.expect("of")
        names = self._set()
        least = {"any": 1, "all": len(names)}.get(count) or int(count)
        return lambda seen: sum(name in seen for name in names) >= least

    def _set(self) -> tuple[str, ...]:
        if self._take("them"):
            return tuple(self._named(one) for one in self._strings)
        self.expect("(")
        names = []
        while True:
            word = self._next()
            stated = [one for one in self._strings if one.startswith(word[:-1])] if word.endswith("*") else [word]
            names += [self._named(one) for one in stated]
            if not self._take(","):
                self.expect(")")
                return tuple(names)

    def _named(self, string: str) -> str:
        if string not in self._strings:
            raise ValueError(f"{self._rule}: {string or 'the end'} is none of its strings")
        return self._rule + string

    def _take(self, word: str) -> bool:
        taken = bool(self._words) and self._words[-1] == word
        if taken:
            self._words.pop()
        return taken

    def _next(self) -> str:
        return self._words.pop() if self._words else ""
