"""A process that writes a run: `python -m store.writer STORE RUN BATCHES SIZE PAUSE_S`.

Prints the number of each batch once it is stored.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from seatrial.store.store import Store

from .records import fill, make_sample

path, run_id = Path(sys.argv[1]), sys.argv[2]
batches, size, pause_s = int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5])
with Store.open(path) as store:
    fill(store, run_id)
    for batch in range(batches):
        store.add_samples(run_id, 0, [make_sample(index) for index in range(batch * size, (batch + 1) * size)])
        print(batch, flush=True)
        time.sleep(pause_s)
    store.finish_run(run_id, "finished")
