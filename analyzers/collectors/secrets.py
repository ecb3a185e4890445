"""The content collector for secrets: every regular file, whole or in windows, gives masked Secret facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from analyzers.collectors.key_files.damaged import damage
from analyzers.collectors.notebooks import ENDING
from analyzers.collectors.open_files import OpenFiles
from analyzers.collectors.patterns.engine import Found
from analyzers.collectors.patterns.values import mask, value_id
from analyzers.collectors.secret_scan import SecretScan
from analyzers.collectors.user_patterns import fingerprint
from analyzers.collectors.vpn_logins import login, named_login
from analyzers.contract import OVERLAP, BaseCollector, FileView, PassContext, Wanted
from analyzers.user_rules.load import sources
from schemas.facts import Fact, Secret, Skipped
from schemas.vocabulary import Level, Reason

MAX_SECRETS = 200
MAX_LOGINS = 10_000
_LOWER = {Level.HIGH: Level.MEDIUM, Level.MEDIUM: Level.LOW, Level.LOW: Level.LOW}
_ASIDE = re.compile(
    r"(?i)(?:^|/)(?:tests?|testing|test[_-]?(?:data|suites?|utils?|fixtures?|keys?|certs?|resources?|assets?|helpers?)|__tests__|unittests?"
    r"|(?:integ|integration|functional|e2e)(?:[_-]?tests?)|e2e|specs?|examples?|samples?|docs?|documentation|man|fixtures?|mocks?|demos?|tutorials?)/"
    r"|\.(?:example|sample|template|tmpl|tpl|dist|md|rst|adoc|markdown)(?:\.gz)?$|(?:^|[/_.-])(?:tests?|samples?|examples?)[_.-][^/]*$|_test\.(?:go|py|rb)$|\.(?:spec|test)\.[jt]sx?$|(?:^|/)(?:readme|changelog)[^/]*$"
)
# Content of published packages: whoever wants it has it already.
_PUBLISHED = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|bower_components|gems/[^/]+-\d[^/]*|pkg/mod|vendor/bundle|perl5|go/src|google-cloud-sdk)/|^usr/share/(?!nginx/html|www)"
    r"|(?:^|/)(?:\.m2/repository|\.gradle/caches|\.ivy2|_cacache|\.cargo/registry|\.nuget/packages|\.yarn/cache|\.cache/(?:pip|uv|yarn|composer))/"
    r"|\.(?:whl|gem|crate|nupkg)!/|\.tgz!/package/|!/(?:[^!]*/)?lib/[^/!]+\.jar!/"
)


@dataclass
class _Pending:
    """What the earlier windows of a large file gave: facts without the file's md5, identities seen, lines passed."""

    path: str
    archive: str
    facts: list[Secret] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    lines: int = 0
    left_out: set[str] = field(default_factory=set)


class Secrets(BaseCollector):
    """Looks for credentials in the content of every file. Option `cache`: a folder where the compiled patterns are kept.

    Each Secret has in `details` the `md5` of its file in the layer (empty when that was cut short), for a member of an archive the path of
    that `archive`, and what is known of the value: `kind`, `bits` and `protected` of a private key, `algorithm` and `expires_epoch_s` of a
    token, `lowered` when the folder made it one level lower."""

    name: ClassVar[str] = "secrets"
    version: ClassVar[int] = 19
    tells: ClassVar[tuple[type[Fact], ...]] = (Secret,)
    wanted: ClassVar[Wanted] = Wanted(everything=True, windows=True, inside=True, digests=True)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._scan = SecretScan(context.options.get("cache", ""), context.rule_files)
        self._open: OpenFiles[_Pending] = OpenFiles(lambda file: _Pending(file.path, file.entry.archive))
        self._inside: list[Secret] = []  # facts of members, until the md5 of their archive is known
        self._logins: dict[str, list[Fact]] = {}  # of files that may be logins, until a configuration names them
        self._named: set[str] = set()

    @classmethod
    def rules_of(cls, context: PassContext) -> str:
        return fingerprint(sources(context.rule_files))

    def collect(self, file: FileView) -> Iterable[Fact]:
        """Secret facts, after a file's last window; Skipped(expansion_limit) for each bound that left something out, Skipped(unreadable)
        for a key file that is damaged. An archive that is opened is not looked at itself: its members are."""
        data = b"" if file.opened else recoded(file.data)
        left_out: set[str] = set()
        if file.path.endswith(ENDING) and not (file.offset == 0 and file.final):
            left_out.add("the cells of a notebook that is too large to be read as a whole")
        found = [] if file.opened else self._scan.secrets_in(data, file.path, told=left_out.add)
        if file.offset or not file.final or found or left_out or self._open or self._inside:
            yield from self._read(file, data, found, left_out)
        if file.offset == 0 and file.final and not file.entry.archive:
            self._named |= named_login(file.path, data)
            if not found and len(self._logins) < MAX_LOGINS and (one := login(data)):
                self._add(pending := _Pending(file.path, ""), one, data)
                self._logins[file.path] = list(self._with_md5(pending.facts, file.md5))
        if file.offset == 0 and file.final and not file.opened and (why := damage(file.path, file.data)):
            yield Skipped(path=file.path, collector=self.name, reason=f"{Reason.UNREADABLE}: {why}")

    def _read(self, file: FileView, data: bytes, found: Iterable[Found], left_out: set[str]) -> Iterator[Fact]:
        """What a file with secrets, a window, or the file after those gives."""
        pending, cut = self._open.take(file)
        pending.left_out |= left_out
        for one in cut:
            yield from self._ended(one, "")
        for candidate in found:
            self._add(pending, candidate, data)
        pending.lines += 0 if file.final else data.count(b"\n", 0, max(0, len(data) - OVERLAP))
        if file.final:
            known = pending.facts or (self._inside and not pending.archive)
            yield from self._ended(pending, file.md5 if known and not pending.archive else "")

    def finish(self) -> Iterable[Fact]:
        for one in self._open.drain():
            yield from self._ended(one, "")
        yield from self._with_md5(self._inside, "")
        for path in sorted(self._named & self._logins.keys()):
            yield from self._logins[path]

    def _add(self, pending: _Pending, one: Found, data: bytes) -> None:
        identity = value_id(self.context.secret_key, one.value)
        if (one.rule.key, identity) in pending.seen:
            return
        if len(pending.facts) >= MAX_SECRETS:
            pending.left_out.add(f"more than {MAX_SECRETS} secrets in one file")
            return
        pending.seen.add((one.rule.key, identity))
        level, details = one.level or one.rule.level, dict(one.details)
        if pending.archive:
            details["archive"] = pending.archive
        why = (
            "test, example or documentation"
            if _ASIDE.search(pending.path)
            else "published package"
            if _PUBLISHED.search(pending.path)
            else ""
        )
        if why and _LOWER[level] != level:
            level, details["lowered"] = _LOWER[level], why
        line = pending.lines + data.count(b"\n", 0, one.start) + 1
        fact = Secret(
            path=pending.path,
            rule=one.rule.key,
            line=line,
            excerpt=mask(one.value),
            value_id=identity,
            level=level,
            confidence=one.confidence,
            details=details,
        )
        pending.facts.append(fact)

    def _ended(self, pending: _Pending, md5: str) -> Iterator[Fact]:
        """The facts of a file that nothing more comes of; those of a member wait for its archive."""
        for what in sorted(pending.left_out):
            yield Skipped(path=pending.path, collector=self.name, reason=f"{Reason.EXPANSION_LIMIT}: {what}")
        if pending.archive:
            self._inside += pending.facts
            return
        yield from self._with_md5([one for one in self._inside if one.details["archive"] == pending.path], md5)
        yield from self._with_md5([one for one in self._inside if one.details["archive"] != pending.path], "")
        self._inside = []
        yield from self._with_md5(pending.facts, md5)

    @staticmethod
    def _with_md5(facts: Iterable[Secret], md5: str) -> Iterator[Fact]:
        for fact in facts:
            yield fact.model_copy(update={"details": {**fact.details, "md5": md5}})


def recoded(data: bytes) -> bytes:
    """UTF-16 text, with a byte order mark or seen by its alternating zeros, as UTF-8; anything else as it is. Line ends stay."""
    head = data[:128]
    if b"\0" not in head or head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return data
    if head.startswith(b"\xff\xfe") or (len(head) >= 16 and not any(head[1::2]) and all(head[0::2])):
        return data.decode("utf-16-le", "replace").lstrip("\ufeff").encode("utf-8", "replace")
    if head.startswith(b"\xfe\xff") or (len(head) >= 16 and not any(head[0::2]) and all(head[1::2])):
        return data.decode("utf-16-be", "replace").lstrip("\ufeff").encode("utf-8", "replace")
    return data
