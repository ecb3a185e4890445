"""One look at the content of one file: rules, keys, documents, named values, encoded parts. Bytes and path in, candidates out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

import orjson

from analyzers.collectors.commands import MAX_TEXT, command_secrets, script_secrets
from analyzers.collectors.key_files import KeyFound
from analyzers.collectors.key_files.armour import text_keys
from analyzers.collectors.key_files.databases import database_file
from analyzers.collectors.key_files.known import is_public_knowledge
from analyzers.collectors.key_files.stores import store_key
from analyzers.collectors.named_values import MARKS as NAMED_MARKS
from analyzers.collectors.named_values import named_values
from analyzers.collectors.notebooks import ENDING, cell_texts, place_in
from analyzers.collectors.patterns.checksums import decode_base64, jwt_parts
from analyzers.collectors.patterns.engine import GENERATED, Engine, Found, Told, in_binary, settle, unheard
from analyzers.collectors.patterns.named import random_enough
from analyzers.collectors.patterns.rule import Pattern
from analyzers.collectors.patterns.values import mask
from analyzers.collectors.secret_documents import MARKS as DOCUMENT_MARKS
from analyzers.collectors.secret_documents import document_secrets, manifest_values
from analyzers.collectors.secret_rules import RULES, by_key
from analyzers.collectors.secret_rules.private_keys import HEADERS
from analyzers.collectors.user_patterns import user_engine
from analyzers.user_rules.load import sources
from schemas.vocabulary import Level

NO_FILES: Mapping[str, bytes] = {}
MAX_DEPTH = 2
MAX_BLOBS = 50
PROGRAMS = (b"\x7fELF", b"MZ", b"!<arch>\n", b"\xcf\xfa\xed\xfe")  # a key in a program is more often its self-test than a secret
_BY_KEY = by_key()
# base64 of `-----BEGI`, of JSON objects that begin like key files and login files do, and of JSON web tokens
_HEADS = (
    r"(?:LS0tLS1CRUdJTi|eyJ0eXBlIj|ewogICJ0eXBlIj|ewogICAgInR5cGUi|eyJhdXRo|ewogICJhdXRo|ewogICAgImF1dGhz|ewoJImF1dGhz|YXBpVmVyc2lvbjog"
    r"|ZXlKaGJHY2lPaU|ZXlKMGVYQWlPaU|ZXlKcmFXUWlPaU)"
)
_ENCODED = Pattern(_HEADS)  # literals only: with a repetition behind them the database takes quadratic time on hostile input
_BLOB = re.compile(_HEADS.encode() + rb"[0-9A-Za-z+/=\r\n\\ ]{40,65536}")
_AWS_FILE = re.compile("|".join(_BY_KEY["aws_cli"].files))
_RESERVED = re.compile(rb"@(?:[0-9A-Za-z.-]{0,200}\.)?(?:example\.(?:com|net|org)|(?:example|test|invalid))(?![0-9A-Za-z.-])")
_LINE_COMMENTS = (b"#", b"//", b"*", b"--", b";")
_SHOWN = frozenset({"common_database_cfg", "php_config", "service_password", "command_credential"})
_ID_OF = dict.fromkeys(("aws_cli", "aws_s3cmd", "terraform_state", "kubernetes_secret"), "aws_access_key")
_IDENTIFIED = frozenset({"aws_cli", "aws_s3cmd", *(rule.key for rule in RULES if rule.identifier)})
_HISTORY = re.compile("|".join(_BY_KEY["shell_history"].files))
_SCRIPTS = (".sh", ".bash", ".zsh", ".ksh", ".bat", ".cmd", ".ps1", "/Makefile", "/Jenkinsfile", "/Vagrantfile", "/.gitlab-ci.yml")
MARKS = {"key": HEADERS, "encoded": (_ENCODED,), **NAMED_MARKS, **DOCUMENT_MARKS}
BINARY_MARKS = {name: MARKS[name] for name in ("key", "encoded", "kubernetes_secret")}


class SecretScan:
    """All rules and readers over one engine, patterns out of the user's rule files among them. Raises nothing for bad content."""

    def __init__(self, cache: str = "", rule_files: Mapping[str, bytes] = NO_FILES) -> None:
        self._engine, self._binary_engine = own_engine(cache), own_engine(cache, binary=True)
        files = sources(rule_files)
        self._theirs, self._theirs_in_binary = user_engine(files, cache), user_engine(files, cache, binary=True)

    def secrets_in(self, data: bytes, path: str = "", depth: int = 0, told: Told = unheard) -> list[Found]:
        """Candidates of a file or a window, one for each place and value, in the order of their places. `told` hears what was left out."""
        binary = b"\0" in data[:8192]
        found, marks = (self._binary_engine if binary else self._engine).look(data, path, told)
        found += self._keys(data, path, "key" in marks)
        if (theirs := self._theirs_in_binary if binary else self._theirs) is not None:
            found += theirs.look(data, path, told)[0]
            found += theirs.named(path) if depth == 0 else ()
        if marks and not binary:
            found += document_secrets(data, path, marks)
            if not path.endswith(GENERATED):
                found += (self._of_service(one) for one in named_values(data, path, marks, told))
        if not binary and is_history(path):
            found += self._commands(data, told)
        elif not binary and is_script(path, data):
            found += self._commands(data, told, script=True)
        if depth == 0 and path.endswith(ENDING):
            found += self._in_notebook(data, path, told)
        if "kubernetes_secret" in marks and depth < MAX_DEPTH:
            found += self._in_manifest(data, depth, told)
        if "encoded" in marks and depth < MAX_DEPTH:
            found += self._decoded(data, path, depth, told)
        if not found:
            return []
        kept = [one for one in _paired(settle(found)) if not (one.rule.judged and _harmless(one, data))]
        return [_described(_renamed(one, path)) for one in kept]

    def _keys(self, data: bytes, path: str, marked: bool) -> Iterable[Found]:
        keys: list[KeyFound] = list(text_keys(data)) if marked else []
        if whole := store_key(path, data) or database_file(path, data):
            keys.append(whole)
        return self._known(keys, data, path) if keys else ()

    @staticmethod
    def _known(keys: list[KeyFound], data: bytes, path: str) -> Iterator[Found]:
        for key in keys:
            if is_public_knowledge(key.body) or path.endswith("ssl-cert-snakeoil.key"):
                continue
            rule = _key_rule(key, data, path)
            level = Level.MEDIUM if key.protected or data.startswith(PROGRAMS) else None
            details = {**key.details, "protected": "yes" if key.protected else "no"} if _BY_KEY[rule].group == "private_key" else {}
            yield Found(_BY_KEY[rule], key.body.decode("latin-1"), key.start, key.end, level, 100, details)

    def _of_service(self, one: Found) -> Found:
        """A generic secret whose section names a service, as that service's: read as one assignment with the whole name."""
        name, plain = one.details.get("name", ""), replace(one, details={})
        if one.rule.key != "generic_secret" or "_" not in name:
            return plain
        read, _ = self._engine.look(f'{name} = "{one.value}"\n'.encode("utf-8", "surrogateescape"))
        return next((replace(plain, rule=other.rule) for other in read if other.value == one.value), plain)

    def _commands(self, data: bytes, told: Told, *, script: bool = False) -> Iterator[Found]:
        if len(data) > MAX_TEXT:
            told(f"of the commands what is after {MAX_TEXT} bytes")
        text = data[:MAX_TEXT].decode("latin-1")
        rule = _BY_KEY["command_credential" if script else "shell_history"]
        for one in script_secrets(text) if script else command_secrets(text):
            yield Found(rule, one.value.encode("latin-1").decode("utf-8", "surrogateescape"), one.start, one.end)

    def _in_notebook(self, data: bytes, path: str, told: Told) -> Iterator[Found]:
        """What the cells of a notebook hold and printed: the file itself is JSON with much base64, where names mean nothing."""
        try:
            texts = cell_texts(data)
        except orjson.JSONDecodeError:
            return
        for ending, text in texts.items():
            for one in self.secrets_in(text, path + ending, 1, told):
                value = one.value.encode("utf-8", "surrogateescape")
                start = place_in(data, text, one.start, value)
                yield replace(one, start=start, end=start + len(value))

    def _in_manifest(self, data: bytes, depth: int, told: Told) -> Iterator[Found]:
        """What the encoded values of Kubernetes Secrets hold, whatever they begin with: whole files as often as single words."""
        for count, (name, value, raw) in enumerate(manifest_values(data)):
            if count >= MAX_BLOBS:
                told(f"more than {MAX_BLOBS} encoded values in one file")
                break
            start = data.find(value.encode())
            for one in self.secrets_in(raw, name, depth + 1, told):
                yield replace(one, start=start, end=start + len(value), details={**one.details, "encoding": "base64"})

    def _decoded(self, data: bytes, path: str, depth: int, told: Told) -> Iterator[Found]:
        for count, blob in enumerate(_BLOB.finditer(data)):
            if count >= MAX_BLOBS:
                told(f"more than {MAX_BLOBS} encoded texts in one file")
                break
            text = re.sub(rb"\\+[nr]", b"\n", blob[0]).decode()
            raw = decode_base64(text) or decode_base64(text.split(maxsplit=1)[0])  # the next word may be no part of it
            if raw is None:
                continue
            for one in self.secrets_in(raw, path, depth + 1, told):
                yield replace(one, start=blob.start(), end=blob.end(), details={**one.details, "encoding": "base64"})


def is_history(path: str) -> bool:
    """Whether a shell or a client keeps here what was typed into it."""
    name = path[path.rfind("/") + 1 :]
    return (name.startswith(".") or name.endswith("history")) and _HISTORY.search(path) is not None


def is_script(path: str, data: bytes) -> bool:
    """Whether a shell runs this, or a builder hands lines of it to one."""
    if path.endswith((".yml", ".yaml")):
        return "compose" in path[path.rfind("/") + 1 :] or f"/{path}".endswith(_SCRIPTS)
    return f"/{path}".endswith(_SCRIPTS) or (data.startswith(b"#!") and b"sh" in data[:64].split(b"\n", 1)[0])


def _key_rule(key: KeyFound, data: bytes, path: str) -> str:
    around = data[max(0, key.start - 4096) : key.end + 4096]
    if b'"service_account"' in around and b"private_key" in around:
        return "gcp_service_account"
    if key.rule in ("openssh_private_key", "rsa_private_key", "ec_private_key") and re.search(r"(?i)github", path.rpartition("/")[2]):
        return "github_ssh_key"
    return key.rule


def _paired(found: list[Found]) -> list[Found]:
    """Key ids drop out where the secret part of such a key stands in the same file; that part then names the nearest of them (`key_id`,
    masked). Either part alone is marked as no pair."""
    ids: dict[str, list[Found]] = {}
    for one in found:
        if one.rule.identifier:
            ids.setdefault(one.rule.key, []).append(one)
    secret = {_ID_OF.get(one.rule.key, one.rule.key) for one in found if not one.rule.identifier}
    return [_with_id(one, ids) for one in found if not (one.rule.identifier and one.rule.key in secret)]


def _with_id(one: Found, ids: dict[str, list[Found]]) -> Found:
    if one.rule.key not in _IDENTIFIED:
        return one
    nearest = min(ids.get(_ID_OF.get(one.rule.key, one.rule.key), ()), key=lambda other: abs(other.start - one.start), default=None)
    if one.rule.identifier or nearest is None:
        return replace(one, details={**one.details, "pair": "no"})
    return replace(one, details={**one.details, "key_id": mask(nearest.value)})


@lru_cache(maxsize=4)
def own_engine(cache: str, *, binary: bool = False) -> Engine:
    """In binary content most of the marks would only cost time: named values and documents are texts."""
    return Engine(in_binary(RULES), BINARY_MARKS, cache) if binary else Engine(RULES, MARKS, cache)


def _harmless(one: Found, data: bytes) -> bool:
    return _in_comment(one, data) or _in_commented_line(one, data) or _at_reserved_host(one, data)


def _in_comment(one: Found, data: bytes) -> bool:
    """Whether a written, not drawn, password stands in a comment of XML: settings files come with such examples."""
    before = data[max(0, one.start - 8192) : one.start]
    return before.rfind(b"<!--") > before.rfind(b"-->") and not random_enough("password", one.value)


def _in_commented_line(one: Found, data: bytes) -> bool:
    """Whether a written password of a connection stands on a line that is a comment: what settings files show to be filled in."""
    return (
        one.rule.key in _SHOWN
        and _line_before(one, data).startswith((b"#", b";", b"// ", b"-- "))
        and not random_enough("password", one.value)
    )


def _line_before(one: Found, data: bytes) -> bytes:
    return data[max(data.rfind(b"\n", 0, one.start) + 1, one.start - 256) : one.start].lstrip()


def _at_reserved_host(one: Found, data: bytes) -> bool:
    """Whether a password opens a host that nobody can own, and is a written one, not drawn, or stands in a comment. Source: RFC 2606,
    sections 2 and 3."""
    if one.rule.key != "url_credential" or not _RESERVED.match(data, one.end):
        return False
    return _line_before(one, data).startswith(_LINE_COMMENTS) or not random_enough("password", one.value)


def _renamed(one: Found, path: str) -> Found:
    """Keys of AWS in the files of its command line are told as such."""
    if one.rule.key == "aws_access_key" and _AWS_FILE.search(path):
        return replace(one, rule=_BY_KEY["aws_cli"])
    return one


def _described(one: Found) -> Found:
    """The token's own statements as details: algorithm and expiry."""
    if one.rule.key != "jwt" or (parts := jwt_parts(one.value)) is None:
        return one
    expires = parts[1].get("exp")
    details = {"algorithm": str(parts[0].get("alg"))[:16]}
    if isinstance(expires, int | float) and 0 < expires < 253402300800:
        details["expires_epoch_s"] = str(int(expires))
    return replace(one, details={**one.details, **details})
