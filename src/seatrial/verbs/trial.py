"""One candidate from opening its engine to its last workload. A candidate that fails does not end the bake-off."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seatrial.domain.record import CandidateRecord, WorkloadRecord
from seatrial.engines.calibrating import calibrated
from seatrial.engines.factory import open_engine
from seatrial.errors import ColdNotPossible
from seatrial.sources.smollm import smollm_file, smollm_is_here
from seatrial.verbs.events import CandidateOpened, CandidateStarted, Listener, Remark, WorkloadStarted
from seatrial.verbs.fit import fit_to_context, lengths_to_calibrate
from seatrial.verbs.harness import ask_harness
from seatrial.verbs.masking import errors_masked, info_masked, mask_for
from seatrial.verbs.measure import Bench, is_cold, measure, warm_up
from seatrial.verbs.prompting import Prompting, nonce_of
from seatrial.verbs.questions import SAME_QUESTIONS, questions_of
from seatrial.verbs.watching import refresh_pids, watching

if TYPE_CHECKING:
    from collections.abc import Callable

    from seatrial.domain.traffic import Workload
    from seatrial.domain.trial import Candidate, Spec
    from seatrial.engines.base import Engine
    from seatrial.load.crew import Crew
    from seatrial.store.store import Store
    from seatrial.verbs.masking import Mask

_OWN_PROMPTS = "own prompts are sent as they are: a prefix cache may answer for those it has seen before"


@dataclass(frozen=True)
class Trial:
    """What all candidates of a run share."""

    run_id: str
    spec: Spec
    store: Store
    crew: Crew
    tell: Listener
    should_stop: Callable[[], bool]


def try_candidate(trial: Trial, position: int) -> str | None:
    """Measures every workload of the spec on the candidate at `position`; why it ended early, if it did.

    Raises SeatrialError if it cannot be tried.
    """
    candidate = trial.spec.candidates[position]
    trial.tell(CandidateStarted(candidate.name, position, len(trial.spec.candidates)))
    trial.store.put_candidate(trial.run_id, CandidateRecord(position, candidate))
    mask = mask_for(candidate)
    with errors_masked(mask), closing(open_engine(_with_model_file(candidate, trial.tell))) as engine:
        engine.count_tokens((("user", "hello"),))  # loads the model: only then all engines know their context
        info, model = info_masked(engine.info(), mask), mask(engine.target().model)
        trial.tell(CandidateOpened(candidate.name, info, model))
        workloads, notes = _fitted(trial.spec.workloads, info.context_tokens)
        for note in notes:
            trial.tell(Remark(note))
        calibration = calibrated(engine, lengths_to_calibrate(workloads), trial.spec.seed)
        known = candidate if candidate.model else replace(candidate, model=model)
        record = CandidateRecord(position, known, info, notes=(*notes, *calibration.notes))
        trial.store.put_candidate(trial.run_id, record)
        prompting = Prompting(trial.spec.seed, calibration, nonce_of(trial.spec, position, trial.run_id))
        return _run_workloads(_Visit(trial, position, engine, mask, prompting, _bench(trial, engine)), workloads)


def _bench(trial: Trial, engine: Engine) -> Bench:
    return Bench(
        trial.run_id, trial.store, trial.crew, engine.target(), trial.spec.seed, trial.tell, trial.should_stop
    )


def _with_model_file(candidate: Candidate, tell: Listener) -> Candidate:
    """The embedded engine's built-in model as a file on this computer, fetched at the first run.

    Whoever names a file, as the model or by `model_path`, gets that file and no other.
    """
    if candidate.engine != "embedded" or (candidate.model or "").endswith(".gguf"):
        return candidate
    if "model_path" in dict(candidate.settings):
        return candidate
    if not smollm_is_here():
        tell(Remark("fetching SmolLM2-135M-Instruct (94 MB), once"))
    path = smollm_file()
    return replace(candidate, settings=(*candidate.settings, ("model_path", str(path))))


def _fitted(workloads: tuple[Workload, ...], context_tokens: int | None) -> tuple[list[Workload], tuple[str, ...]]:
    fitted = [fit_to_context(workload, context_tokens) for workload in workloads]
    return [fit.workload for fit in fitted], tuple(fit.note for fit in fitted if fit.note)


@dataclass(frozen=True)
class _Visit:
    """One candidate with its engine open and its prompts calibrated."""

    trial: Trial
    position: int
    engine: Engine
    mask: Mask
    prompting: Prompting
    bench: Bench


def _run_workloads(visit: _Visit, workloads: list[Workload]) -> str | None:
    """All workloads in order. When the server goes, the rest are recorded as not run, and the reason returned."""
    trial, gone, warm = visit.trial, None, False
    with watching(visit.engine, trial.store, trial.run_id) as pids:
        for number, workload in enumerate(workloads):
            if trial.should_stop():
                break
            trial.tell(WorkloadStarted(workload, number, len(workloads)))
            record = _record(visit, workload, visit.position * len(workloads) + number)
            if gone:
                record = replace(record, skipped=gone)
            elif is_cold(workload):
                record = _made_cold(visit, record)
                refresh_pids(visit.engine, pids)
            elif workload.harness is not None:
                record = ask_harness(visit.bench, trial.spec.candidates[visit.position], record)
            if record.skipped or record.harness is not None:
                _keep_unmeasured(trial, record)
                continue
            if not is_cold(workload) and not warm:
                _warm_up(visit, workload)
                if trial.should_stop():
                    break
            gone = measure(visit.bench, visit.prompting.of(workload, number, record.questions), record)
            warm = True
    return gone


def _record(visit: _Visit, workload: Workload, position: int) -> WorkloadRecord:
    asked = questions_of(workload)
    own = _OWN_PROMPTS if workload.prompts_file is not None else SAME_QUESTIONS if asked is not None else None
    return WorkloadRecord(
        position=position,
        candidate_position=visit.position,
        workload=workload,
        processes=len(visit.trial.crew.pids),
        input_tokens_calibrated=visit.prompting.counted(workload),
        notes=() if own is None else (own,),
        questions=asked,
    )


def _made_cold(visit: _Visit, record: WorkloadRecord) -> WorkloadRecord:
    """The record with its cold phases, or with the reason why it is skipped: a cold start is never faked."""
    visit.trial.tell(Remark("making the engine cold"))
    try:
        with errors_masked(visit.mask):
            return replace(record, cold=visit.engine.force_cold())
    except ColdNotPossible as reason:
        return replace(record, skipped=f"{reason.message}; {reason.hint}" if reason.hint else reason.message)


def _warm_up(visit: _Visit, workload: Workload) -> None:
    problem = warm_up(visit.bench, visit.prompting.of_warm_up(workload), workload)
    if problem and not visit.trial.should_stop():
        visit.trial.tell(Remark(f"the warm-up failed ({problem}); going on"))


def _keep_unmeasured(trial: Trial, record: WorkloadRecord) -> None:
    trial.store.put_workload(trial.run_id, record)
    if record.skipped:
        trial.tell(Remark(f"{record.workload.name} skipped: {record.skipped}"))
