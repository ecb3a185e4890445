"""Python package versions. Source: the version specifiers specification (PEP 440), "Summary of permitted suffixes".

[N!]N(.N)*[{a|b|rc}N][.postN][.devN][+local], with the alternative spellings of "Normalization". Versions from before
PEP 440 ("2004d", "1.0-final-beta") raise InvalidVersion: no installer accepts them today and they have no defined order.
"""

import re

from analyzers.versions.invalid import InvalidVersion
from analyzers.versions.numbers import NUMBERS

_SHAPE = re.compile(
    r"""[ ]*v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)
        (?:[-_.]?(alpha|beta|preview|pre|rc|a|b|c)[-_.]?([0-9]*))?
        (-[0-9]+|[-_.]?(?:post|rev|r)[-_.]?[0-9]*)?
        ([-_.]?dev[-_.]?[0-9]*)?
        (?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?[ ]*""",
    re.VERBOSE,
).fullmatch
_SEPARATOR = re.compile(r"[-_.]").split
_TO_DIGITS = "-_. abcdefghijklmnopqrstuvwxyz"
_PHASES = dict(zip(("a", "b", "c"), (b"\x02", b"\x03", b"\x04"), strict=True)) | {
    "alpha": b"\x02",
    "beta": b"\x03",
    "rc": b"\x04",
    "pre": b"\x04",
    "preview": b"\x04",
}
_DEVELOPMENT, _FINAL = b"\x01", b"\x05"  # below and above the pre-release phases
_ABSENT, _PRESENT = b"\x01", b"\x02"
_END = b"\x00"


def sort_key(version: str) -> bytes:
    """Key of a PEP 440 version; raises InvalidVersion."""
    match = _SHAPE(version.lower())
    if match is None:
        raise InvalidVersion(version, "no PEP 440 version")
    epoch, release, phase, phase_number, post, dev, local = match.groups()
    parts = [NUMBERS[epoch or ""], _release(release)]
    if phase:
        parts += (_PHASES[phase], NUMBERS[phase_number])
    else:
        parts.append(_DEVELOPMENT if dev and not post else _FINAL)
    parts.append(_PRESENT + NUMBERS[post.lstrip(_TO_DIGITS)] if post else _ABSENT)
    parts.append(_ABSENT + NUMBERS[dev.lstrip(_TO_DIGITS)] if dev else _PRESENT)  # without dev is later
    parts.append(_local(local) if local else _ABSENT)
    return b"".join(parts)


def _release(text: str) -> bytes:
    """The release numbers without trailing zeros: 1.0 is 1."""
    numbers = text.split(".")
    while len(numbers) > 1 and not numbers[-1].strip("0"):
        numbers.pop()
    return b"".join([NUMBERS[digits] for digits in numbers]) + _END


def _local(text: str) -> bytes:
    """Local segments: letters below numbers, a shorter list below a longer one."""
    parts = [_PRESENT]
    for segment in _SEPARATOR(text):
        parts.append(NUMBERS[segment] if segment.isdigit() else b"\x01" + segment.encode("ascii") + _END)
    parts.append(_END)
    return b"".join(parts)
