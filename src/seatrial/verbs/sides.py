"""What a side of a comparison is: a word of the user, and the runs it means."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.errors import UsageError
from seatrial.sources.foreign import read_foreign
from seatrial.stats.trust import combine_named
from seatrial.store.place import default_path
from seatrial.store.store import Store
from seatrial.verbs.summary import summarize_stored

if TYPE_CHECKING:
    from collections.abc import Iterator

    from seatrial.domain.summary import RunSummary


def load_sides(word: str, store_path: Path | None) -> tuple[RunSummary, ...]:
    """The runs that `word` means, for `report` (each is a run) as for `compare` (together they are one side).

    `word` is a stored run (its id or the beginning of it, its name, or `last`), a FILE.json (a report of seatrial
    or another tool's result, see docs/imports.md), or several of them with commas between. Each may have
    `:CANDIDATE` after it, and then only that candidate is kept. The store is opened only if a run is looked for in
    it; `store_path` None is the default store.

    Raises UsageError for what cannot be found, or is given twice; OutsideError (StoreError) where a file or the
    store cannot be read.
    """
    # A file may have commas in its name.
    parts = [word] if _is_file(word) else [part.strip() for part in word.split(",")]
    if not all(parts):
        raise UsageError(f'"{word}" has an empty part', "give a run, a FILE.json, or several with commas between")
    found = tuple(_one(part, store_path) for part in parts)
    seen: set[tuple[str, ...]] = set()
    for part, run in zip(parts, found, strict=True):
        who = (run.tool, run.run, run.started, *(candidate.name for candidate in run.candidates))
        if who in seen:
            raise UsageError(f'"{part}" is given twice', "a run counts once: give another, or leave it out")
        seen.add(who)
    return found


def _one(part: str, store_path: Path | None) -> RunSummary:
    for place, candidate in _readings(part):
        if _is_file(place):
            return _kept(read_foreign(Path(place)), candidate)
    if _means_a_file(part):
        raise UsageError(f"{part}: there is no such file", "give the path of a JSON file, or a stored run")
    with Store.open(store_path or default_path(), create=False) as store:
        run_id, candidate = _resolved(store, part)
        run = summarize_stored(store, run_id)
    return _kept(run, candidate)


def _is_file(word: str) -> bool:
    try:
        return Path(word).is_file()
    except OSError:  # longer than a name can be
        return False


def _readings(part: str) -> Iterator[tuple[str, str | None]]:
    """Every way to read `part` as PLACE or PLACE:CANDIDATE, the longest place first: both may contain colons."""
    yield part, None
    for at in range(len(part) - 1, 0, -1):
        if part[at] == ":":
            yield part[:at], part[at + 1 :]


def _means_a_file(part: str) -> bool:
    return any(place.endswith(".json") for place, _ in _readings(part)) or "/" in part.partition(":")[0]


def _resolved(store: Store, part: str) -> tuple[str, str | None]:
    """The id of the stored run, and the candidate asked for. Raises the error of the shortest reading."""
    *longer, (place, candidate) = _readings(part)
    for run, of in longer:
        try:
            return store.resolve(run), of
        except UsageError:
            continue
    return store.resolve(place), candidate


def _kept(run: RunSummary, name: str | None) -> RunSummary:
    """The run with that candidate alone, and without what was said of several; the whole run for None."""
    if name is None:
        return run
    candidates = tuple(candidate for candidate in run.candidates if candidate.name == name)[:1]
    if not candidates:
        there = ", ".join(candidate.name for candidate in run.candidates) or "none"
        raise UsageError(f'run {run.run} has no candidate "{name}"', f"its candidates: {there}")
    trusts = {workload.name: workload.trust for workload in candidates[0].workloads if workload.skipped is None}
    return replace(
        run,
        candidates=candidates,
        trust=combine_named(trusts) if trusts else run.trust,
        recommendation="",
        comparisons=(),
        answer=None,
    )
