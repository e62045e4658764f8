"""From what was typed to a proposal, and a prediction held against a run."""
