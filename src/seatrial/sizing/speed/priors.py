"""What each factor is expected to be before any row is looked at, from what hardware and engines are known to do.

They hold a fit near physics where rows say little (three families, one GPU), and are all there is for hardware that
nobody measured. docs/accuracy.md shows how well they predict alone, beside the fit.
"""

from __future__ import annotations

from seatrial.domain.coefficients import Prior

STEP_VLLM = Prior(
    {
        "weights": 1.15,  # 87 % of peak bandwidth: what large GEMV kernels reach
        "experts": 1.30,  # grouped kernels on scattered experts: 77 %
        "kv": 1.20,  # paged attention: 83 %
        "compute": 1.60,  # 62 % of dense peak in large matrix products
        "routing": 2.50,  # 40 % of dense peak in grouped products of a few rows each
        "comm": 2.00,  # half of a link's nominal rate
        "layers": 40.0,  # some ten kernels a layer out of a CUDA graph
        "sync": 20.0,  # two all-reduces a layer, latency alone
        "requests": 20.0,  # sampling, detokenising, scheduling, per sequence
        "step": 500.0,  # one round of scheduler, sampler and output
    }
)
STEP_GGML = Prior(
    {
        "weights": 1.35,
        "float_weights": 1.20,
        "experts": 1.50,
        "kv": 1.35,  # no row has a long context: held by what is known of the kernels
        "compute": 1.60,
        "routing": 2.50,
        "layers": 40.0,
        "recurrent": 40.0,
        "requests": 20.0,  # no row has a batch
        "step": 50.0,
        "offloaded": 1.20,
    },
    weight=1.0,
)
STEP = {"vllm": STEP_VLLM, "llama.cpp": STEP_GGML}
"""By engine, as fits are (`fitted.FORMS_OF`)."""
FIRST = Prior(
    {
        "prefill": 1.0,  # a prompt costs what the step form says
        "bunching": 0.4,  # users who ended together come back together, about the root of their number
        "running": 1.0,  # half of the step that is running, and scheduling
        "arrival": 5.0,  # milliseconds: connection, template, a place in the queue, the first chunk on its way out
        "tokenizing": 2.0,  # microseconds a prompt token
    }
)
"""Of every engine: no row of llama.cpp tells these apart."""
