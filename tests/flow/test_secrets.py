"""Secrets that lie in images are found, and stay there: their values are in no log, message, table, file or output of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.flow.pipeline import Pipeline
from tests.flow.real_registry import PASSWORD
from tests.flow.sample_images import BUILD_TOKEN, DATABASE_PASSWORD, SECRETS, Image

pytestmark = pytest.mark.flow


@pytest.fixture(scope="module")
def scanned(pipeline: Pipeline) -> Image:
    """An image with secrets in a file, in its environment and in its history, shown in every form that the command has."""
    image = pipeline.image("secrets")
    pipeline.registry.push("team/secrets", "1.0", image)
    pipeline.await_success(image.digest)
    for arguments in (("risks", "--json"), ("risks", "--csv"), ("images", "--json"), ("scans", "--json"), ("status", "--json")):
        assert pipeline.command(*arguments).returncode == 0
    return image


def test_they_are_found(pipeline: Pipeline, scanned: Image) -> None:
    rows = [row for row in pipeline.risks(scanned.digest) if row["category"] in ("sensitive-file", "build-command")]
    paths = {row["path"] for row in rows}
    assert "srv/shop/.env" in paths
    shown = [row["evidence"] for row in rows if row["path"] == "srv/shop/.env" and row["category"] == "sensitive-file"]
    assert any("****" in evidence for evidence in shown), shown
    assert any("DATABASE_PASSWORD" in row["path"] + row["evidence"] + row["title"] for row in rows)
    assert any("TOKEN" in row["path"] + row["evidence"] + row["title"] for row in rows)


def holders(folder: Path, values: tuple[bytes, ...]) -> list[tuple[str, bytes]]:
    """(file, value) for each file below a folder that holds one of the values."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            found += [(str(path), value) for value in values if value in content]
    return found


def test_they_are_in_no_file_of_ours(pipeline: Pipeline, scanned: Image) -> None:
    """Logs, log segments of the broker, the store, the state: everything below the data folder, and all that commands printed."""
    values = tuple(value.encode() for value in SECRETS)
    assert list(pipeline.settings.logs.iterdir())
    assert holders(pipeline.settings.home, values) == []
    printed = (pipeline.folder / "outputs.txt").read_bytes()
    assert scanned.digest.encode() in printed
    assert [value for value in values if value in printed] == []


def test_they_are_in_no_message(pipeline: Pipeline, scanned: Image) -> None:
    topics = ("image.events", "layer.requests", "layer.inspected", "image.ready", "image.findings", "risk.changes", "dead.letters")
    values = {value.encode() for value in SECRETS}
    for topic in topics:
        assert [topic for _, value in pipeline.records(topic) if any(secret in value for secret in values)] == []
    assert any(scanned.digest.encode() in value for _, value in pipeline.records("image.findings"))


def test_they_are_in_no_table(pipeline: Pipeline, scanned: Image) -> None:
    """The store packs its files, so that looking into those is not enough."""
    tables = [
        row["name"] for row in pipeline.rows("SELECT name FROM system.tables WHERE database = 'default' AND engine LIKE '%MergeTree'")
    ]
    assert {"facts", "risk_rows", "blobs"} <= set(tables)
    held = ", ".join(f"'{value}'" for value in SECRETS)
    for table in tables:
        sql = f"SELECT count() AS n FROM {table} WHERE multiSearchAny(toString(tuple(*)), [{held}])"
        assert (table, pipeline.value(sql)) == (table, 0)
    assert pipeline.value(f"SELECT count() > 0 FROM facts WHERE blob = '{scanned.layers[1]}'") == 1


def test_our_own_secrets_are_in_no_log(pipeline: Pipeline, scanned: Image) -> None:
    token = pipeline.webhook["token"].encode()
    for path in pipeline.settings.logs.iterdir():
        content = path.read_bytes()
        assert token not in content, path
        assert PASSWORD.encode() not in content, path
    assert holders(pipeline.settings.home / "kafka", (token, PASSWORD.encode())) == []
    assert {BUILD_TOKEN, DATABASE_PASSWORD} <= set(SECRETS)
