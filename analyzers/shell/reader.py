"""A reader of shell scripts: POSIX grammar with what bash adds, made for looking at scripts, not for running them.

Source: POSIX.1-2017, XCU chapter 2 (token recognition, quoting, redirection, compound commands). Nothing is expanded. A script that
breaks the grammar is read as far as it makes sense: this never raises. A Budget bounds the work over all texts of one image."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analyzers.shell.programs import SHELLS, base_name, run_by_find, shell_text, unwrap
from analyzers.shell.tree import Command, Group, Pipeline, Redirection, Script, Word
from analyzers.shell.words import Words

MAX_DEPTH = 30
MAX_CHARACTERS = 400_000
MAX_COMMANDS = 20_000

_ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)(?:\[[^\]]*\])?\+?=")
_SKIPPED_WORDS = frozenset({"then", "do", "else", "elif", "!", "time", "coproc"})
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
    if name == "find" and depth < MAX_DEPTH:
        nested = tuple(Pipeline((_command(one, (), (), budget, depth + 1),)) for one in run_by_find(rest))
    return Command(name, tuple(word.text for word in rest[1:]), words, assignments, redirections, wrappers, nested)


class _Parser(Words):
    """Recursive descent over one text."""

    def __init__(self, text: str, budget: Budget, depth: int) -> None:
        super().__init__(text)
        self.budget, self.depth = budget, depth

    def nested(self, closer: str) -> Script:
        if self.depth >= MAX_DEPTH:
            self._stop()
            return ()
        self.depth += 1
        script = self.script(frozenset({closer}))
        self.take()
        self.depth -= 1
        return script

    def nested_text(self, text: str) -> Script:
        return parse(text, self.budget, self.depth + 1)

    def _stop(self) -> None:
        """A limit is met: the rest of the text stays unread."""
        self.budget.cut = True
        self.position = len(self.text)
        self.ahead = None

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
            return self._group(self.nested(")"))
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
        return self._group(self.nested(closer))

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
        body = self.document(target.text, token.text == "<<-") if token.text in ("<<", "<<-") else ""
        redirections.append(Redirection(token.text, target.word, token.descriptor, body))
