from __future__ import annotations

import pytest

from seatrial.sizing.memory.rule import nominal_bits, rule_of_thumb_bytes


def test_the_rule_as_it_is_passed_around() -> None:
    assert rule_of_thumb_bytes(1e9, 16) == 2.4e9  # the 2.4 GB of "1B" models
    assert rule_of_thumb_bytes(1_235_814_400, 16) == pytest.approx(2.966e9, rel=1e-3)  # Llama 3.2 1B as it is
    assert rule_of_thumb_bytes(70e9, 4) == 42e9


@pytest.mark.parametrize(
    ("quant", "bits"),
    [
        *(("bf16", 16), ("F16", 16), ("f32", 32), ("fp8", 8), ("int8-w8a8", 8), ("int4-w4a16", 4), ("mxfp4", 4)),
        *(("Q4_K_M", 4), ("Q8_0", 8), ("IQ2_XXS", 2), ("fp8-dynamic", 8), ("unheard of", 16)),
    ],
)
def test_bits_by_the_name(quant: str, bits: float) -> None:
    assert nominal_bits(quant) == bits
