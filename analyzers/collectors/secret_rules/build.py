"""How rules are written down: short constructors for the forms that credentials come in."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from analyzers.collectors.patterns.rule import EXACT, FILE, FORM, NAMED, Example, Pattern, Rule
from schemas.vocabulary import Level

HIGH, MEDIUM, LOW = Level.HIGH, Level.MEDIUM, Level.LOW

BEFORE = r"(?:\b|\\[nrt])"
"""A token begins at a word boundary, or after an escaped line end inside a longer string."""

UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"

_ADVICE = {
    "private_key": "Make a new key pair, replace the public part wherever it is trusted, and mount the key at run time.",
    "cloud_key": "Disable this key at the provider, look through its access log, and give the workload a role or a mounted secret.",
    "code_hosting": "Revoke the token or password, and use a build secret (RUN --mount=type=secret) for what the build has to fetch.",
    "registry_credential": "Revoke the token, hand it to the build as a secret mount, and copy no credential file into a layer.",
    "infrastructure": "Rotate the credential in the system that issued it and mount it at run time from a secret store.",
    "saas_token": "Revoke the token at the service, issue a new one with the least rights, and pass it at run time from a secret store.",
    "password": "Change the password, take it out of the file, and pass it at run time from a secret store.",
    "account": "Change the password of this account and rebuild the image without the file.",
    "generic": "Find out what this value opens; if it is a credential, rotate it and pass it at run time from a secret store.",
}


def advice_for(group: str) -> str:
    """What to do about a secret of this class, in one sentence."""
    return _ADVICE[group]


_BESIDE_NAME = "The file gives a value with the form of a credential next to the name of its service: {}."


def _rule(key: str, group: str, what: str, description: str, level: Level, rank: int, version: int = 1) -> Rule:
    """What every form of rule says of itself; what it looks for is the form's."""
    title = f"{what[:1].upper()}{what[1:]}"
    return Rule(key, group, level, title, description, _ADVICE[group], rank, version)


def token(
    key: str,
    group: str,
    what: str,
    form: str,
    *samples: str,
    level: Level = HIGH,
    after: str = r"(?:[^0-9A-Za-z_-]|$)",
    before: str = BEFORE,
    entropy: float = 2.5,
    checks: tuple[str, ...] = (),
    keywords: tuple[str, ...] = (),
    rank: int = FORM,
    clean: tuple[str, ...] = (),
    inner: bool = False,
    identifier: bool = False,
    scan: str = "",
    version: int = 1,
) -> Rule:
    """A credential with a documented form that needs no name beside it. `samples` are templates of whole values.

    `inner`: the form has its own group for the value; then each sample is a whole assignment. `scan`: Pattern.scan."""
    hits = tuple(Example(path, text) for sample in samples for path, text in _around(sample, keywords, inner))
    fixed = samples[0].partition("{")[0]
    harmless = (f"token: {fixed}\n", f"export TOKEN={fixed}<your-value>\n", *clean)
    said = f"The file holds a value with the documented form of a credential: {what}. Whoever can pull the image can use it."
    return replace(
        _rule(key, group, what, said, level, rank, version),
        patterns=(Pattern(f"{before}(?:{form}){after}" if inner else f"{before}({form}){after}", scan),),
        entropy=entropy,
        checks=checks,
        keywords=keywords,
        identifier=identifier,
        hits=hits,
        clean=tuple(Example("srv/app/notes.txt", text) for text in harmless),
    )


def _around(sample: str, keywords: tuple[str, ...], inner: bool) -> tuple[tuple[str, str], ...]:
    if inner:
        return (("srv/app/a.env", f"A=1\n{sample}\n"), ("srv/app/run.sh", f"export {sample}\n"))
    word = keywords[0] + " " if keywords else ""
    return (
        ("srv/app/settings.yml", f"{word}key: {sample}\nother: 1\n"),
        ("srv/app/client.js", f'const {word.strip() or "x"}_v = "{sample}";\n'),
    )


def named(
    key: str,
    group: str,
    what: str,
    name: str,
    form: str,
    *samples: str,
    level: Level = HIGH,
    entropy: float = 3.0,
    checks: tuple[str, ...] = ("mixed",),
    ignore_case: bool = True,
    keywords: tuple[str, ...] = (),
    rank: int = NAMED,
    version: int = 1,
) -> Rule:
    """A credential whose value says nothing by itself: the name of the service has to stand before it. `name` is a lower-case
    expression; between it and the value may stand the rest of the variable's name, an assignment and quotes."""
    first = re.sub(r"\(\?:([^|)]*)[^)]*\)", r"\1", name).split("|")[0].replace("[_-]?", "_").replace("_?", "_").replace("?", "")
    flag = "(?i)" if ignore_case else ""
    assignment = r"""[0-9A-Za-z_.\- ]{0,32}["'`\]]{0,2}\s{0,3}(?:=>|:=|=|:|,|\()\s{0,3}["'`]?"""
    pattern = rf"(?:^|[^0-9A-Za-z])(?i:{name}){assignment}({flag}{form})(?:[^0-9A-Za-z_/+=.-]|$)"
    return replace(
        _rule(key, group, what, _BESIDE_NAME.format(what), level, rank, version),
        patterns=(Pattern(pattern),),
        entropy=entropy,
        checks=checks,
        keywords=keywords,
        hits=tuple(
            example
            for sample in samples
            for example in (
                Example("srv/app/.env", f"{first.upper()}_TOKEN={sample}\n"),
                Example("srv/app/a.py", f"{first}_key = '{sample}'\n"),
            )
        ),
        clean=(
            Example("srv/app/.env", f"{first.upper()}_TOKEN=\n"),
            Example("srv/app/a.py", f"{first}_key = os.environ['{first.upper()}_KEY']\n"),
        ),
    )


_SIGN = r"""["'`\]]{0,2}\s{0,3}(?:=>|:=|=|:|,|>|\()\s{0,3}["'`]?"""
_BETWEEN = r"[^0-9A-Za-z_/+=-]"
_AHEAD = r"[^0-9A-Za-z_/+-]"
_OTHER = re.compile(
    rb"(?i)(?:md5|sha|hash|digest|e_?tag|sum|commit|rev(?:ision)?|uuid|finger_?print|sign(?:ature)?|sid|id|version|build)[\"']?\s*[:=]\s*[\"']?$"
)


def _named_otherwise(value: str, data: bytes, start: int, end: int, path: str) -> bool:
    """Whether the value stands under a name of its own that says it is something else: a checksum, another number."""
    place = data.find(value.encode(), start, end)
    return bool(_OTHER.search(data, max(start, place - 40), place))


def paired(
    key: str,
    group: str,
    what: str,
    identifier: str,
    form: str,
    *samples: str,
    name: str = "",
    level: Level = HIGH,
    entropy: float = 3.0,
    checks: tuple[str, ...] = ("mixed",),
    clean: tuple[str, ...] = (),
    rank: int = NAMED - 1,
) -> Rule:
    """The secret half of a pair that says nothing by itself, near the half that has a form, or near the service's name: then `name` is what
    the value is called or what stands before it. A name of its own service says more. `samples` are templates of both."""
    value = rf"{_AHEAD}({form})(?:{_BETWEEN}|$)"
    if name:
        value = rf"(?:^|[^0-9A-Za-z]|\b(?:with|set))(?:{name}){_SIGN}({form})(?:{_BETWEEN}|$)"
    gap = r"[^\0]{0,400}?" if name else rf"(?:{_BETWEEN}[^\0]{{0,200}}?)?"
    before = "" if name else rf"(?:^|{_AHEAD})({form}){_BETWEEN}(?:[^\0]{{0,200}}?{_BETWEEN})?(?:{identifier})"
    return replace(
        _rule(key, group, what, _BESIDE_NAME.format(what), level, rank),
        patterns=tuple(Pattern(confirm, identifier) for confirm in (rf"(?:{identifier}){gap}{value}", before) if confirm),
        entropy=entropy,
        checks=checks,
        allows=_named_otherwise,
        hits=tuple(Example(path, sample) for sample in samples for path in ("srv/app/client.py", "srv/app/notes")),
        clean=(
            *(Example("srv/app/client.py", sample.partition("{")[0]) for sample in samples),
            *(Example("srv/app/client.py", text) for text in (clean or (f"# {what}\n",))),
        ),
    )


def in_file(
    key: str,
    group: str,
    what: str,
    files: tuple[str, ...],
    hits: tuple[Example, ...],
    clean: tuple[Example, ...],
    *,
    patterns: tuple[str, ...] = (),
    level: Level = HIGH,
    rank: int = EXACT,
    entropy: float = 0.0,
    checks: tuple[str, ...] = (),
    common: bool = False,
    scans: tuple[str, ...] = (),
    description: str = "",
    allows: Callable[[str, bytes, int, int, str], bool] | None = None,
    version: int = 1,
) -> Rule:
    """A credential in a file whose name or format says what it is for. Without `patterns` a reader of that format finds it. `scans`:
    Pattern.scan of each."""
    return replace(
        _rule(key, group, what, description or f"The file is {what} and holds a credential in clear.", level, rank, version),
        files=files,
        patterns=tuple(Pattern(pattern, scan) for pattern, scan in zip(patterns, scans or ("",) * len(patterns), strict=True)),
        entropy=entropy,
        checks=checks,
        allows=allows,
        common=common,
        hits=hits,
        clean=clean,
    )


def written(files: tuple[str, ...], pattern: str, path: str, *samples: str, clean: str, checks: tuple[str, ...] = ()) -> Rule:
    """The password of a service or a tool that `pattern` finds in files of these names. `samples` are whole files with it, `clean` is one
    without."""
    return in_file(
        "service_password",
        "account",
        "a configuration of a service with a password",
        files,
        tuple(Example(path, sample) for sample in samples),
        (Example(path, clean), Example(path, "# nothing is set\n")),
        patterns=(pattern,),
        checks=checks,
        level=MEDIUM,
        rank=FILE + 1,
    )
