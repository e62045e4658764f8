"""File formats without I/O: GGUF and safetensors headers, config.json, to domain values."""
