from __future__ import annotations

from seatrial.engines.footprint import llamacpp_footprint, vllm_footprint

LOG = """\
llama_context:        CPU compute buffer size =   999.00 MiB
load_tensors: loading model tensors, this can take a while... (load_mode = mmap)
load_tensors:   CPU_Mapped model buffer size =    92.10 MiB
load_tensors:        CUDA0 model buffer size =     8.00 MiB
llama_context:        CPU  output buffer size =     0.75 MiB
llama_kv_cache:        CPU KV buffer size =   180.00 MiB
llama_kv_cache: size =  180.00 MiB (  2048 cells,  30 layers,  4/4 seqs), K (f16):   90.00 MiB, V (f16):   90.00 MiB
llama_memory_recurrent:        CPU RS buffer size =     1.00 MiB
sched_reserve:        CPU compute buffer size =    16.64 MiB
"""


def test_buffers_of_all_devices_after_the_last_loading_are_summed() -> None:
    assert llamacpp_footprint(LOG) == {
        "weights_bytes": str(round(100.10 * 2**20)),
        "output_bytes": "786432",
        "kv_bytes": str(181 * 2**20),
        "compute_bytes": str(round(16.64 * 2**20)),
    }
    assert llamacpp_footprint("nothing of the kind") == {}


def test_vllm_tells_tokens_and_bytes_where_they_are_numbers() -> None:
    told = {"num_gpu_blocks": "728", "block_size": "128", "kv_cache_memory_bytes": "None"}
    assert vllm_footprint(told) == {"kv_tokens": "93184"}
    # with groups of layers the engine's own figure counts, which blocks x block size are not
    assert vllm_footprint(told | {"kv_cache_size_tokens": "5000", "kv_cache_memory_bytes": "12"}) == {
        "kv_tokens": "5000",
        "kv_bytes": "12",
    }
    assert vllm_footprint({"num_gpu_blocks": "None"}) == {}
