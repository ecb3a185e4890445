"""Which base an image is built on."""

from __future__ import annotations

from analyzers.image import BaseImage
from console.local_base import Base, built_on

SMALL, LARGE, EMPTY = Base("sha256:s", "small", ("1",)), Base("sha256:l", "large", ("1", "2")), Base("sha256:e", "empty", ())


def test_the_longest_prefix_counts() -> None:
    assert built_on(("1", "2", "3"), [SMALL, LARGE, EMPTY]) == BaseImage("sha256:l", "large", 2)
    assert built_on(("1", "3"), [SMALL, LARGE]) == BaseImage("sha256:s", "small", 1)


def test_what_is_no_base() -> None:
    assert built_on(("1",), [SMALL]) is None, "an image is not built on itself"
    assert built_on(("2", "1"), [SMALL, LARGE]) is None
    assert built_on(("", "2"), [Base("sha256:u", "unknown", ("",))]) is None, "unknown layers are equal to nothing"
    assert built_on((), [EMPTY]) is None
