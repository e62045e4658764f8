"""One candidate from opening its engine to its last workload. A candidate that fails does not end the bake-off."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.domain.record import CandidateRecord, WorkloadRecord
from seatrial.engines.calibrating import calibrated
from seatrial.engines.factory import open_engine
from seatrial.errors import ColdNotPossible, UsageError
from seatrial.prompts.files import own_prompts
from seatrial.prompts.fixed import FilePrompts
from seatrial.prompts.make import PromptMaker
from seatrial.sources.smollm import smollm_file, smollm_is_here
from seatrial.verbs.events import CandidateOpened, CandidateStarted, Listener, Remark, WorkloadStarted
from seatrial.verbs.fit import fit_to_context, lengths_to_calibrate
from seatrial.verbs.measure import Bench, is_cold, measure, warm_up
from seatrial.verbs.watching import refresh_pids, watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.traffic import Workload
    from seatrial.domain.trial import Candidate, Spec
    from seatrial.engines.base import Engine
    from seatrial.load.crew import Crew
    from seatrial.load.job import PromptSource
    from seatrial.prompts.calibrate import Calibration
    from seatrial.store.store import Store

_WARM_UP_SERIES = 4095  # no workload comes that far


@dataclass(frozen=True)
class Trial:
    """What all candidates of a run share."""

    run_id: str
    spec: Spec
    store: Store
    crew: Crew
    tell: Listener
    should_stop: Callable[[], bool]


def try_candidate(trial: Trial, position: int) -> None:
    """Measures every workload of the spec on the candidate at `position`. Raises SeatrialError if it cannot."""
    candidate = trial.spec.candidates[position]
    trial.tell(CandidateStarted(candidate.name, position, len(trial.spec.candidates)))
    trial.store.put_candidate(trial.run_id, CandidateRecord(position, candidate))
    with closing(open_engine(_with_model_file(candidate, trial.tell))) as engine:
        info = engine.info()
        trial.tell(CandidateOpened(candidate.name, info, engine.target().model))
        workloads, notes = _fitted(trial.spec.workloads, info.context_tokens)
        for note in notes:
            trial.tell(Remark(note))
        calibration = calibrated(engine, lengths_to_calibrate(workloads), trial.spec.seed)
        record = CandidateRecord(position, candidate, info, notes=(*notes, *calibration.notes))
        trial.store.put_candidate(trial.run_id, record)
        _run_workloads(trial, engine, position, workloads, calibration)


def _with_model_file(candidate: Candidate, tell: Listener) -> Candidate:
    """The embedded engine's built-in model as a file on this computer, fetched at the first run."""
    if candidate.engine != "embedded" or (candidate.model or "").endswith(".gguf"):
        return candidate
    if not smollm_is_here():
        tell(Remark("fetching SmolLM2-135M-Instruct (94 MB), once"))
    path = smollm_file()
    settings = (*(pair for pair in candidate.settings if pair[0] != "model_path"), ("model_path", str(path)))
    return replace(candidate, settings=settings)


def _fitted(workloads: tuple[Workload, ...], context_tokens: int | None) -> tuple[list[Workload], tuple[str, ...]]:
    fitted = [fit_to_context(workload, context_tokens) for workload in workloads]
    return [fit.workload for fit in fitted], tuple(fit.note for fit in fitted if fit.note)


def _run_workloads(
    trial: Trial, engine: Engine, position: int, workloads: list[Workload], calibration: Calibration
) -> None:
    bench = Bench(
        trial.run_id, trial.store, trial.crew, engine.target(), trial.spec.seed, trial.tell, trial.should_stop
    )
    gone: str | None = None
    warm = False
    with watching(engine, trial.store, trial.run_id) as pids:
        for number, workload in enumerate(workloads):
            if trial.should_stop():
                return
            trial.tell(WorkloadStarted(workload, number, len(workloads)))
            record = WorkloadRecord(
                position=position * len(workloads) + number,
                candidate_position=position,
                workload=workload,
                processes=len(trial.crew.pids),
                input_tokens_calibrated=_calibrated(workload, calibration),
            )
            record = _made_cold(trial, engine, record) if is_cold(workload) and not gone else record
            refresh_pids(engine, pids)
            if gone or record.skipped:
                _skip(trial, record, record.skipped or f"not run: {gone}")
                continue
            if not is_cold(workload) and not warm:
                problem = warm_up(bench, _maker(trial, workload, calibration, _WARM_UP_SERIES), workload)
                if problem:
                    trial.tell(Remark(f"the warm-up failed ({problem}); going on"))
            _, ended_early = measure(bench, _prompts(trial, workload, calibration, number), record)
            warm = True
            gone = ended_early


def _made_cold(trial: Trial, engine: Engine, record: WorkloadRecord) -> WorkloadRecord:
    """The record with its cold phases, or with the reason why it is skipped: a cold start is never faked."""
    trial.tell(Remark("making the engine cold"))
    try:
        return replace(record, cold=engine.force_cold())
    except ColdNotPossible as reason:
        return replace(record, skipped=f"{reason.message}. {reason.hint}".strip(". ") + ".")


def _skip(trial: Trial, record: WorkloadRecord, reason: str) -> None:
    trial.store.put_workload(trial.run_id, replace(record, skipped=reason))
    trial.tell(Remark(f"{record.workload.name} skipped: {reason}"))


def _calibrated(workload: Workload, calibration: Calibration) -> float | None:
    counted = calibration.achieved.get(round(workload.input_tokens.mean))
    return None if counted is None else float(counted)


def _prompts(trial: Trial, workload: Workload, calibration: Calibration, series: int) -> PromptSource:
    """The same prompts for every candidate: they depend on seed and workload only."""
    if workload.prompts_file is None:
        return _maker(trial, workload, calibration, series)
    path = Path(workload.prompts_file)
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"prompts file {path} cannot be read: {error}", "check the key prompts") from error
    return FilePrompts(tuple(own_prompts(path.name, text)))


def _maker(trial: Trial, workload: Workload, calibration: Calibration, series: int) -> PromptMaker:
    return PromptMaker(trial.spec.seed, calibration, workload.prefix, series)
