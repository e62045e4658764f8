"""How long a plan takes: the command as a whole process, and the search over the whole catalogue.

python bench/planning.py [--repeats N]        prints the rows of docs/benchmarks.md, medians of N
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from seatrial.catalog.models import catalog_models
from seatrial.sizing.choice.search import propose_all
from seatrial.verbs.planning.plan import question_about
from seatrial.verbs.planning.wishes import Wishes

if TYPE_CHECKING:
    from collections.abc import Callable

TRAFFIC = "--rate 4 --input 512 --output 128 --slo ttft_p95=1s --slo tpot_p95=60ms --no-calibration"
PINNED = "--engine vllm --gpu H100 --tp 2 --concurrency 32 --input 1024 --output 512 --no-calibration --json"
COMMANDS = {
    "`seatrial plan llama-3.1-8b-instruct`, searched": f"plan llama-3.1-8b-instruct {TRAFFIC}",
    "`seatrial plan llama-3.3-70b-instruct`, searched": f"plan llama-3.3-70b-instruct {TRAFFIC}",
    "`seatrial plan llama-3.1-8b-instruct`, one layout": f"plan llama-3.1-8b-instruct {PINNED}",
}


def command_s(words: str) -> float:
    """Seconds of `seatrial` with `words`, from start to exit."""
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-m", "seatrial", *words.split()], capture_output=True, check=False)
    if done.returncode not in {0, 1}:
        sys.exit(done.stderr.decode())
    return time.perf_counter() - start


def whole_search_s() -> float:
    """Seconds to find the best plan of every model of the catalogue, or the reason why it has none.

    On every GPU whose memory is known, with every offer; loading the tables is not counted.
    """
    wishes = Wishes(rate_per_s=4.0, input_tokens=512.0, output_tokens=128.0, gpus=("all",), gpu_memory="64GiB")
    questions = [question_about(each.model, each.files, wishes, explained=False) for each in catalog_models()]
    start = time.perf_counter()
    found = list(propose_all(questions))
    spent = time.perf_counter() - start
    print(f"{len(found)} models on {len(questions[0].gpus)} GPUs", file=sys.stderr)
    return spent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    rows: dict[str, tuple[Callable[[], float], float]] = {
        name: (lambda words=words: command_s(words), 0.5)  # type: ignore[misc]
        for name, words in COMMANDS.items()
    }
    rows["the best plan of every model of the catalogue, on every GPU"] = (whole_search_s, 2.0)
    print("| what | median | least | bound | |\n| --- | --- | --- | --- | --- |")
    for name, (once, bound_s) in rows.items():
        times = [once() for _ in range(repeats)]
        middle = statistics.median(times)
        verdict = "met" if middle <= bound_s else "**missed**"
        print(f"| {name} | {middle:.2f} s | {min(times):.2f} s | <= {bound_s:g} s | {verdict} |")


if __name__ == "__main__":
    main()
