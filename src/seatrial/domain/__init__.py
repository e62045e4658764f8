"""The nouns, as frozen dataclasses: standard library only, no I/O, no clock."""
