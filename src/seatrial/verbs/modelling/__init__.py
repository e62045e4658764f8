"""The catalogue and the hubs: list, show, compare, search, pull, shortlist."""
