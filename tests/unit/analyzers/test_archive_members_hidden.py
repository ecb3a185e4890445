"""What lies inside of an archive goes with it."""

from __future__ import annotations

from analyzers.image import LayerContents, hidden_places


def test_members_of_a_removed_or_replaced_archive_are_hidden() -> None:
    below = LayerContents("sha256:a", "sha256:b", entries=frozenset({"lib/a.jar", "lib/b.jar", "lib/c.jar"}))
    above = LayerContents("sha256:c", "sha256:d", entries=frozenset({"lib/b.jar"}), whiteouts=frozenset({"lib/a.jar"}))
    places = [(0, f"lib/{name}.jar!/x/y.jar") for name in "abc"]
    assert hidden_places([below, above], places) == {places[0], places[1]}
