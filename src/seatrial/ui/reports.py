"""Reports and comparisons as pages. A finished run does not change: its page is made once."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from seatrial.report.comparison import comparison_page_view
from seatrial.report.page import render_html
from seatrial.store.store import Store
from seatrial.verbs.compare import compare_runs
from seatrial.verbs.report import load_report, render
from seatrial.verbs.sides import load_sides

if TYPE_CHECKING:
    from pathlib import Path

_KEPT = 16


class Reports:
    """Makes pages one at a time: two at once would take as long, and twice the memory."""

    def __init__(self, store_path: Path) -> None:
        self._store_path = store_path
        self._made: OrderedDict[str, str] = OrderedDict()
        self._lock = Lock()

    def report(self, word: str) -> str:
        """The report of the run that `word` means. Raises UsageError and StoreError."""
        run_id = self._run_id(word)
        with self._lock:
            if run_id in self._made:
                return self._made[run_id]
            found = load_report([run_id], self._store_path, drawn=True)
            page = str(render(found, "html"))
            if found.run.status != "running":
                self._made[run_id] = page
                if len(self._made) > _KEPT:
                    self._made.popitem(last=False)
            return page

    def comparison(self, base: str, new: str) -> str:
        """Two runs compared. Raises UsageError and StoreError."""
        sides = [load_sides(self._run_id(word), self._store_path) for word in (base, new)]
        with self._lock:
            return render_html(comparison_page_view(compare_runs(*sides)))

    def _run_id(self, word: str) -> str:
        """Only what is in the store: an address names no files of this computer."""
        with Store.open(self._store_path, create=False) as store:
            return store.resolve(word)
