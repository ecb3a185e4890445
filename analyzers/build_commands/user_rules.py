"""Rules of users over instructions: what they say is asked of parsed commands and of effective settings, like in our own rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analyzers.build_commands.rule import Build, Hit, Rule
from analyzers.build_commands.targets import has_option, redirected, written_paths
from analyzers.shell.tree import Command, Group, Pipeline, Redirection, Script, commands
from analyzers.user_rules.expressions import searched
from analyzers.user_rules.globs import name_matcher
from analyzers.user_rules.records import BuildCommand, Condition, Match
from schemas.vocabulary import Level

_START = {"ENTRYPOINT": "config.Entrypoint", "CMD": "config.Cmd", "HEALTHCHECK": "config.Healthcheck"}
_SETTINGS = frozenset({"ENV", "EXPOSE", "LABEL", "USER", "VOLUME", "WORKDIR"})


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What a condition is asked of: one command, or an instruction that runs nothing. `beside` are all commands of the instruction, `later`
    the stages that get this one's output, `redirections` those of the groups around it."""

    place: str
    text: str
    words: tuple[str, ...]
    evidence: str
    layer: int | None = None
    command: Command | None = None
    later: tuple[Command | Group, ...] = ()
    redirections: tuple[Redirection, ...] = ()
    beside: Sequence[_Candidate] = ()


def rule_of(record: BuildCommand) -> Rule:
    """A user's record as a rule like our own."""

    def detect(build: Build) -> Iterator[Hit]:
        for match in record.match:
            for one in _candidates(build, match.instruction):
                if _holds(match, one) and not _excepted(match, one):
                    yield Hit(one.place, " ".join(one.text.split()), one.evidence, one.layer)

    return Rule(
        record.id, record.group, Level(record.level), record.title, record.description or record.title, record.advice, detect,
        version=record.version,
    )  # fmt: skip


def _excepted(match: Match, one: _Candidate) -> bool:
    beside = [each for each in one.beside if each is not one]
    return any(_holds(each, one) for each in match.unless) or any(_holds(each, other) for each in match.unless_in_step for other in beside)


def _holds(condition: Condition, one: _Candidate) -> bool:
    if condition.of_commands and one.command is None:
        return False
    return (
        _runs(condition.program, one.command)
        and (not condition.option or has_option(one.words, *condition.option))
        and all(any(searched(each, word) for word in one.words) for each in condition.arguments)
        and (not condition.writes or any(searched(each, path) for path in _written(one) for each in condition.writes))
        and (not condition.pipe_to or any(_runs(condition.pipe_to, each) for stage in one.later for each in _commands(stage)))
        and (not condition.text or searched(condition.text, one.text))
    )


def _runs(names: Sequence[str], command: Command | None) -> bool:
    """Whether the command is one of these programs, or is started by one of them (`sudo`)."""
    if not names:
        return True
    fitting = name_matcher(tuple(name.lower() for name in names))
    return command is not None and any(fitting.fullmatch(run) for run in (command.name, *command.wrappers))


def _written(one: _Candidate) -> Iterator[str]:
    if one.command is not None:
        yield from written_paths(one.command)
    yield from redirected(one.redirections)


def _commands(stage: Command | Group) -> Iterator[Command]:
    return commands((Pipeline((stage,)),))


def _candidates(build: Build, instructions: Sequence[str]) -> Iterator[_Candidate]:
    for name in instructions:
        if name in _START:
            if script := build.start.get(_START[name]):
                yield from _of_script(script, _START[name], "", None)
        elif name in _SETTINGS:
            yield from _of_settings(build, name)
    for step in build.of(*(name for name in instructions if name not in _START and name not in _SETTINGS)):
        if step.instruction == "RUN":
            yield from _of_script(step.script, step.place, step.text, step.layer)
        else:
            words = (*(f"--{flag}={value}" for flag, value in step.flags.items()), *step.arguments)
            yield _Candidate(step.place, " ".join(words), words, step.text, step.layer)


def _of_script(script: Script, place: str, evidence: str, layer: int | None) -> Iterator[_Candidate]:
    """Each command once; a list that they share names them all."""
    found: list[_Candidate] = []
    for pipeline, around in _within(script, ()):
        for index, stage in enumerate(pipeline.stages):
            if isinstance(stage, Command):
                later = pipeline.stages[index + 1 :]
                found.append(_Candidate(place, stage.text, stage.args, evidence or stage.text, layer, stage, later, around, found))
    yield from found


def _within(script: Script, around: tuple[Redirection, ...]) -> Iterator[tuple[Pipeline, tuple[Redirection, ...]]]:
    """Every pipeline with the redirections of the groups that it stands in."""
    for pipeline in script:
        yield pipeline, around
        for stage in pipeline.stages:
            if isinstance(stage, Group):
                yield from _within(stage.body, (*around, *stage.redirections))
                continue
            for word in stage.pieces():
                yield from _within(word.inner, ())
            yield from _within(stage.nested, around)


def _of_settings(build: Build, name: str) -> Iterator[_Candidate]:
    """The effective values: what a later instruction replaced does not count."""
    settings = build.settings
    pairs = {
        "ENV": [(f"config.Env[{key}]", f"{key}={value}") for key, value in settings.env],
        "LABEL": [(f"config.Labels[{key}]", f"{key}={value}") for key, value in settings.labels],
        "EXPOSE": [(f"config.ExposedPorts[{port}]", port) for port in settings.ports],
        "VOLUME": [(f"config.Volumes[{path}]", path) for path in settings.volumes],
        "USER": [("config.User", settings.user)],
        "WORKDIR": [("config.WorkingDir", settings.workdir)],
    }
    for place, text in pairs[name]:
        yield _Candidate(place, text, (text,), f"{name} {text}".strip())
