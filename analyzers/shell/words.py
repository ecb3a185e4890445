"""The words and operators of a shell script: quoting, expansions, redirections and here-documents.

Source: POSIX.1-2017, XCU 2.2 (quoting), 2.3 (token recognition), 2.6 (word expansions) and 2.7 (redirection). Nothing is expanded."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass

from analyzers.shell.tree import Pipeline, Script, Word

_BLANK = re.compile(r"(?:[ \t\r]|\\\r?\n)+")
_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[;&|\n()]")
_REDIRECTION = re.compile(r"(\d{1,4}|\{\w+\})?(&>>|&>|<<<|<<-|<<|<>|<&|>>|>&|>\||<(?!\()|>(?!\())")
_PLAIN = re.compile(r"[^\s\\'\"`$;&|()<>]+")
_QUOTED_PLAIN = re.compile(r"[^\\\"`$]+")


_NO_WORD = Word("")


@dataclass(frozen=True, slots=True)
class Token:
    kind: str  # word, operator, redirection, end
    text: str = ""
    word: Word = _NO_WORD
    bare: bool = False  # a word without quotes, which may be reserved
    descriptor: str = ""


class Words(ABC):
    """Reads one text token by token; `position` only moves forward. Commands inside of words are read by whoever knows the grammar."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.position = 0
        self.ahead: Token | None = None
        self._after_documents = 0  # where the line after this one begins, when here-documents stand between

    @abstractmethod
    def nested(self, closer: str) -> Script:
        """The script from here up to a closing sign, which is read too."""

    @abstractmethod
    def nested_text(self, text: str) -> Script:
        """The script that a backquoted text is."""

    def peek(self) -> Token:
        if self.ahead is None:
            self.ahead = self._read()
        return self.ahead

    def take(self) -> Token:
        token = self.peek()
        self.ahead = None
        return token

    def _read(self) -> Token:
        while True:
            if blank := _BLANK.match(self.text, self.position):
                self.position = blank.end()
            if self.text.startswith("#", self.position):
                end = self.text.find("\n", self.position)
                self.position = len(self.text) if end < 0 else end
                continue
            break
        if self.position >= len(self.text):
            return Token("end")
        if found := _REDIRECTION.match(self.text, self.position):
            self.position = found.end()
            return Token("redirection", found[2], descriptor=found[1] or "")
        if found := _OPERATOR.match(self.text, self.position):
            self.position = max(found.end(), self._after_documents if found[0] == "\n" else 0)
            return Token("operator", found[0])
        start = self.position
        word = self._word()
        return Token("word", word.text, word, bare=self.text[start : self.position] == word.text)

    def _word(self) -> Word:
        parts: list[str] = []
        inner: list[Pipeline] = []
        while self.position < len(self.text):
            if plain := _PLAIN.match(self.text, self.position):
                parts.append(plain[0])
                self.position = plain.end()
                continue
            sign = self.text[self.position]
            if sign == "'":
                parts.append(self._until_quote())
            elif sign == '"':
                self._double_quoted(parts, inner)
            elif sign == "\\":
                following = self.text[self.position + 1 : self.position + 2]
                parts.append("" if following == "\n" else following)
                self.position += 2
            elif sign in "$`":
                self._expansion(parts, inner)
            elif sign in "<>" and self.text.startswith("(", self.position + 1):
                self.position += 1
                self._substitution(parts, inner, sign)
            elif sign == "(" and parts and parts[-1].endswith("=") and self.text[self.position - 1] == "=":
                self.position += 1
                parts.append(self._balanced("(", ")"))
            else:
                break
        return Word("".join(parts), tuple(inner))

    def _until_quote(self) -> str:
        end = self.text.find("'", self.position + 1)
        end = len(self.text) if end < 0 else end
        text = self.text[self.position + 1 : end]
        self.position = end + 1
        return text

    def _double_quoted(self, parts: list[str], inner: list[Pipeline]) -> None:
        self.position += 1
        while self.position < len(self.text):
            if plain := _QUOTED_PLAIN.match(self.text, self.position):
                parts.append(plain[0])
                self.position = plain.end()
                continue
            sign = self.text[self.position]
            if sign == '"':
                self.position += 1
                return
            if sign == "\\":
                following = self.text[self.position + 1 : self.position + 2]
                parts.append(following if following in '$`"\\' else "" if following == "\n" else sign + following)
                self.position += 2
            else:
                self._expansion(parts, inner)

    def _expansion(self, parts: list[str], inner: list[Pipeline]) -> None:
        """What begins with `$` or a backquote."""
        if self.text[self.position] == "`":
            self._backquoted(parts, inner)
            return
        following = self.text[self.position + 1 : self.position + 2]
        if self.text.startswith("((", self.position + 1):
            self.position += 2
            parts.append("$(" + self._balanced("(", ")"))
        elif following == "(":
            self.position += 1
            self._substitution(parts, inner, "$")
        elif following == "{":
            self.position += 2
            parts.append("${" + self._balanced("{", "}"))
        elif following == "'":
            self.position += 1
            parts.append(_unescaped(self._until_quote()))
        else:
            parts.append("$")
            self.position += 1

    def _substitution(self, parts: list[str], inner: list[Pipeline], sign: str) -> None:
        """`$(...)`, `<(...)`, `>(...)`: read in place up to the closing parenthesis."""
        start = self.position
        self.position += 1
        inner.extend(self.nested(")"))
        parts.append(sign + self.text[start : self.position])

    def _backquoted(self, parts: list[str], inner: list[Pipeline]) -> None:
        start = end = self.position + 1
        while end < len(self.text) and self.text[end] != "`":
            end += 2 if self.text[end] == "\\" else 1
        parts.append(self.text[self.position : end + 1])
        inner.extend(self.nested_text(re.sub(r"\\([`$\\])", r"\1", self.text[start:end])))
        self.position = end + 1

    def _balanced(self, opener: str, closer: str) -> str:
        """Text up to the closing sign, with it; the opening one has been read."""
        start, level = self.position, 1
        for found in re.compile(rf"\\.|'[^']*'|[{re.escape(opener + closer)}]", re.DOTALL).finditer(self.text, start):
            level += (found[0] == opener) - (found[0] == closer)
            if level == 0:
                self.position = found.end()
                return self.text[start : self.position]
        self.position = len(self.text)
        return self.text[start:]

    def document(self, delimiter: str, tabs: bool) -> str:
        """The here-document that begins on the next line, or after the ones before it."""
        newline = self.text.find("\n", self.position)
        if newline < 0:
            return ""
        start = position = max(newline + 1, self._after_documents)
        while position < len(self.text):
            end = self.text.find("\n", position)
            end = len(self.text) if end < 0 else end
            line = self.text[position:end]
            if (line.lstrip("\t") if tabs else line).rstrip("\r ") == delimiter:
                self._after_documents = end + 1
                return self.text[start:position]
            position = end + 1
        self._after_documents = len(self.text)
        return self.text[start:]


_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{1,2})|([0-7]{1,3})|(.))", re.DOTALL)
_SIGNS = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "f": "\f", "v": "\v", "e": "\x1b", "E": "\x1b"}


def _unescaped(text: str) -> str:
    """The text of `$'...'`."""
    return _ESCAPE.sub(_sign, text)


def _sign(found: re.Match[str]) -> str:
    if found[3]:
        return _SIGNS.get(found[3], found[3])
    return chr(int(found[1], 16) if found[1] else int(found[2], 8))
