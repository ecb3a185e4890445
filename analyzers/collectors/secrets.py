"""The content collector for secrets: every regular file, whole or in windows, gives masked Secret facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import ClassVar

from analyzers.collectors.patterns.engine import Engine, Found, settle
from analyzers.collectors.patterns.values import mask, value_id
from analyzers.collectors.secret_rules import RULES
from analyzers.contract import BaseCollector, FileView, PassContext, Wanted
from schemas.facts import Fact, Secret, Skipped
from schemas.vocabulary import Reason

MAX_SECRETS = 200


def engine_for(context: PassContext) -> Engine:
    """The engine over all rules. Option `cache`: a folder where the compiled patterns are kept."""
    return Engine(RULES, context.options.get("cache", ""))


class Secrets(BaseCollector):
    """Looks for credentials in the content of every file. Option `cache`: see `engine_for`."""

    name: ClassVar[str] = "secrets"
    version: ClassVar[int] = 1
    wanted: ClassVar[Wanted] = Wanted(everything=True, windows=True)

    def __init__(self, context: PassContext) -> None:
        super().__init__(context)
        self._engine = engine_for(context)

    def collect(self, file: FileView) -> Iterable[Fact]:
        """Secret facts with the file's md5 in `details`; Skipped(expansion_limit) when there were more than MAX_SECRETS."""
        found = settle(self._engine.find(file.data, file.path))
        if len(found) > MAX_SECRETS:
            yield Skipped(
                path=file.path, collector=self.name, reason=f"{Reason.EXPANSION_LIMIT}: more than {MAX_SECRETS} secrets in one file"
            )
        yield from self._facts(file, found[:MAX_SECRETS])

    def _facts(self, file: FileView, found: list[Found]) -> Iterator[Fact]:
        for one in found:
            yield Secret(
                path=file.path, rule=one.rule.key, line=file.data.count(b"\n", 0, one.start) + 1, excerpt=mask(one.value),
                value_id=value_id(self.context.secret_key, one.value), level=one.level or one.rule.level, confidence=one.confidence,
                details={**one.details, "md5": file.md5},
            )  # fmt: skip
