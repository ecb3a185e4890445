"""OSV records. Source: OSV schema 1.7 (ossf.github.io/osv-schema)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from analyzers.advisory_names import advised_name, ecosystem_name
from analyzers.build_lines import line_of
from analyzers.versions import family
from streams.advisories.lines import by_line
from streams.advisories.record import CVE, Advisory, Affected, BadRecord
from streams.advisories.spans import joined, read_spans, version_key

_DISTRIBUTIONS = frozenset({"dpkg", "rpm", "apk"})
_PREFIXED = re.compile(r"[A-Z]+-(CVE-\d{4}-\d{4,})\Z")  # DEBIAN-CVE-2024-1, ALPINE-CVE-..., UBUNTU-CVE-...
# Bulletins about bugs and enhancements: ALBA, RHEA, ELBA ..., Mageia's MGAA and SUSE's recommended, optional and feature updates.
_NO_SECURITY = re.compile(r"(?:[A-Z]{2}(?:BA|EA)[-:]|MGAA-|(?:open)?SUSE-(?:RU|OU|FU)-)")
_NOTICES = ("unmaintained", "notice")  # RustSec, "Advisory format": `informational`; what is unsound remains a flaw
# What a distribution publishes together with the fixed packages; a record of a flaw (DEBIAN-CVE, CGA, GHSA) has the day of the flaw.
_BULLETIN = re.compile(
    r"(?:DSA|DLA|ELA|USN|ALAS\w*|ELSA|MGASA|OESA|PHSA)-\d|(?:RH|AL|RL)(?:SA|BA|EA)-\d|RXSA-\d|FEDORA-|(?:open)?SUSE-(?:SU|RU|OU|FU)-"
)
# Bulletins of extra repositories of Amazon Linux 2 (ALASKERNEL-5.10-2024-052, ALASPHP8.2-2024-004), like those of Oracle's own kernel, are
# about one line of versions, beside which others run under the same name.
_EXTRA = re.compile(r"ALAS2?[A-Z][A-Z-]*?-?(\d+(?:\.\d+)*)-\d{4}-\d+\Z")
_KERNEL = re.compile(r"\d+\.\d+\b")
_MODULE = re.compile(r"(?<![\w/.])([A-Za-z][\w.+-]*:[A-Za-z0-9][\w.]*)(?=[ ,]|\Z)")
_LAST_KNOWN = re.compile(r"(<=?)\s*(\S+)\s*").fullmatch
_EXPLOIT_SITE = re.compile(r"exploit-db\.com|packetstormsecurity|/metasploit-framework/").search
_FIRST_YEAR = 1988
_TEXT_CHARACTERS, _TITLE_CHARACTERS, _LINKS = 4000, 300, 30


def read_osv(data: Any) -> Advisory:
    """The normal form of one OSV document. Raises BadRecord when it is none; single entries that cannot be used are named in
    `problems`."""
    if not isinstance(data, dict) or not isinstance(data.get("id"), str) or not data["id"].strip():
        raise BadRecord("no OSV record: it has no id")
    try:
        return _read(data)
    except (TypeError, AttributeError, KeyError) as error:
        raise BadRecord(f"no OSV record: {type(error).__name__}: {error}") from error


def _read(data: dict[str, Any]) -> Advisory:
    name, title = data["id"].strip(), _line(data.get("summary"))
    affected, problems = _affected(data, title)
    aliases = tuple(sorted({str(one) for one in data.get("aliases") or ()} - {name}))
    asserts = _asserts(data, name, aliases)
    withdrawn = _date(data.get("withdrawn"))
    links = _links(data)
    specific = data.get("database_specific") or {}
    return Advisory(
        id=name, aliases=aliases, asserts=asserts, affected=() if withdrawn else affected, title=title,
        description=str(data.get("details") or "")[:_TEXT_CHARACTERS], vectors=_vectors(data), links=links,
        published=_disclosed(data, specific), modified=_date(data.get("modified")), withdrawn=withdrawn,
        malicious=name.startswith("MAL-") or "malicious-packages-origins" in specific,
        exploit=_has_exploit(data), problems=problems, foreign=_foreign(data),
        security=not (_NO_SECURITY.match(name) and not any(CVE.match(one) for one in (*aliases, *asserts))),
    )  # fmt: skip


def _affected(data: Mapping[str, Any], title: str) -> tuple[tuple[Affected, ...], tuple[str, ...]]:
    """The entries, several about one package joined."""
    entries: dict[tuple[str, str, str, str, str], list[Mapping[str, Any]]] = {}
    word = _word(data, data.get("database_specific") or {})
    for entry in data.get("affected") or ():
        package = entry.get("package") or {}
        ecosystem, name = ecosystem_name(str(package.get("ecosystem") or "")), str(package.get("name") or "")
        if not name or family(ecosystem) is None:
            continue  # ranges of source repositories, and ecosystems whose versions have no order
        specific = {**(entry.get("database_specific") or {}), **(entry.get("ecosystem_specific") or {})}
        if specific.get("informational") in _NOTICES:
            continue
        module, urgency = _module(entry, ecosystem, title), _word(entry, specific) or word
        key = ecosystem, _advised(entry, ecosystem, name), module, urgency, _unfixed(specific)
        entries.setdefault(key, []).append(_bounded(entry, ecosystem))
    found, problems = [], []
    bulletin_day = _date(data.get("published"))[:10] if _BULLETIN.match(data["id"].strip()) else ""
    for (ecosystem, name, module, urgency, unfixed), parts in entries.items():
        ranges = _builds([one for part in parts for one in part.get("ranges") or ()], ecosystem)
        if ecosystem.startswith(("Amazon Linux:2", "Oracle Linux:")):
            ranges = [_from_line(one, data["id"], ecosystem, name) for one in ranges]
        versions = [text for part in parts for text in part.get("versions") or ()]
        more = [text for part in parts for text in (part.get("database_specific") or {}).get("fixed_versions") or ()]
        spans, wrong = read_spans(ecosystem, ranges, versions, more, _fix_days(bulletin_day, ecosystem, parts))
        problems += [f"{data['id']}: {ecosystem} {name}: {reason}" for reason in wrong]
        if spans:
            found.append(Affected(ecosystem, name, spans, module, urgency, unfixed))
    return _one_each(by_line(found)), tuple(problems)


def _word(holder: Mapping[str, Any], specific: Mapping[str, Any]) -> str:
    """The word of whoever publishes the record for how bad it is: `specific` says it, or a severity of type Ubuntu."""
    told = specific.get("urgency") or specific.get("severity")
    if not told:
        told = next((one.get("score") for one in holder.get("severity") or () if one.get("type") == "Ubuntu"), "")
    word = str(told or "").lower()
    return word if len(word) < 30 else ""


def _bounded(entry: Mapping[str, Any], ecosystem: str) -> Mapping[str, Any]:
    """GitHub writes a range without a fix, `<= 1.2.3`, as open and its end beside it. What osv.dev lists as versions of the open range then
    says no more than the range."""
    told = (entry.get("database_specific") or {}).get("last_known_affected_version_range")
    bound = _LAST_KNOWN(str(told)) if told else None
    if not bound or not version_key(ecosystem, bound[2])[1]:
        return entry
    end = {"last_affected" if bound[1] == "<=" else "limit": bound[2]}
    ranges = entry.get("ranges") or ()
    closed = [{**one, "events": [*(one.get("events") or ()), end]} if _is_open(one) and one.get("type") != "GIT" else one for one in ranges]
    return {**entry, "ranges": closed, "versions": () if closed != list(ranges) else entry.get("versions")}


def _is_open(one: Mapping[str, Any]) -> bool:
    return all(event.keys() <= {"introduced"} for event in one.get("events") or ())


def _one_each(found: list[Affected]) -> tuple[Affected, ...]:
    """One entry a package and module stream: entries that differ in urgency only are joined, the first word counts."""
    table: dict[tuple[str, str, str], Affected] = {}
    for one in found:
        key = one.ecosystem, one.name, one.module
        old = table.get(key)
        if old is None:
            table[key] = one
            continue
        spans = joined(old.spans, one.spans)
        table[key] = old._replace(spans=spans, urgency=old.urgency or one.urgency, unfixed=old.unfixed or one.unfixed)
    return tuple(table.values())


def _advised(entry: Mapping[str, Any], ecosystem: str, name: str) -> str:
    """The name, with what narrows it: an architecture in the package URL, Chainguard's word about subpackages."""
    purl = str((entry.get("package") or {}).get("purl") or "")
    arch = next((word[5:] for word in purl.partition("?")[2].split("&") if word.startswith("arch=")), "")
    word = ((entry.get("database_specific") or {}).get("chainguard") or {}).get("applies_to_subpackages")
    return advised_name(ecosystem, name, "" if arch == "source" else arch, alone=word is False)


def _builds(ranges: list[Mapping[str, Any]], ecosystem: str) -> list[Mapping[str, Any]]:
    """Bulletins of rpm distributions list every build that holds the fix (of each context of a module, with and without a mark): from the
    lowest on a package is fixed. As ranges of one each they would say that only the highest is."""
    if family(ecosystem) != "rpm":
        return ranges
    plain = [one for one in ranges if len(one.get("events") or ()) == 2 and {"introduced": "0"} in one["events"]]
    fixed = [event for one in plain for event in one["events"] if "fixed" in event]
    if len(fixed) < 2 or len(fixed) < len(plain):
        return ranges
    return [*(one for one in ranges if one not in plain), {**plain[0], "events": [{"introduced": "0"}, *fixed]}]


def _from_line(one: Mapping[str, Any], record: str, ecosystem: str, name: str) -> Mapping[str, Any]:
    """A range from the beginning to a fix, cut to the line of versions that the bulletin is about."""
    events = one.get("events") or ()
    fixed = "".join(str(event.get("fixed", "")) for event in events)
    if len(events) != 2 or {"introduced": "0"} not in events:
        return one
    epoch, colon, version = fixed.rpartition(":")
    extra = _EXTRA.match(record) if ecosystem == "Amazon Linux:2" else None
    kernel = _KERNEL.match(version) if ecosystem.startswith("Oracle Linux:") and name.startswith("kernel-uek") else None
    line = extra[1] if extra else kernel[0] if kernel else ""
    if not line or not re.match(rf"{re.escape(line)}\b", version):
        return one
    return {**one, "events": [{"introduced": f"{epoch}{colon}{line}"}, {"fixed": fixed}]}


def _fix_days(bulletin_day: str, ecosystem: str, parts: list[Mapping[str, Any]]) -> Callable[[str], str]:
    """Fixing version -> the day on which it came out: the entry says it, or the record is the bulletin that told of the fix. Tumbleweed's
    old bulletins all bear the day on which they were collected."""
    entries = [(part.get("ecosystem_specific") or {}).get("fixed_on") for part in parts]
    stated = {version: day for one in entries if isinstance(one, dict) for version, day in one.items()}
    day = "" if ecosystem.endswith(":Tumbleweed") else bulletin_day
    return lambda version: _date(stated.get(version))[:10] or day


def _asserts(data: Mapping[str, Any], name: str, aliases: tuple[str, ...]) -> tuple[str, ...]:
    """The flaws that a record covers: `upstream`; the CVE in a distribution's own id; for bulletins of distributions that say
    nothing else, `related` (AlmaLinux, older Red Hat and SUSE records)."""
    upstream = {str(one) for one in data.get("upstream") or ()} - {name, *aliases}
    cves = {one for one in upstream if CVE.match(one)}
    if any(CVE.match(one) for one in (name, *aliases)):
        return ()  # it is the flaw itself, not a bulletin about it
    if cves or upstream:
        return tuple(sorted(cves or upstream))
    if prefixed := _PREFIXED.match(name):
        return () if prefixed[1] in aliases else (prefixed[1],)
    if aliases or CVE.match(name) or not _from_distribution(data):
        return ()
    return tuple(sorted({str(one) for one in data.get("related") or () if CVE.match(str(one))}))


def _from_distribution(data: Mapping[str, Any]) -> bool:
    names = {(entry.get("package") or {}).get("ecosystem") or "" for entry in data.get("affected") or ()}
    return bool(names) and all(family(ecosystem_name(name)) in _DISTRIBUTIONS for name in names)


def _foreign(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The ecosystems of a record that speaks of packages, none of which can be compared."""
    names = {str((entry.get("package") or {}).get("ecosystem") or "") for entry in data.get("affected") or ()} - {""}
    return () if any(family(ecosystem_name(name)) for name in names) else tuple(sorted({name.partition(":")[0] for name in names}))


def _module(entry: Mapping[str, Any], ecosystem: str, title: str) -> str:
    """The module streams that an rpm entry is about, with commas between: it says so, or its versions carry the mark `.module` and the
    title names them. Oracle's builds for Ksplice and FIPS have one ecosystem with all others: there the line of the fix stands."""
    stated = (entry.get("ecosystem_specific") or {}).get("rpmmod")
    if stated:
        return ",".join(":".join(one.strip().split(":")[:2]) for one in str(stated).split(","))
    if family(ecosystem) != "rpm":
        return ""
    fixed = [str(event.get("fixed", "")) for one in entry.get("ranges") or () for event in one.get("events") or ()]
    if any(".module" in text for text in fixed):
        return ",".join(_MODULE.findall(title.partition(": ")[2] or title))
    return max((line_of(ecosystem, text) for text in fixed), default="") if ecosystem.startswith("Oracle Linux") else ""


def _unfixed(specific: Mapping[str, Any]) -> str:
    return _line(specific.get("unfixed_reason") or specific.get("nodsa_reason") or specific.get("nodsa"))


def _vectors(data: Mapping[str, Any]) -> tuple[str, ...]:
    found = []
    for holder in (data, *(data.get("affected") or ())):
        for one in holder.get("severity") or ():
            if str(one.get("type", "")).startswith("CVSS") and one.get("score"):
                found.append(str(one["score"]).strip())
    specific = data.get("database_specific") or {}
    for version in ("4", "3", "2"):
        number = specific.get(f"cvss_v{version}")
        if isinstance(number, (int, float)) and not isinstance(number, bool) and 0 <= number <= 10:
            found.append(f"score:{version}/{number}")
    return tuple(dict.fromkeys(found))


def _links(data: Mapping[str, Any]) -> tuple[str, ...]:
    urls = [str(one.get("url") or "") for one in data.get("references") or ()]
    return tuple(dict.fromkeys(url for url in urls if url.startswith(("https://", "http://"))))[:_LINKS]


def _has_exploit(data: Mapping[str, Any]) -> bool:
    references = data.get("references") or ()
    return any(one.get("type") == "EVIDENCE" or _EXPLOIT_SITE(str(one.get("url"))) for one in references)


def _disclosed(data: Mapping[str, Any], specific: Mapping[str, Any]) -> str:
    """When the flaw became known: some records were written years after it and name the day of the CVE beside."""
    return min(filter(None, (_date(data.get("published")), _date(specific.get("nvd_published_at")))), default="")


def _date(value: object) -> str:
    """A moment as written, empty for what is none. The years before the first advisories (1, 1970) stand for "unknown" in some feeds."""
    if not value:
        return ""
    text = str(value)
    try:
        return text if date.fromisoformat(text[:10]).year >= _FIRST_YEAR else ""
    except ValueError:
        return ""


def _line(value: object) -> str:
    return " ".join(str(value or "").split())[:_TITLE_CHARACTERS]
