"""What is raised for a text that is no version of its ecosystem."""


class InvalidVersion(ValueError):
    """The text has no place in the order of its ecosystem.

    reason: one sentence fit for a scan row or an import report. The text itself is in it, shortened.
    """

    def __init__(self, version: object, reason: str) -> None:
        shown = repr(version)
        shown = shown if len(shown) <= 80 else f"{shown[:77]}..."
        super().__init__(f"{shown}: {reason}")
        self.reason = reason
