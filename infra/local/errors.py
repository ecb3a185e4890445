"""The one way the local system says that it cannot go on."""

from __future__ import annotations


class LocalError(Exception):
    """Something on this machine is missing or in the way: one sentence, and what to do about it."""

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(f"{sentence}: {remedy}")
        self.sentence = sentence
        self.remedy = remedy
