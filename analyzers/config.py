"""The image configuration document as facts: settings, history and the credentials in them, every secret value masked.

Source: OCI image-spec 1.1, config.md; docker's image specification 1.2 is the same but for extra fields."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

from analyzers.collectors.commands import command_secrets
from analyzers.collectors.passwords.guessing import plain_weakness
from analyzers.collectors.patterns.named import holds_secret, sets_password
from analyzers.collectors.patterns.values import is_placeholder, mask, value_id
from analyzers.collectors.secret_scan import SecretScan
from analyzers.collectors.user_patterns import fingerprint
from analyzers.contract import PassContext
from analyzers.user_rules.load import sources
from schemas.facts import ConfigSecret, Fact, HistoryStep, ImageSettings, Skipped
from schemas.vocabulary import Reason

COLLECTOR = "config"
VERSION = 11
TELLS: tuple[type[Fact], ...] = (ImageSettings, HistoryStep, ConfigSecret)
MAX_BYTES = 16 * 1024 * 1024
MAX_HISTORY = 2000
MAX_ITEMS = 2000
MAX_TEXT = 64 * 1024
SHORT = 6  # a shorter value, or a word like `password`, is masked only where it was found, not wherever these letters occur

_PAIR = re.compile(r"[A-Za-z_][\w.-]*")


def inspect_config(document: bytes, context: PassContext) -> list[Fact]:
    """ImageSettings, one HistoryStep for each entry, one ConfigSecret for each place and value, and Skipped for what was cut.

    Never raises for a bad document: what cannot be read gives Skipped(unreadable) and whatever else could be read."""
    skipped: list[Fact] = []
    loaded = _load(document, skipped)
    config = _mapping(loaded.get("config"), "config", skipped)
    reader = _Reader(context, skipped)
    env = list(reader.pairs(config.get("Env"), "config.Env"))
    labels = list(reader.pairs(config.get("Labels"), "config.Labels"))
    history = _records(loaded.get("history"), skipped)
    reader.inspect_pairs("config.Env", env)
    reader.inspect_pairs("config.Labels", labels)
    for name in ("Entrypoint", "Cmd", "OnBuild"):
        reader.inspect_text(f"config.{name}", " ".join(reader.texts(config.get(name), f"config.{name}")))
    health = _mapping(config.get("Healthcheck"), "config.Healthcheck", skipped)
    reader.inspect_text("config.Healthcheck", " ".join(reader.texts(health.get("Test"), "config.Healthcheck")))
    for index, record in enumerate(history):
        reader.inspect_text(f"history[{index}]", f"{_text(record.get('created_by'))}\n{_text(record.get('comment'))}")
    return [*_settings(loaded, config, health, reader, env, labels), *_steps(history, reader), *reader.secrets, *skipped]


def rules_of(context: PassContext) -> str:
    """Names what of the user's rules decides these facts; empty where nothing does."""
    return fingerprint(sources(context.rule_files), nameless=True)


class _Reader:
    """Collects secrets place by place, then masks every text of the document."""

    def __init__(self, context: PassContext, skipped: list[Fact]) -> None:
        self.context, self.skipped = context, skipped
        self._scan = SecretScan(context.options.get("cache", ""), context.rule_files)
        self.secrets: list[ConfigSecret] = []
        self._seen: dict[str, str] = {}  # value -> first place
        self._masks: dict[str, str] = {}
        self._short: dict[str, list[tuple[str, str]]] = {}

    def texts(self, value: object, place: str) -> list[str]:
        """The strings of a list, or a single one; anything else is skipped with a reason."""
        if value is None:
            return []
        items = value if isinstance(value, list) else [value]
        if len(items) > MAX_ITEMS:
            self.skip(place, Reason.EXPANSION_LIMIT, f"more than {MAX_ITEMS} entries")
        strings = [item[:MAX_TEXT] for item in items[:MAX_ITEMS] if isinstance(item, str)]
        if len(strings) < min(len(items), MAX_ITEMS):
            self.skip(place, Reason.UNREADABLE, "not a text")
        return strings

    def pairs(self, value: object, place: str) -> Iterator[tuple[str, str]]:
        """(name, value) of `NAME=value` strings or of a mapping."""
        if isinstance(value, dict):
            if len(value) > MAX_ITEMS:
                self.skip(place, Reason.EXPANSION_LIMIT, f"more than {MAX_ITEMS} entries")
            for name, one in list(value.items())[:MAX_ITEMS]:
                yield name[:MAX_TEXT], _text(one)
            return
        for line in self.texts(value, place):
            name, _, one = line.partition("=")
            yield name, one

    def skip(self, place: str, reason: Reason, why: str) -> None:
        self.skipped.append(Skipped(path=place, collector=COLLECTOR, reason=f"{reason}: {why}"))

    def inspect_pairs(self, place: str, pairs: list[tuple[str, str]]) -> None:
        """Secrets among named values: the name with its value first, then whatever the value itself looks like."""
        for name, value in pairs:
            at = f"{place}[{name}]"
            if holds_secret(name, value) or sets_password(name, value):
                self.add(at, name, "named_value", value.strip())
            else:
                for rule, _, secret in self._inside(value):
                    self.add(at, name, rule, secret)

    def inspect_text(self, place: str, text: str) -> None:
        """Secrets in a command or a build step. A value that an earlier place holds is not told again, nor a part of one: what stands in
        quotes in a Dockerfile stands without them in the history."""
        for rule, name, secret in self._inside(text):
            if secret not in self._seen and not any(secret in known and known in text for known in self._seen):
                self.add(place, name, rule, secret)
            elif _is_common(secret):
                self._short.setdefault(place, []).append((secret, mask(secret)))

    def _inside(self, text: str) -> Iterator[tuple[str, str, str]]:
        """(rule, name, value) of the secrets in a text: token forms tell more than names, so their rule wins."""
        data = text.encode()
        tokens = [one for one in self._scan.secrets_in(data) if not one.rule.identifier]
        for one in tokens:  # a key is not written as its value: its lines are, or what they are encoded to
            self._masks[data[one.start : one.end].decode("utf-8", "replace")] = mask(one.value)
        for secret in command_secrets(text):
            known = [one for one in tokens if one.value in secret.value or secret.value in one.value]
            tokens = [one for one in tokens if one not in known]
            yield known[0].rule.key if known else "command", secret.name, secret.value
        for one in tokens:
            yield one.rule.key, "", one.value

    def add(self, place: str, name: str, rule: str, value: str) -> None:
        identity = value_id(self.context.secret_key, value)
        if not _is_common(value):
            self._masks[value] = mask(value)
        else:
            self._short.setdefault(place, []).append((value, mask(value)))
        if any(one.place == place and one.value_id == identity for one in self.secrets):
            return
        self._seen.setdefault(value, place)
        details = {"weak": weakness} if (weakness := plain_weakness("", value)) else {}
        self.secrets.append(ConfigSecret(place=place, name=name, rule=rule, excerpt=mask(value), value_id=identity, details=details))

    def masked(self, text: str, place: str = "") -> str:
        """The text without any secret value of the document."""
        for value in sorted(self._masks, key=len, reverse=True):
            text = text.replace(value, self._masks[value])
        for value, replacement in self._short.get(place, ()):
            text = re.sub(rf"(?<![\w]){re.escape(value)}(?![\w])", replacement, text)
        return text


def _is_common(value: str) -> bool:
    """Whether the same letters occur where they are nobody's password."""
    return len(value) < SHORT or is_placeholder(value)


def _load(document: bytes, skipped: list[Fact]) -> dict[str, Any]:
    if len(document) > MAX_BYTES:
        skipped.append(Skipped(collector=COLLECTOR, reason=f"{Reason.FILE_TOO_LARGE}: image configuration above {MAX_BYTES} bytes"))
        return {}
    loaded, wrong = read_document(document)
    if wrong:
        skipped.append(Skipped(collector=COLLECTOR, reason=f"{Reason.UNREADABLE}: image configuration is not JSON ({wrong})"))
        if loaded is None:
            return {}
    return _mapping(loaded, "", skipped, required=True)


def read_document(document: bytes) -> tuple[object, str]:
    """What a JSON document holds, and what is wrong with it; None where that is all there is to say.

    Bytes that are no UTF-8, and halves of surrogate pairs, are read as the programs in Go read them that run images (package
    encoding/json): as a character of replacement. Else a wrong byte would hide a whole configuration that is run all the same."""
    try:
        return orjson.loads(document), ""
    except orjson.JSONDecodeError as error:
        wrong = error.msg
    try:
        lenient = json.dumps(json.loads(document.decode("utf-8", "replace")), ensure_ascii=False)
        return orjson.loads(lenient.encode("utf-8", "replace")), wrong
    except (ValueError, RecursionError):
        return None, wrong


def _mapping(value: object, place: str, skipped: list[Fact], required: bool = False) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    if value is not None or required:
        skipped.append(Skipped(path=place, collector=COLLECTOR, reason=f"{Reason.UNREADABLE}: not an object"))
    return {}


def _records(value: object, skipped: list[Fact]) -> list[dict[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        skipped.append(Skipped(path="history", collector=COLLECTOR, reason=f"{Reason.UNREADABLE}: not a list"))
        return []
    if len(value) > MAX_HISTORY:
        skipped.append(Skipped(path="history", collector=COLLECTOR, reason=f"{Reason.EXPANSION_LIMIT}: more than {MAX_HISTORY} entries"))
    return [_mapping(record, f"history[{index}]", skipped, required=True) for index, record in enumerate(value[:MAX_HISTORY])]


def _text(value: object) -> str:
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def _settings(
    loaded: dict[str, Any],
    config: dict[str, Any],
    health: dict[str, Any],
    reader: _Reader,
    env: list[tuple[str, str]],
    labels: list[tuple[str, str]],
) -> Iterator[Fact]:
    def listed(name: str) -> tuple[str, ...]:
        return tuple(reader.masked(text, f"config.{name}") for text in reader.texts(config.get(name), f"config.{name}"))

    def keys(name: str) -> tuple[str, ...]:
        return tuple(list(_mapping(config.get(name), f"config.{name}", reader.skipped))[:MAX_ITEMS])

    rootfs = _mapping(loaded.get("rootfs"), "rootfs", reader.skipped)
    yield ImageSettings(
        os=_text(loaded.get("os")),
        architecture=_text(loaded.get("architecture")),
        created=_text(loaded.get("created")),
        user=_text(config.get("User")),
        env=tuple((name, reader.masked(value, f"config.Env[{name}]")) for name, value in env),
        labels=tuple((name, reader.masked(value, f"config.Labels[{name}]")) for name, value in labels),
        entrypoint=listed("Entrypoint"),
        cmd=listed("Cmd"),
        shell=listed("Shell"),
        onbuild=listed("OnBuild"),
        healthcheck=tuple(reader.masked(text, "config.Healthcheck") for text in reader.texts(health.get("Test"), "config.Healthcheck")),
        volumes=keys("Volumes"),
        ports=keys("ExposedPorts"),
        workdir=_text(config.get("WorkingDir")),
        stop_signal=_text(config.get("StopSignal")),
        diff_ids=tuple(reader.texts(rootfs.get("diff_ids"), "rootfs.diff_ids")),
    )


def _steps(history: list[dict[str, Any]], reader: _Reader) -> Iterator[Fact]:
    layer = 0
    for index, record in enumerate(history):
        empty = record.get("empty_layer") is True
        place = f"history[{index}]"
        yield HistoryStep(
            index=index,
            created_by=reader.masked(_text(record.get("created_by")), place),
            comment=reader.masked(_text(record.get("comment")), place),
            created=_text(record.get("created")),
            empty=empty,
            layer=None if empty else layer,
        )
        layer += not empty
