"""Licence names -> SPDX expressions, which the licence list of `packaging` must know."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.licenses import canonicalize_license_expression

from analyzers.licences import _EXCEPTIONS, _NAMES, spdx_expression


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Expat", "MIT"), ("mit", "MIT"), ("Apache License 2.0", "Apache-2.0"), ("GPL-2", "GPL-2.0-only"), ("GPL-2+", "GPL-2.0-or-later"),
        ("GPLv3+", "GPL-3.0-or-later"), ("LGPL-2.1", "LGPL-2.1-only"), ("LGPLv2.1+", "LGPL-2.1-or-later"), ("GPL-2.0", "GPL-2.0-only"),
        ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"), ("AGPL-3.0-only", "AGPL-3.0-only"), ("GPL", ""), ("BSD", ""), ("LGPL-9", ""),
        ("GPL-1+ or Artistic", "GPL-1.0-or-later OR Artistic-1.0"), ("GPLv2+ and LGPLv2+ and MIT",
         "GPL-2.0-or-later AND LGPL-2.0-or-later AND MIT"),
        ("GPL-2+ or AFL-2.1, and Expat", "(GPL-2.0-or-later OR AFL-2.1) AND MIT"),
        ("(MIT or Apache-2) and ISC", "(MIT OR Apache-2.0) AND ISC"),
        ("GPL-3+ with Bison exception", "GPL-3.0-or-later WITH Bison-exception-2.2"), ("GPL-2+ with OpenSSL exception", ""),
        ("Artistic-1.0-Perl & Expat", "Artistic-1.0-Perl AND MIT"), ("MIT and public-domain", ""), ("MIT and", ""),
        (")(", ""), ("", ""),
    ],
)  # fmt: skip
def test_names(text: str, wanted: str) -> None:
    assert spdx_expression(text) == wanted


def test_the_tables_hold_what_spdx_knows() -> None:
    for expression in filter(None, _NAMES.values()):
        assert canonicalize_license_expression(expression) == expression
    for exception in filter(None, _EXCEPTIONS.values()):
        assert canonicalize_license_expression(f"GPL-2.0-only WITH {exception}").endswith(exception)


@given(st.text(max_size=60))
def test_the_answer_is_an_expression_or_nothing(text: str) -> None:
    answer = spdx_expression(text)
    assert not answer or canonicalize_license_expression(answer) == answer
    assert spdx_expression(answer) == answer
