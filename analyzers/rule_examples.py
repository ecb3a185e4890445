"""The examples of the user's rules, run through the real detectors: what must be found is, what is clean is not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from analyzers.baseline.user_examples import wrong_examples
from analyzers.build_commands import BuildCommands
from analyzers.build_commands.instructions import configuration, instructions
from analyzers.collectors.secrets import Secrets
from analyzers.config import inspect_config
from analyzers.contract import AnalysisInputs, Entry, FileView, PassContext
from analyzers.image import ImageView, Located
from analyzers.user_rules.records import BuildCommand, Example, ItemRule, Pattern, Rule
from schemas.facts import Secret

_KEY = b"examples"


def failed_examples(rule: Rule, files: Mapping[str, bytes]) -> Iterator[str]:
    """What is wrong with the examples of a rule of these files, in words."""
    if isinstance(rule, Pattern):
        hits, clean = ([_found_in(one, files) for one in examples] for examples in (rule.hit, rule.clean))
    elif isinstance(rule, BuildCommand):
        hits, clean = ([_built(one, rule) for one in examples] for examples in (rule.hit, rule.clean))
    elif isinstance(rule, ItemRule):
        yield from wrong_examples(rule)  # type: ignore[arg-type]  # every item is one
        return
    else:
        return
    for number, found in enumerate(hits, 1):
        if rule.id not in found:
            yield f"hit {number} is not found" + (f": {', '.join(sorted(found))} finds it instead" if found else "")
    for number, found in enumerate(clean, 1):
        if rule.id in found:
            yield f"clean {number} is found"


def _found_in(example: Example, files: Mapping[str, bytes]) -> set[str]:
    """Ids of the rules that find something in a file."""
    collector = Secrets(PassContext(_KEY, files))
    data = example.text.encode()
    view = FileView(Entry(example.path.lstrip("/"), "file", 0o644, 0, 0, len(data)), data)
    return {fact.rule for fact in (*collector.collect(view), *collector.finish()) if isinstance(fact, Secret)}


def _built(text: str, rule: BuildCommand) -> set[str]:
    """The rule's id, if it finds something in a build of these instructions."""
    facts = tuple(Located(-1, fact) for fact in inspect_config(configuration(one for _, one in instructions(text)), PassContext(_KEY)))
    view = ImageView("", tuple(map(str, range(100))), facts)
    return {one.rule for one in BuildCommands().analyze(view, AnalysisInputs(date.min, user_commands=(rule,))).findings} & {rule.id}
