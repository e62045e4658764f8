"""Questions with deterministic checks: what an answer is worth, told without a judge. Pure."""
