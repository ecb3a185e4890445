"""Whether an item of the user does what its examples say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from analyzers.baseline.evaluate import evaluate
from analyzers.collectors.accounts import Accounts
from analyzers.collectors.user_items import UserItems
from analyzers.contract import AnalysisInputs, Entry, FileView, PassContext
from analyzers.image import ImageView, Located
from analyzers.user_rules.records import BaselineItem, ExampleImage, PackageItem
from schemas.facts import Fact, ImageSettings, Package
from schemas.vocabulary import ItemState


def wrong_examples(record: BaselineItem) -> list[str]:
    """What of the examples is not so, one sentence each: `hit 1 passed`."""
    inputs = AnalysisInputs(date(2000, 1, 1), chosen=frozenset({record.id}), user_items=(record,))
    wrong = []
    for kind, examples in (("hit", record.hit), ("clean", record.clean)):
        for number, example in enumerate(examples, start=1):
            outcome = next(one for one in evaluate(_view(record, example), inputs) if one.item.rule == record.id)
            failed = outcome.state is ItemState.FAILED
            if failed != (kind == "hit") or outcome.state is ItemState.NOT_EVALUATED:
                wrong.append(f"{kind} {number} {outcome.state}" + (f": {outcome.hits[0].evidence}" if outcome.hits else ""))
    return wrong


def _view(record: BaselineItem, example: ExampleImage) -> ImageView:
    settings = ImageSettings(
        env=tuple(example.environment.items()), labels=tuple(example.labels.items()), user=example.user, ports=example.ports
    )
    facts = (*(Located(0, fact) for fact in _facts(record, example)), Located(-1, settings))
    return ImageView("sha256:0", ("sha256:1",), facts)


def _facts(record: BaselineItem, example: ExampleImage) -> Iterator[Fact]:
    kind = record.type[0] if isinstance(record, PackageItem) and record.type else "deb"
    for name, version in example.packages.items():
        yield Package(type=kind, name=name, version=version)
    reader, accounts = UserItems.of((record,)), Accounts(PassContext(b""))
    for path, given in example.files.items():
        place, data = path.strip("/"), given.text.encode()
        entry = Entry(place, "folder" if path.endswith("/") else "file", int(given.mode, 8), given.owner, given.owner_group, len(data))
        yield from reader.entry(entry)
        if entry.type == "file":
            file = FileView(entry, data)
            yield from reader.collect(file)
            yield from accounts.collect(file) if place in accounts.wanted.paths else ()
