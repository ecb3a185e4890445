"""Licences out of copyright files, by the examples of DEP-5 and the forms that older files have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analyzers.collectors.copyright_files import CopyrightFiles
from schemas.facts import PackageLicences
from tests.unit.analyzers.collectors.collecting import collected

PLACE = "usr/share/doc/thing/copyright"
SPECIFICATION = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: X Solitaire
Source: ftp://ftp.example.com/pub/games

Files: *
Copyright: Copyright 1998 John Doe <jdoe@example.com>
License: GPL-2+
 This program is free software; you can redistribute it
 and/or modify it.
 .
 License: not a field

Files: debian/*
Copyright: Copyright 1998 Jane Smith <jsmith@example.net>
License: AGPL-3

Files: src/js/fancy.js debian/copy.js
License: Expat or
 more

Files: other
License: GPL-2+

License: LGPL-3
 standing alone
"""
LATER = """This package was debianized by somebody.
    This program is free software; you can redistribute it and/or modify it under the terms of the GNU General Public License as
    published by the Free Software Foundation; either version 2 of the License, or (at your option) any later version.
On Debian systems, the complete text is in `/usr/share/common-licenses/GPL-3'."""


def licences(text: str | bytes, path: str = PLACE) -> tuple[str, ...]:
    facts = collected(CopyrightFiles, {path: text})
    return facts[0].licences if facts and isinstance(facts[0], PackageLicences) else ()


def test_what_is_installed_counts_and_what_only_packages_it_does_not() -> None:
    assert licences(SPECIFICATION) == ("GPL-2+", "Expat or")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (LATER, ("GPL-2+",)),
        (LATER.replace("or (at your option) any later version", "only"), ("GPL-2",)),
        ("See /usr/share/common-licenses/LGPL-2.1.", ("LGPL-2.1",)),
        ("See /usr/share/common-licenses/GPL.", ("GPL",)),
        ("See /usr/share/common-licenses/Apache-2.0.", ("Apache-2.0",)),
        ("BSD style, see /usr/share/common-licenses/BSD", ()),
        ("Permission is hereby granted, free of charge, to any\nperson obtaining a copy of this software and associated doc", ("MIT",)),
        ("Redistribution and use in source and binary forms, with\n or without. 3. Neither the name", ("BSD-3-Clause",)),
        ("Redistribution and use in source and binary forms, with\n or without modification", ("BSD-2-Clause",)),
        ("It is in the public domain.", ()),
        (b"\xff\xfe\x00 no text", ()),
    ],
)
def test_older_forms(text: str | bytes, wanted: tuple[str, ...]) -> None:
    assert licences(text) == wanted


def test_only_documentation_of_packages_is_read() -> None:
    assert licences(SPECIFICATION, "srv/usr/share/doc/thing/copyright") == licences(SPECIFICATION, "copyright") == ()


@given(st.one_of(st.binary(max_size=300), st.binary(max_size=300).map(b"Format: x\n\nFiles: *\n".__add__)))
def test_damage_raises_nothing(data: bytes) -> None:
    licences(data)
