"""A JSON document in the data folder that several processes read and change: one model, one file, readable by its owner only."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError

M = TypeVar("M", bound=BaseModel)


class DocumentFile(Generic[M]):
    """Reads the file when it changed; writes it atomically under a lock. A file that is not there is the model's defaults. `error` makes
    the exception for one that cannot be read, out of a text that names file, place and reason, and no value."""

    def __init__(self, path: Path, model: type[M], error: Callable[[str], Exception]) -> None:
        self.path, self.model, self.error = path, model, error
        self._seen: tuple[int, int, int] | None = None
        self._document = model()

    def read(self) -> M:
        """The document as it stands."""
        try:
            stat = self.path.stat()
        except FileNotFoundError:
            self._seen, self._document = None, self.model()
            return self._document
        mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
        if mark != self._seen:
            self._document, self._seen = self._load(), mark
        return self._document

    @contextlib.contextmanager
    def changing(self) -> Iterator[M]:
        """The document for changing; it is written at the end, unless something is raised."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.with_suffix(".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            document = self._load()
            yield document
            draft = self.path.with_suffix(f".{os.getpid()}.draft")
            with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:  # noqa: PTH123
                file.write(document.model_dump_json(indent=2))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.path)

    def _load(self) -> M:
        try:
            return self.model.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            return self.model()
        except ValidationError as error:
            raise self.error(f"{self.path}: {first_problem(error)}") from error


def first_problem(error: ValidationError) -> str:
    """The first thing wrong, without the value, which may be a secret."""
    one = error.errors(include_input=False)[0]
    return ": ".join(filter(None, [".".join(map(str, one["loc"])), one["msg"].removeprefix("Value error, ")]))
