"""SPDX 2.2 and 2.3 as tag-value text -> the same document as its JSON form has it, as far as `spdx_documents` reads it.

Source: SPDX 2.3 specification, the tags of sections 6 (document), 7 (package) and 11 (relationships); `<text>` goes over several lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_LINE = re.compile(r"([A-Za-z][A-Za-z0-9]*):[ \t]*(.*)")
_PACKAGE = {
    "PackageName": "name",
    "SPDXID": "SPDXID",
    "PackageVersion": "versionInfo",
    "PackageSourceInfo": "sourceInfo",
    "PackageLicenseDeclared": "licenseDeclared",
    "PackageLicenseConcluded": "licenseConcluded",
    "PackageDescription": "description",
    "PackageComment": "comment",
    "PrimaryPackagePurpose": "primaryPackagePurpose",
}
_OTHER_SECTIONS = frozenset({"FileName", "SnippetSPDXID", "LicenseID"})  # their SPDXID is none of a package


def is_tag_value(data: bytes) -> bool:
    """Whether the first line that is neither empty nor a comment begins an SPDX document."""
    lines = (line.strip() for line in data[:4096].splitlines())
    return next((line for line in lines if line and not line.startswith(b"#")), b"").startswith(b"SPDXVersion:")


def json_form(data: bytes) -> dict[str, Any]:
    """The document's packages with their external references, and all relationships. Unknown tags are passed over."""
    document: dict[str, Any] = {"packages": [], "relationships": []}
    package: dict[str, Any] | None = None
    for tag, value in _tags(data.decode("utf-8", "replace")):
        if tag == "PackageName":
            package = {"externalRefs": []}
            document["packages"].append(package)
        elif tag in _OTHER_SECTIONS:
            package = None
        if tag == "SPDXVersion":
            document["spdxVersion"] = value
        elif tag == "DocumentName":
            document["name"] = value
        elif tag == "Relationship" and len(words := value.split()) == 3:
            document["relationships"].append(dict(zip(("spdxElementId", "relationshipType", "relatedSpdxElement"), words, strict=True)))
        elif package is not None and tag == "ExternalRef" and len(words := value.split()) == 3:
            package["externalRefs"].append(dict(zip(("referenceCategory", "referenceType", "referenceLocator"), words, strict=True)))
        elif package is not None and tag in _PACKAGE:
            package.setdefault(_PACKAGE[tag], value)
    return document


def _tags(text: str) -> Iterator[tuple[str, str]]:
    lines = iter(text.splitlines())
    for line in lines:
        found = _LINE.match(line)
        if found is None:
            continue
        tag, value = found[1], found[2].strip()
        if value.startswith("<text>"):
            parts = [value.removeprefix("<text>")]
            while "</text>" not in parts[-1] and (more := next(lines, None)) is not None:
                parts.append(more)
            value = "\n".join(parts).partition("</text>")[0]
        yield tag, value
