"""Models that are in no catalogue, read from their own files: a folder, a GGUF, the hub, Ollama, a wheel."""
