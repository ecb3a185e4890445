"""The content collector for secrets: every regular file, whole or in windows, gives masked Secret facts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import ClassVar

from analyzers.collectors.patterns.engine import Found
from analyzers.collectors.patterns.values import mask, value_id
from analyzers.collectors.secret_scan import SecretScan
from analyzers.collectors.user_patterns import fingerprint
from analyzers.contract import OVERLAP, BaseCollector, FileView, PassContext, Wanted
from analyzers.user_rules.load import sources
from schemas.facts import Fact, Secret, Skipped
from schemas.vocabulary import Level, Reason

MAX_SECRETS = 200
_LOWER = {Level.HIGH: Level.MEDIUM, Level.MEDIUM: Level.LOW, Level.LOW: Level.LOW}
_ASIDE = re.compile(
    r"(?i)(?:^|/)(?:tests?|testing|test[_-]?data|testsuite|__tests__|unittests?|specs?|examples?|samples?|docs?|documentation|man|fixtures?|mocks?|demos?|tutorials?)/"
    r"|\.(?:example|sample|template|tmpl|tpl|dist|md|rst|adoc|markdown)(?:\.gz)?$|(?:^|/)test_[^/]+\.py$|_test\.(?:go|py|rb)$|\.(?:spec|test)\.[jt]sx?$|(?:^|/)(?:readme|changelog)[^/]*$"
)
# Content of published packages: whoever wants it has it already.
_PUBLISHED = re.compile(
    r"(?:^|/)(?:site-packages|dist-packages|node_modules|bower_components|gems/[^/]+-\d[^/]*|pkg/mod|vendor/bundle|perl5|go/src|google-cloud-sdk)/|^usr/share/(?!nginx/html|www)"
)


@dataclass
class _Pending:
    """What the earlier windows of a large file gave: facts without the file's md5, identities seen, lines passed."""

    path: str
    facts: list[Secret] = field(default_factory=list)
    seen: set[tuple[str, str]] = field(default_factory=set)
    lines: int = 0
    cut: bool = False


class Secrets(BaseCollector):
    """Looks for credentials in the content of every file. Option `cache`: a folder where the compiled patterns are kept.

    Each Secret has in `details` the `md5` of its file (empty when the file was cut short) and what is known of the value: `kind`, `bits`
    and `protected` of a private key, `algorithm` and `expires_epoch_s` of a token, `lowered` when the folder made it one level lower."""

    name: ClassVar[str] = "secrets"
    version: ClassVar[int] = 2
    tells: ClassVar[tuple[type[Fact], ...]] = (Secret,)
    wanted: ClassVar[Wanted] = Wanted(everything=True, windows=True, digests=True)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._scan = SecretScan(context.options.get("cache", ""), context.rule_files)
        self._pending: _Pending | None = None

    @classmethod
    def rules_of(cls, context: PassContext) -> str:
        return fingerprint(sources(context.rule_files))

    def collect(self, file: FileView) -> Iterable[Fact]:
        """Secret facts, after a file's last window; Skipped(expansion_limit) when there were more than MAX_SECRETS."""
        if self._pending is not None and (self._pending.path != file.path or file.offset == 0):
            yield from self._flush("")
        pending = self._pending or _Pending(file.path)
        data = recoded(file.data)
        for one in self._scan.secrets_in(data, file.path):
            self._add(pending, one, data)
        if file.final:
            self._pending = pending
            yield from self._flush(file.md5 if pending.facts else "")
        else:
            pending.lines += data.count(b"\n", 0, max(0, len(data) - OVERLAP))
            self._pending = pending

    def finish(self) -> Iterable[Fact]:
        yield from self._flush("")

    def _add(self, pending: _Pending, one: Found, data: bytes) -> None:
        identity = value_id(self.context.secret_key, one.value)
        if (one.rule.key, identity) in pending.seen:
            return
        if len(pending.facts) >= MAX_SECRETS:
            pending.cut = True
            return
        pending.seen.add((one.rule.key, identity))
        level, details = one.level or one.rule.level, dict(one.details)
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

    def _flush(self, md5: str) -> Iterator[Fact]:
        pending, self._pending = self._pending, None
        if pending is None:
            return
        for fact in pending.facts:
            yield fact.model_copy(update={"details": {**fact.details, "md5": md5}})
        if pending.cut:
            yield Skipped(
                path=pending.path, collector=self.name, reason=f"{Reason.EXPANSION_LIMIT}: more than {MAX_SECRETS} secrets in one file"
            )


def recoded(data: bytes) -> bytes:
    """UTF-16 text, with a byte order mark or seen by its alternating zeros, as UTF-8; anything else as it is. Line ends stay."""
    head = data[:128]
    if head.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")) or b"\0" not in head:
        return data
    if head.startswith(b"\xff\xfe") or (len(head) >= 16 and not any(head[1::2]) and all(head[0::2])):
        return data.decode("utf-16-le", "replace").lstrip("\ufeff").encode("utf-8", "replace")
    if head.startswith(b"\xfe\xff") or (len(head) >= 16 and not any(head[0::2]) and all(head[1::2])):
        return data.decode("utf-16-be", "replace").lstrip("\ufeff").encode("utf-8", "replace")
    return data
