"""The quick look before the entropy of code is counted never turns away what would count as packed."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from analyzers.collectors.sample_shapes import PACKED_ENTROPY, USUAL, entropy, may_be_random


@given(st.integers(1, 256), st.integers(0, 4096), st.randoms(use_true_random=False))
def test_bound_holds_for_any_spread(values: int, usual: int, draw: random.Random) -> None:
    data = bytes(draw.sample(range(256), values)) * (8192 // values) + bytes(draw.choices(USUAL, k=usual))
    assert may_be_random(data) or entropy(data) < PACKED_ENTROPY


def test_noise_passes_and_plain_code_does_not() -> None:
    noise = random.Random(1).randbytes(65536)
    assert may_be_random(noise) and entropy(noise) >= PACKED_ENTROPY
    assert not may_be_random(noise + bytes(65536))
