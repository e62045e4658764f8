"""For tests, ours and yours: a server that plays any fault, one whose timing is known, a clock that jumps."""
