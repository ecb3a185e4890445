"""A reader of shell scripts: POSIX grammar with what bash adds, made for looking at scripts, not for running them.

Source: POSIX.1-2017, XCU chapter 2 (token recognition, quoting, redirection, compound commands). Nothing is expanded. A script that
breaks the grammar is read as far as it makes sense: this never raises. A Budget bounds the work over all texts of one image."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzers.build_commands.programs import SHELLS, base_name, shell_text, unwrap
from analyzers.build_commands.tree import Command, Group, Pipeline, Redirection, Script, Word

MAX_DEPTH = 30
MAX_CHARACTERS = 400_000
MAX_COMMANDS = 20_000

_BLANK = re.compile(r"(?:[ \t\r]|\\\r?\n)+")
_OPERATOR = re.compile(r"&&|\|\||;;&|;;|;&|\|&|[;&|\n()]")
_REDIRECTION = re.compile(r"(\d{1,4}|\{\w+\})?(&>>|&>|<<<|<<-|<<|<>|<&|>>|>&|>\||<(?!\()|>(?!\())")
_PLAIN = re.compile(r"[^\s\\'\"`$;&|()<>]+")
_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=")
_QUOTED_PLAIN = re.compile(r"[^\\\"`$]+")
_SKIPPED_WORDS = frozenset({"then", "do", "else", "elif", "!", "time", "if", "while", "until", "coproc"})
_CLOSERS = {"{": "}", "if": "fi", "while": "done", "until": "done", "for": "done", "select": "done", "case": "esac"}


@dataclass(slots=True)
class Budget:
    """Characters and commands that may still be read. `cut` tells that something was left out."""

    characters: int = MAX_CHARACTERS
    commands: int = MAX_COMMANDS
    cut: bool = False

    def take(self, text: str) -> str:
        taken = text[: max(self.characters, 0)]
        self.cut = self.cut or len(taken) < len(text)
        self.characters -= len(taken)
        return taken


def parse(text: str, budget: Budget, depth: int = 0) -> Script:
    """The pipelines of a script. Nested texts (`sh -c`, backquotes) are read too, to MAX_DEPTH."""
    if depth >= MAX_DEPTH:
        budget.cut = True
        return ()
    return _Parser(budget.take(text), budget, depth).script()


def command_of(words: tuple[Word, ...], budget: Budget, depth: int = 0) -> Command:
    """The command of words that no shell splits: an exec form."""
    return _command(words, (), (), budget, depth)


def _command(
    words: tuple[Word, ...], assignments: tuple[tuple[str, Word], ...], redirections: tuple[Redirection, ...], budget: Budget, depth: int
) -> Command:
    budget.commands -= 1
    wrappers, rest = unwrap(words)
    name = base_name(rest[0].text) if rest else ""
    text = shell_text(name, rest)
    if text is None and name in SHELLS:
        text = next((one.body or one.target.text for one in redirections if one.operator.startswith("<<")), None)
    nested = parse(text, budget, depth + 1) if text else ()
    return Command(name, tuple(word.text for word in rest[1:]), words, assignments, redirections, wrappers, nested)


_NO_WORD = Word("")


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str  # word, operator, redirection, end
    text: str = ""
    word: Word = _NO_WORD
    bare: bool = False  # a word without quotes, which may be reserved
    descriptor: str = ""


class _Parser:
    """Recursive descent over one text; `position` only moves forward."""

    def __init__(self, text: str, budget: Budget, depth: int) -> None:
        self.text, self.budget, self.depth = text, budget, depth
        self.position = 0
        self._ahead: _Token | None = None
        self._after_documents = 0  # where the line after this one begins, when here-documents stand between

    # tokens

    def peek(self) -> _Token:
        if self._ahead is None:
            self._ahead = self._read()
        return self._ahead

    def take(self) -> _Token:
        token = self.peek()
        self._ahead = None
        return token

    def _read(self) -> _Token:
        while True:
            if blank := _BLANK.match(self.text, self.position):
                self.position = blank.end()
            if self.text.startswith("#", self.position):
                end = self.text.find("\n", self.position)
                self.position = len(self.text) if end < 0 else end
                continue
            break
        if self.position >= len(self.text):
            return _Token("end")
        if found := _REDIRECTION.match(self.text, self.position):
            self.position = found.end()
            return _Token("redirection", found[2], descriptor=found[1] or "")
        if found := _OPERATOR.match(self.text, self.position):
            self.position = max(found.end(), self._after_documents if found[0] == "\n" else 0)
            return _Token("operator", found[0])
        start = self.position
        word = self._word()
        return _Token("word", word.text, word, bare=self.text[start : self.position] == word.text)

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
        inner.extend(self._nested(")"))
        parts.append(sign + self.text[start : self.position])

    def _nested(self, closer: str) -> Script:
        if self.depth >= MAX_DEPTH:
            self._stop()
            return ()
        self.depth += 1
        script = self.script(frozenset({closer}))
        self.take()
        self.depth -= 1
        return script

    def _backquoted(self, parts: list[str], inner: list[Pipeline]) -> None:
        start = end = self.position + 1
        while end < len(self.text) and self.text[end] != "`":
            end += 2 if self.text[end] == "\\" else 1
        parts.append(self.text[self.position : end + 1])
        inner.extend(parse(re.sub(r"\\([`$\\])", r"\1", self.text[start:end]), self.budget, self.depth + 1))
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

    def _stop(self) -> None:
        """A limit is met: the rest of the text stays unread."""
        self.budget.cut = True
        self.position = len(self.text)
        self._ahead = None

    # grammar

    def script(self, until: frozenset[str] = frozenset()) -> Script:
        """Pipelines up to one of `until` (an operator, or a word where a command may begin), which stays unread."""
        found: list[Pipeline] = []
        while True:
            token = self.peek()
            if self.budget.commands <= 0 and token.kind != "end":
                self._stop()
                return tuple(found)
            if token.kind == "end" or (token.text in until and (token.kind == "operator" or token.bare)):
                return tuple(found)
            before = self.position
            if token.kind == "operator" and token.text != "(":
                self.take()
                continue
            if pipeline := self._pipeline(until):
                found.append(pipeline)
            elif self.position == before:
                self.take()

    def _pipeline(self, until: frozenset[str]) -> Pipeline | None:
        stages: list[Command | Group] = []
        while True:
            while self.peek().kind == "operator" and self.peek().text == "\n" and stages:
                self.take()
            if self.budget.commands <= 0 and self.peek().kind != "end":
                self._stop()
            if (stage := self._stage(until)) is not None:
                stages.append(stage)
            token = self.peek()
            if token.kind == "operator" and token.text in ("|", "|&"):
                self.take()
                continue
            return Pipeline(tuple(stages)) if stages else None

    def _stage(self, until: frozenset[str]) -> Command | Group | None:
        while (token := self.peek()).kind == "word" and token.bare and token.text not in until:
            if token.text in _CLOSERS:
                return self._compound(token.text)
            if token.text == "function":
                self.take()
                self.take()
                continue
            if token.text not in _SKIPPED_WORDS:
                break
            self.take()
        if token.kind == "operator" and token.text == "(":
            self.take()
            return self._group(self._nested(")"))
        if token.bare and token.text in until:
            return None
        return self._simple()

    def _compound(self, opener: str) -> Group | None:
        closer = _CLOSERS[opener]
        if self.depth >= MAX_DEPTH:
            self._stop()
            return None
        self.take()
        if opener == "case":
            self.depth += 1
            body = self._cases()
            self.depth -= 1
            return self._group(body)
        if opener in ("for", "select"):
            while self.peek().kind == "word" and self.peek().text != "do":
                self.take()
        return self._group(self._nested(closer))

    def _cases(self) -> Script:
        body: list[Pipeline] = []
        while (token := self.peek()).kind == "word" and token.text != "in":
            self.take()
        self.take()
        while (token := self.peek()).kind != "end":
            if token.bare and token.text == "esac":
                break
            while (token := self.peek()).kind != "end" and not (token.kind == "operator" and token.text == ")"):
                if token.bare and token.text == "esac":
                    break
                self.take()
            if token.kind == "operator":
                self.take()
                body.extend(self.script(frozenset({";;", ";&", ";;&", "esac"})))
                if self.peek().kind == "operator":
                    self.take()
        self.take()
        return tuple(body)

    def _group(self, body: Script) -> Group:
        redirections: list[Redirection] = []
        while self.peek().kind == "redirection":
            self._redirection(redirections)
        return Group(body, tuple(redirections))

    def _simple(self) -> Command | None:
        words: list[Word] = []
        assignments: list[tuple[str, Word]] = []
        redirections: list[Redirection] = []
        while True:
            token = self.peek()
            if token.kind == "redirection":
                self._redirection(redirections)
            elif token.kind == "word":
                self.take()
                named = None if words else _ASSIGNMENT.match(token.text)
                if named:
                    assignments.append((named[1], Word(token.text[named.end() :], token.word.inner)))
                else:
                    words.append(token.word)
                if words == [Word("[[")]:
                    self._test()
            elif token.kind == "operator" and token.text == "(" and len(words) == 1 and not assignments:
                self.take()  # NAME() { ... }
                if self.peek().text == ")":
                    self.take()
                return None  # the body is read as what follows
            elif token.kind == "operator" and token.text == "(":
                self.take()
            else:
                break
        if not (words or assignments or redirections):
            return None
        return _command(tuple(words), tuple(assignments), tuple(redirections), self.budget, self.depth)

    def _test(self) -> None:
        """The rest of `[[ ... ]]`, whose operators are no shell operators."""
        while (token := self.peek()).kind != "end" and token.text not in ("]]", "\n", ";"):
            self.take()
        if token.text == "]]":
            self.take()

    def _redirection(self, redirections: list[Redirection]) -> None:
        token = self.take()
        if self.peek().kind != "word":
            return
        target = self.take()
        body = self._document(target.text, token.text == "<<-") if token.text in ("<<", "<<-") else ""
        redirections.append(Redirection(token.text, target.word, token.descriptor, body))

    def _document(self, delimiter: str, tabs: bool) -> str:
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
