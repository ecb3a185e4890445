"""Documents in the data folder: changes of several processes all count, and a bad file is named and not overwritten."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field

from infra.document_file import DocumentFile


class Counts(BaseModel):
    model_config = ConfigDict(extra="forbid")
    counts: dict[str, int] = Field(default_factory=dict)


def of(folder: Path) -> DocumentFile[Counts]:
    return DocumentFile(folder / "counts.json", Counts, ValueError)


def count(folder: Path, name: str, times: int) -> None:
    for _ in range(times):
        with of(folder).changing() as document:
            document.counts[name] = document.counts.get(name, 0) + 1
            document.counts["all"] = document.counts.get("all", 0) + 1


def test_changes_of_several_processes_all_count(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    workers = [context.Process(target=count, args=(tmp_path, name, 30)) for name in "abc"]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert of(tmp_path).read().counts == {"a": 30, "b": 30, "c": 30, "all": 90}
    assert (tmp_path / "counts.json").stat().st_mode & 0o777 == 0o600


def test_a_reader_sees_each_change_and_a_failed_one_is_none(tmp_path: Path) -> None:
    file = of(tmp_path)
    assert file.read() == Counts()
    count(tmp_path, "a", 1)
    assert file.read().counts["a"] == 1
    with pytest.raises(KeyError), file.changing() as document:
        document.counts["b"] = 1
        raise KeyError
    assert "b" not in file.read().counts
    (tmp_path / "counts.json").unlink()
    assert file.read() == Counts()


def test_a_bad_file_is_named_without_its_values(tmp_path: Path) -> None:
    path = tmp_path / "counts.json"
    path.write_text('{"counts": {"a": "a secret"}}')
    for look in (lambda: of(tmp_path).read(), lambda: count(tmp_path, "a", 1)):
        with pytest.raises(ValueError, match=r"counts\.json: counts\.a: ") as told:
            look()
        assert "a secret" not in str(told.value)
    assert "a secret" in path.read_text()
