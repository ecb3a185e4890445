"""Licence names as databases and authors write them -> SPDX licence expressions.

Sources: SPDX License List and SPDX specification 2.3 annex D (expressions); DEP-5 "License specification" (short names, `or`, `and`,
commas bind loosest, `with ... exception`); Fedora's former short names (`GPLv2+`); trove classifiers of Python.
A name that may mean several licences (BSD, GPL without a version) has no expression.
"""

from __future__ import annotations

import re
from functools import lru_cache

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

_GNU = re.compile(r"(?:gnu )?(agpl|lgpl|gpl|gfdl)(-niv)?[- ]?v?(\d)(?:\.(\d))?(?:\.0)?( ?\+|-or-later| or later|-only)?(-no-invariants)?\Z")
_OPERATORS = re.compile(r"(\(|\)|,|\s+and\s+|\s+or\s+|\s+with\s+|\s*[&|]\s*)", re.IGNORECASE)
_NAMES = {
    "expat": "MIT", "mit/x11": "MIT", "x11/mit": "MIT", "mit license": "MIT", "the mit license": "MIT", "mit licence": "MIT",
    "mit-license": "MIT", "mit/expat": "MIT", "x11": "X11", "apache": "", "apache2": "Apache-2.0", "apache-2": "Apache-2.0",
    "apache 2": "Apache-2.0", "apache 2.0": "Apache-2.0", "apache v2": "Apache-2.0", "apachev2": "Apache-2.0", "asl 2.0": "Apache-2.0",
    "apache license 2.0": "Apache-2.0", "apache license, version 2.0": "Apache-2.0", "apache license version 2.0": "Apache-2.0",
    "the apache license, version 2.0": "Apache-2.0", "the apache software license, version 2.0": "Apache-2.0",
    "apache software license 2.0": "Apache-2.0", "apache software license - version 2.0": "Apache-2.0", "asl 1.1": "Apache-1.1",
    "apache-2-llvm-exceptions": "Apache-2.0 WITH LLVM-exception", "bsd-2": "BSD-2-Clause", "bsd-3": "BSD-3-Clause",
    "bsd-4": "BSD-4-Clause", "bsd-3-clauses": "BSD-3-Clause", "bsd 3-clause": "BSD-3-Clause", "bsd 2-clause": "BSD-2-Clause",
    "bsd 3-clause license": "BSD-3-Clause", "bsd 2-clause license": "BSD-2-Clause", "3-clause bsd": "BSD-3-Clause",
    "2-clause bsd": "BSD-2-Clause", "bsd-3-google": "BSD-3-Clause", "new bsd": "BSD-3-Clause", "new bsd license": "BSD-3-Clause",
    "modified bsd": "BSD-3-Clause", "modified bsd license": "BSD-3-Clause", "simplified bsd": "BSD-2-Clause",
    "simplified bsd license": "BSD-2-Clause", "bsd with advertising": "BSD-4-Clause", "bsl": "BSL-1.0", "bsl-1": "BSL-1.0",
    "boost": "BSL-1.0", "boost software license 1.0": "BSL-1.0", "cc0": "CC0-1.0", "artistic": "Artistic-1.0",
    "artistic-2": "Artistic-2.0", "artistic 2.0": "Artistic-2.0", "python": "PSF-2.0", "psf-2": "PSF-2.0", "psfl": "PSF-2.0",
    "psf": "PSF-2.0", "python software foundation license": "PSF-2.0", "mplv1.0": "MPL-1.0", "mplv1.1": "MPL-1.1", "mplv2.0": "MPL-2.0",
    "mpl 2.0": "MPL-2.0", "mpl 1.1": "MPL-1.1", "mpl-2": "MPL-2.0", "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "mozilla public license 2.0": "MPL-2.0", "mozilla public license version 2.0": "MPL-2.0", "openldap-2.8": "OLDAP-2.8",
    "iscl": "ISC", "isc license": "ISC", "isc license (iscl)": "ISC", "ofl": "OFL-1.1", "epl": "", "epl 1.0": "EPL-1.0",
    "epl 2.0": "EPL-2.0", "eclipse public license 1.0": "EPL-1.0", "eclipse public license 2.0": "EPL-2.0",
    "eclipse public license - v 1.0": "EPL-1.0", "eclipse public license - v 2.0": "EPL-2.0", "cddl-1": "CDDL-1.0",
    "zlib/libpng": "Zlib", "zlib license": "Zlib", "zpl": "ZPL-2.1", "zpl-2": "ZPL-2.0", "zpl 2.1": "ZPL-2.1",
    "vim": "Vim", "qpl": "QPL-1.0", "the unlicense": "Unlicense", "the unlicense (unlicense)": "Unlicense", "libtiff": "libtiff",
    "unicode": "Unicode-DFS-2016", "spencer": "Spencer-94", "ruby": "Ruby", "php-3": "PHP-3.0", "php-3.01": "PHP-3.01",
    "perl": "Artistic-1.0-Perl OR GPL-1.0-or-later", "same as perl": "Artistic-1.0-Perl OR GPL-1.0-or-later", "ntp": "NTP",
    "gnu general public license v2": "GPL-2.0-only", "gnu general public license v3": "GPL-3.0-only",
    "gnu general public license v2 (gplv2)": "GPL-2.0-only", "gnu general public license v3 (gplv3)": "GPL-3.0-only",
    "gnu general public license v2 or later (gplv2+)": "GPL-2.0-or-later",
    "gnu general public license v3 or later (gplv3+)": "GPL-3.0-or-later",
    "gnu lesser general public license v2 or later (lgplv2+)": "LGPL-2.0-or-later",
    "gnu lesser general public license v3 or later (lgplv3+)": "LGPL-3.0-or-later",
    "gnu lesser general public license v3 (lgplv3)": "LGPL-3.0-only",
    "gnu affero general public license v3": "AGPL-3.0-only",
}  # fmt: skip # empty: known to mean several
_EXCEPTIONS = {
    "autoconf": "Autoconf-exception-2.0", "bison": "Bison-exception-2.2", "classpath": "Classpath-exception-2.0",
    "font": "Font-exception-2.0", "gcc": "GCC-exception-3.1", "gcc runtime library": "GCC-exception-3.1",
    "libtool": "Libtool-exception", "llvm": "LLVM-exception",
    "linux-syscall-note": "Linux-syscall-note", "eclassic": "", "swi": "SWI-exception", "wxwindows": "WxWindows-exception-3.1",
    "ocaml-linking": "OCaml-LGPL-linking-exception", "u-boot": "u-boot-exception-2.0", "universal-foss": "Universal-FOSS-exception-1.0",
}  # fmt: skip


@lru_cache(maxsize=8192)
def spdx_expression(text: str) -> str:
    """One licence text as an SPDX expression, empty where it is none and cannot be read as one."""
    text = " ".join(text.split())[:1000]
    return _simple(text) or _composed(text)


def _simple(text: str) -> str:
    lower = text.lower()
    if lower in _NAMES:
        return _NAMES[lower]
    gnu = _GNU.match(lower)
    if gnu:
        return _gnu(gnu)
    try:
        return str(canonicalize_license_expression(text))
    except InvalidLicenseExpression:
        return ""


def _gnu(name: re.Match[str]) -> str:
    """`GPL-2+`, `LGPLv2.1`, `GFDL-NIV-1.3+`; SPDX says whether later versions are allowed."""
    family, minor = name[1].upper(), name[4] or "0"
    variant = "-no-invariants" if name[2] or name[6] else ""
    later = "only" if not name[5] or name[5] == "-only" else "or-later"
    try:
        return str(canonicalize_license_expression(f"{family}-{name[3]}.{minor}{variant}-{later}"))
    except InvalidLicenseExpression:
        return ""


def _composed(text: str) -> str:
    """A composition by words; empty if a part of it has no expression."""
    parts = [part.strip() for part in _OPERATORS.split(text)]
    answer: list[str] = []
    for part in parts:
        lower = part.lower()
        if not part or (lower == "," and not answer):
            continue
        if lower == ",":
            answer = ["(", *answer, ")"]  # what stands before a comma belongs together
        elif lower in ("and", "or", "with", "&", "|", "(", ")"):
            answer.append({"&": "AND", "|": "OR"}.get(lower, lower.upper()))
        elif answer and answer[-1] == "WITH":
            answer.append(_EXCEPTIONS.get(re.sub(r"[ -]exceptions?\Z", "", lower), "") or part)
        else:
            answer.append(_operand(_simple(part)))
        if not answer[-1]:
            return ""
    try:
        return str(canonicalize_license_expression(" ".join(answer))) if len(answer) > 1 else ""
    except InvalidLicenseExpression:
        return ""


def _operand(expression: str) -> str:
    return f"({expression})" if " OR " in expression or " AND " in expression else expression
