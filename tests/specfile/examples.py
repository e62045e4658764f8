"""Specs that tests start from."""

SPEC = """\
seed = 7
name = "both"

[slo]
ttft_p95 = "1s"
success  = 0.99

[[candidates]]
engine   = "ollama"
model    = "llama3.1:8b"
endpoint = "http://127.0.0.1:11434"

[[candidates]]
engine   = "vllm"
model    = "meta-llama/Llama-3.1-8B-Instruct"
endpoint = "http://127.0.0.1:8000"

[[workloads]]
suite = "cold-warm"

[[workloads]]
name     = "office-hours"
arrivals = "poisson"
rate     = 4.0
duration = "5m"
input_tokens  = { mean = 512, cv = 0.5 }
output_tokens = 128
"""
MINIMAL = '[[candidates]]\nendpoint = "http://127.0.0.1:8000"\n'
