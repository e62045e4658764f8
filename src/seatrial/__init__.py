"""seatrial: sea trials for self-hosted LLM services."""

__version__ = "0.1.0"
