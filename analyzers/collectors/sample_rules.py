"""The rules that the product brings along and those of the user, as one scan that gives typed and scored hits."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import re2
import yara_x

from analyzers.collectors.sample_fetched import Span, by_address, unchecked_or_dubious, what_was_fetched_runs
from analyzers.collectors.sample_javascript import encoded_text_runs, purpose_is_malicious
from analyzers.collectors.sample_php import page_hides_its_calls
from analyzers.collectors.sample_places import nothing_runs, only_quotes_commands
from analyzers.collectors.sample_powershell import encoded_command
from analyzers.collectors.sample_requests import runs_what_it_got, stores_what_visitors_name
from analyzers.collectors.sample_shell import hidden_words_run
from analyzers.collectors.sample_theft import sends_to_an_address
from analyzers.collectors.sample_types import classify
from analyzers.collectors.user_yara import UserRules
from analyzers.collectors.yara_cache import Sources, compiled_rules
from analyzers.collectors.yara_prefilter import YaraPrefilter
from analyzers.collectors.yara_rules import CompiledRules, RuleHit, RuleScanner

RULES = Path(__file__).parent.parent / "malicious_samples" / "rules"
SETS = {"binary": ("binary",), "page": ("page",), "text": ("text",), "script": ("text", "script")}  # set: folders of RULES
# Set: the one that its strings are looked for with, before YARA looks. For the few pages it would not pay.
PREFILTERS = {"binary": "binary", "text": "script", "script": "script"}
USER_SUFFIXES = (".yar", ".yara")
NOTICE = 65
SHOWN = 96
LINE = 160
SECRET = re.compile(r"(?i)((?:pass(?:word|wd)?|pwd|secret|token|api_?key|access_?key|auth)[\"']?\s*(?:=>|[:=])\s*[\"']?)[^\s\"'&,;]+")
LOGIN = re.compile(r"(://[^\s/:@]*:)[^\s/@]+@")
COMMENT = re.compile(rb"(?m)^[ \t]*#(?!!)(?![^\n]*\?>)[^\n]*")  # from the line's beginning; `?>` ends one of PHP
SLASHED_COMMENT = re.compile(COMMENT.pattern + rb"|^[ \t]*(?://(?![^\n]*\?>)[^\n]*|/\*[^\n]*?\*/)")
SLASHED_NAME = re.compile(
    r"(?i)\.(?:php\d?|phtml|inc|module|[cm]?[jt]sx?|java|jspx?|c|cc|cpp|cxx|hh?|hpp|cs|go|rs|swift|kts?|scala|groovy|gradle|dart|a[sm][hmp]x|asax"
    r"|html?|vue|svelte|s?css|less|json[5c]?)(?:\.\w{1,8})?$"
)
SLASHED_TEXT = re2.compile(rb"<\?(?:php|=|\s)|<%|(?i:<script)|\A#![^\n]*(?:node|deno|bun|php)\b")
CONFIRM: Mapping[str, Callable[[bytes, Span], Span | None]] = {  # what rules name in their meta
    "fetched": what_was_fetched_runs, "address": by_address, "unchecked": unchecked_or_dubious,
    "powershell": encoded_command, "javascript": purpose_is_malicious,
    "request": runs_what_it_got, "uploader": stores_what_visitors_name,
    "encoded": encoded_text_runs, "page": page_hides_its_calls, "shell": hidden_words_run, "theft": sends_to_an_address,
}  # fmt: skip
OPAQUE = re.compile(r"(?=[A-Za-z0-9+/_=.-]{0,63}\d)([A-Za-z0-9+_=-]{4})[A-Za-z0-9+/_=-]{16,}")


@dataclass(frozen=True, slots=True)
class Hit:
    """One reason to call a file malicious. `source`: yara, heuristic, hash-list, test-file; `details` are strings for the fact."""

    type: str
    score: int
    source: str
    rule: str
    line: int = 0
    excerpt: str = ""
    details: Mapping[str, str] = field(default_factory=dict)


def masked(text: str) -> str:
    """An excerpt without what could be a secret: values of passwords and keys, logins in URLs, long opaque words."""
    return OPAQUE.sub(r"\1***", LOGIN.sub(r"\1***@", SECRET.sub(r"\1***", text)))


def excerpt_at(data: bytes, offset: int, length: int) -> str:
    """What matched, printable and masked, with a little of its line before it."""
    if offset < 0:
        return ""
    begin = max(data.rfind(b"\n", max(0, offset - 24), offset) + 1, offset - 24)
    raw = data[begin : offset + min(max(length, 1), SHOWN)]
    text = "".join(char if char.isprintable() else " " for char in raw.decode("utf-8", "replace"))
    return masked(" ".join(text.split()))[:LINE]


@lru_cache(maxsize=1)
def own_sources() -> Mapping[str, Sources]:
    """(name, content) of the rule files of the package, by set."""
    files = {name: [path for folder in folders for path in sorted((RULES / folder).glob("*.yar"))] for name, folders in SETS.items()}
    return {name: tuple((path.stem, path.read_bytes()) for path in paths) for name, paths in files.items()}


def own_rules(cache: str = "") -> Mapping[str, CompiledRules]:
    """The rules of the package, by set."""
    return {name: compiled_rules(sources, cache) for name, sources in own_sources().items()}


@lru_cache(maxsize=4)
def own_prefilter(name: str, cache: str = "") -> YaraPrefilter:
    """Of a set of the package's rules, once per process."""
    return YaraPrefilter(own_sources()[name], cache)


class SampleRules:
    """Scanners over all rules; one instance a blob. `problems`: (file name, reason) of rules of the user that cannot be used. `cache`: a
    folder for compiled rules, or empty."""

    def __init__(self, rule_files: Mapping[str, bytes], cache: str = "") -> None:
        sources = tuple(sorted((name, content) for name, content in rule_files.items() if name.lower().endswith(USER_SUFFIXES)))
        theirs = compiled_rules(sources, cache)
        self._theirs = UserRules(sources, theirs)
        self.problems = theirs.problems
        self.has_user_rules = theirs.count > 0
        self._own: dict[str, RuleScanner] = {}
        self._cache = cache

    @property
    def left_out(self) -> list[str]:
        """Rule files of users that took too long too often."""
        return self._theirs.left_out

    def scan(self, data: bytes, sets: tuple[str, ...], path: str, text: bool) -> tuple[list[Hit], list[str]]:
        """Hits of our rules of these sets and of all user rules; and the names of the sets and rule files that took too long."""
        hits: list[Hit] = []
        late: list[str] = []
        for name in sets:
            if not self._may_match(name, data):
                continue
            try:
                found = _found(self._scanner(name), data, text, path)
            except yara_x.TimeoutError:
                late.append(f"our rules for {name}")
                continue
            hits += [_in_place(_typed(hit, data, text, own=True), hit, data, path) for hit in found]
        if self.has_user_rules:
            theirs, late_files = self._theirs.scan(data, path)
            hits += [_typed(hit, data, text, own=False) for hit in theirs]
            late += late_files
        return hits, late

    def _scanner(self, name: str) -> RuleScanner:
        """Most layers need few of them: each is made when the first file may match."""
        if name not in self._own:
            self._own[name] = RuleScanner(compiled_rules(own_sources()[name], self._cache))
        return self._own[name]

    def _may_match(self, name: str, data: bytes) -> bool:
        strings = PREFILTERS.get(name)
        return strings is None or own_prefilter(strings, self._cache).may_match(data)


def _found(scanner: RuleScanner, data: bytes, text: bool, path: str) -> list[RuleHit]:
    """What matches. Rules with `code` in their meta look for what runs: they have to match without the lines that are comments too. To a
    shell `//tmp/a` is a command."""
    found = scanner.scan(data)
    if not text or not any(hit.meta.get("code") for hit in found):
        return _confirmed(found, data)
    comment = SLASHED_COMMENT if SLASHED_NAME.search(path) or SLASHED_TEXT.search(data) else COMMENT
    bare = comment.sub(lambda line: b" " * len(line[0]), data)
    without = found if bare == data else scanner.scan(bare)
    plain, code = [hit for hit in found if not hit.meta.get("code")], [hit for hit in without if hit.meta.get("code")]
    return _confirmed(plain, data) + _confirmed(code, bare)


def _confirmed(found: list[RuleHit], data: bytes) -> list[RuleHit]:
    """The hits, without those of rules that only find candidates where the closer look says no."""
    return [seen for hit in found if (seen := _looked_at(hit, data))]


def _looked_at(hit: RuleHit, data: bytes) -> RuleHit | None:
    look = CONFIRM.get(str(hit.meta.get("confirm", "")))
    span = look(data, Span(hit.offset, hit.length)) if look else None
    if look is None or span is None:
        return hit if look is None else None
    score = hit.meta.get("score", 0)
    kept = min(score, span.most) if isinstance(score, int) else score
    return replace(hit, offset=span.offset, length=span.length, meta={**hit.meta, "score": kept})


def _in_place(typed: Hit, hit: RuleHit, data: bytes, path: str) -> Hit:
    """Code that stands where nothing runs it is worth a note, not more. `shell` in a rule's meta: it looks for commands of a shell."""
    shown = hit.meta.get("code") and nothing_runs(path, data)
    quoted = hit.meta.get("shell") and only_quotes_commands(path, data)
    return replace(typed, score=min(typed.score, NOTICE)) if shown or quoted else typed


def _typed(hit: RuleHit, data: bytes, text: bool, own: bool) -> Hit:
    name, score = classify(hit.rule, hit.tags, hit.meta)
    kept = {key: str(hit.meta[key])[:300] for key in ("family", "description", "reference", "author") if key in hit.meta}
    if own and hit.meta.get("unowned"):
        kept["unowned"] = "1"
    if not own:
        kept["file"] = hit.namespace
    line = data.count(b"\n", 0, hit.offset) + 1 if text and hit.offset >= 0 else 0
    source = "heuristic" if own and hit.meta.get("source") == "heuristic" else "yara"
    return Hit(name, score, source, hit.rule, line, excerpt_at(data, hit.offset, hit.length) if text else "", kept)
