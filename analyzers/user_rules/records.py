"""What a rule of the user is: one model for each kind of table in a rule file. docs/rules.md shows each of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Union

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from analyzers.user_rules.expressions import check_scan, checked, checked_name, compiled


def _several(value: object) -> object:
    """A single value stands for a list of one."""
    return [value] if isinstance(value, str | int | dict) else value


def _or_several(kind: Any) -> BeforeValidator:
    return BeforeValidator(_several, json_schema_input_type=Union[kind, tuple[kind, ...]])  # noqa: UP007 (kind is a value)


Text = Annotated[str, Field(max_length=4000)]
Word = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[tuple[Word, ...], _or_several(Word)]
Expression = Annotated[str, AfterValidator(checked)]
Expressions = Annotated[tuple[Expression, ...], _or_several(Expression)]
NameExpression = Annotated[str, AfterValidator(checked_name)]
NameExpressions = Annotated[tuple[NameExpression, ...], _or_several(NameExpression)]
RuleId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$")]
RuleLevel = Literal["high", "medium", "low"]
Mode = Annotated[str, Field(pattern=r"^[0-7]{3,4}$")]


class Record(BaseModel):
    """Base of all tables: unknown keys are refused. Most runs have no rule file: the validators are built when the first one is read."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Rule(Record):
    """What all rules have. Raising `version` has images looked at again although nothing else changed."""

    id: RuleId
    version: int = Field(1, ge=1, le=1_000_000)
    level: RuleLevel = "medium"
    group: Word = Field("custom", alias="class", description="the class that findings are listed under")
    title: Annotated[str, Field(min_length=1, max_length=300)]
    description: Text = ""
    advice: Text = ""
    references: Words = ()


class Example(Record):
    """A file that a pattern finds something in, or nothing."""

    path: Word = "srv/app/example.txt"
    text: str = Field(max_length=1_000_000)


def _example(value: object) -> object:
    """A text stands for a file with it."""
    return [{"text": one} if isinstance(one, str) else one for one in value] if isinstance(value, list) else value


Examples = Annotated[tuple[Example, ...], BeforeValidator(_example), _or_several(str | Example)]


class Allowance(Record):
    """What is no finding although a pattern matches. `about`: what the expressions are searched in: the value, the whole match, or its
    lines. `words` stand anywhere in the value, in any case. `every`: only if each of the lists that are given fits."""

    paths: NameExpressions = ()
    expressions: Expressions = ()
    words: tuple[str, ...] = ()
    about: Literal["value", "match", "line"] = "value"
    every: bool = False


class Pattern(Rule):
    """A credential that an expression finds in files and in image configurations. `secret_group`: which group is the value; with 0 the
    first that took part, else the whole match. `keywords`: one of them has to occur in the file, in any case. `files`: expressions, one
    of which has to occur in the path. Without `regex` a file is found by its path alone. `allow` is about the value."""

    group: Word = Field("generic", alias="class")
    regex: Annotated[str, AfterValidator(lambda text: checked(text) if text else text)] = ""
    secret_group: int = Field(0, ge=0, le=50)
    keywords: Words = ()
    entropy: float = Field(0.0, ge=0, le=8)
    files: NameExpressions = ()
    allow: Expressions = ()
    allow_files: NameExpressions = ()
    hit: Examples = ()
    clean: Examples = ()

    @property
    def allowed(self) -> tuple[Allowance, ...]:
        given = Allowance(paths=self.allow_files, expressions=self.allow)
        return (given,) if given.paths or given.expressions else ()

    @model_validator(mode="after")
    def _usable(self) -> Pattern:
        if not self.regex and not self.files:
            raise ValueError("it needs a regex, or files that are found by their paths")
        if self.regex and self.secret_group > compiled(self.regex).groups:
            raise ValueError(f"secret_group is {self.secret_group}, and the regex has {compiled(self.regex).groups} groups")
        if self.regex and not self.keywords:
            check_scan(self.regex)
        return self


class ForeignPattern(Pattern):
    """A pattern out of a gitleaks file. `required` (other rules that must match beside it) is refused."""

    allowances: tuple[Allowance, ...] = ()
    required: None = None

    @property
    def allowed(self) -> tuple[Allowance, ...]:
        return self.allowances


Instruction = Literal[
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "RUN", "SHELL",
    "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
]  # fmt: skip


class Condition(Record):
    """What one command of an instruction must be, or the instruction itself where it runs nothing: all that is given has to hold.

    `program`: the program that runs or one that starts it, `*` stands for anything. `option`: one of these is given (`-k` also within
    `-sk`). `arguments`: each of these expressions occurs in one of the words after the program (or the instruction). `writes`: a file that
    the command writes. `pipe_to`: programs that get its output. `text`: occurs in the command as it is written."""

    program: Words = ()
    option: Words = ()
    arguments: NameExpressions = ()
    writes: NameExpressions = ()
    pipe_to: Words = ()
    text: Annotated[str, AfterValidator(lambda text: checked_name(text) if text else text)] = ""

    @property
    def of_commands(self) -> bool:
        """Whether only a program that runs can meet it."""
        return bool(self.program or self.writes or self.pipe_to)


class Match(Condition):
    """A condition with its exceptions: `unless` is about the same command, `unless_in_step` about any other command of the instruction. Of
    ENV, EXPOSE, LABEL, USER, VOLUME, WORKDIR and the three that start something the value counts that the image has in the end."""

    instruction: Annotated[tuple[Instruction, ...], _or_several(Instruction)] = ("RUN",)
    unless: Annotated[tuple[Condition, ...], _or_several(Condition)] = ()
    unless_in_step: Annotated[tuple[Condition, ...], _or_several(Condition)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> Match:
        if not any(getattr(self, name) for name in Condition.model_fields):
            raise ValueError(f"it needs one of {', '.join(Condition.model_fields)}")
        return self


class BuildCommand(Rule):
    """A build instruction or start command that should not be there. One `match` has to hold. `hit` and `clean` are lines of a
    Dockerfile."""

    group: Word = Field("other", alias="class")
    match: Annotated[tuple[Match, ...], _or_several(Match), Field(min_length=1)]
    hit: Annotated[tuple[str, ...], _or_several(str)] = ()
    clean: Annotated[tuple[str, ...], _or_several(str)] = ()


Expectation = Literal["present", "absent"]


class ExampleFile(Record):
    """A file of an example; a text stands for one with it."""

    text: str = Field("", max_length=1_000_000)
    mode: Mode = "0644"
    owner: int = Field(0, ge=0, le=2**32)
    owner_group: int = Field(0, ge=0, le=2**32)


def _example_file(value: object) -> object:
    return {"text": value} if isinstance(value, str) else value


class ExampleImage(Record):
    """A small image that an item finds a breach in, or none. `packages`: name -> version, of the type that the item asks for or `deb`."""

    files: dict[Word, Annotated[ExampleFile, BeforeValidator(_example_file, json_schema_input_type=str | ExampleFile)]] = Field(
        default_factory=dict
    )
    packages: dict[Word, str] = Field(default_factory=dict)
    environment: dict[str, str] = Field(default_factory=dict)
    labels: dict[str, str] = Field(default_factory=dict)
    user: str = ""
    ports: Words = ()


class ItemRule(Rule):
    """What all items of the baseline have besides: examples that `imagerisk rules test` runs."""

    hit: Annotated[tuple[ExampleImage, ...], _or_several(ExampleImage)] = ()
    clean: Annotated[tuple[ExampleImage, ...], _or_several(ExampleImage)] = ()


class PackageItem(ItemRule):
    """Whether a package is installed. `name`: one of these, `*` stands for anything; `type` those of package URLs (deb, rpm, pypi)."""

    check: Literal["package"]
    name: Annotated[Words, Field(min_length=1)]
    type: Words = ()
    expect: Expectation = "absent"


class FileItem(ItemRule):
    """Whether a file or folder exists, and how. `path`: without a leading slash, `*` stands for anything but a slash, `**` for anything.
    `max_mode`: octal, no other permission may be set. `owner` and `owner_group`: names or numbers, one of which it must be."""

    check: Literal["file"]
    path: Annotated[Words, Field(min_length=1)]
    expect: Expectation | None = None
    max_mode: Mode | None = None
    owner: Annotated[tuple[str | int, ...], _or_several(str | int)] = ()
    owner_group: Annotated[tuple[str | int, ...], _or_several(str | int)] = ()

    @model_validator(mode="after")
    def _says_something(self) -> FileItem:
        if self.expect == "absent" and (self.max_mode or self.owner or self.owner_group):
            raise ValueError("a file that must be absent has no mode and no owner")
        if not (self.expect or self.max_mode or self.owner or self.owner_group):
            raise ValueError("it needs expect, max_mode, owner or owner_group")
        return self


class LineItem(ItemRule):
    """Whether a line of a text file matches. `path` as for files; a file that is not there is no breach."""

    check: Literal["line"]
    path: Annotated[Words, Field(min_length=1)]
    regex: Expression
    expect: Expectation


class NamedValueItem(ItemRule):
    """Whether the configuration has a variable or a label. `name`: `*` stands for anything; `regex` is searched in the value."""

    check: Literal["environment", "label"]
    name: Annotated[Words, Field(min_length=1)]
    regex: Annotated[str, AfterValidator(lambda text: checked_name(text) if text else text)] = ""
    expect: Expectation


class UserItem(ItemRule):
    """Whether the configured user (`name`, `1000:1000`, empty for root) matches."""

    check: Literal["user"]
    regex: NameExpression
    expect: Expectation


class PortItem(ItemRule):
    """Whether one of the ports is exposed: `22`, `8000-8100` or `53/udp`."""

    check: Literal["port"]
    port: Annotated[
        tuple[Annotated[str, Field(pattern=r"^\d{1,5}(?:-\d{1,5})?(?:/(?:tcp|udp|sctp))?$")], ...],
        BeforeValidator(lambda value: [str(one) if isinstance(one, int) else one for one in value] if isinstance(value, list) else value),
        _or_several(int | str),
        Field(min_length=1),
    ]
    expect: Expectation = "absent"


BaselineItem = Annotated[PackageItem | FileItem | LineItem | NamedValueItem | UserItem | PortItem, Field(discriminator="check")]


class Switch(Record):
    """What is changed of a rule, built in or own."""

    enabled: bool = True
    level: Literal["high", "medium", "low", "urgent", "suspicious", "notice"] | None = None


class RuleFile(Record):
    """A rule file as a whole: for the schema."""

    title: Text = ""
    description: Text = ""
    pattern: tuple[Pattern, ...] = ()
    build_command: tuple[BuildCommand, ...] = ()
    baseline: tuple[BaselineItem, ...] = ()
    rules: dict[str, Switch] = Field(default_factory=dict)


MODELS: tuple[type[Record], ...] = (
    Pattern, BuildCommand, Match, PackageItem, FileItem, LineItem, NamedValueItem, UserItem, PortItem, Switch, Example, ExampleImage,
    ExampleFile,
)  # fmt: skip
