"""What every request of a workload asks: made prompts of calibrated length, or the user's own."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from seatrial.errors import UsageError
from seatrial.prompts.files import own_prompts
from seatrial.prompts.fixed import FilePrompts
from seatrial.prompts.make import MAX_SERIES, PromptMaker
from seatrial.prompts.questions import Questions

if TYPE_CHECKING:
    from collections.abc import Iterable

    from seatrial.domain.quality import QuestionSet
    from seatrial.domain.traffic import Workload
    from seatrial.domain.trial import Spec
    from seatrial.load.job import PromptSource
    from seatrial.prompts.calibrate import Calibration

_WARM_UP_SERIES = MAX_SERIES - 1  # no workload comes that far; the last one is for the probes of calibration


@dataclass(frozen=True)
class Prompting:
    """The prompts of one candidate: they depend on the seed, so all candidates of a run are asked the same.

    Only their first words, which keep prefix caches out, also depend on `nonce`.
    """

    seed: int
    calibration: Calibration
    nonce: str

    def of(self, workload: Workload, series: int, asked: QuestionSet | None = None) -> PromptSource:
        """The prompts of `workload`, the `series`-th of the trial: the questions `asked`, where it asks some.

        Raises UsageError for a file that is none.
        """
        if asked is not None:
            return Questions(asked.items, round(workload.output_tokens.mean))
        if workload.prompts_file is not None:
            return _from_file(Path(workload.prompts_file))
        return PromptMaker(self.seed, self.calibration, workload.prefix, series, self.nonce)

    def of_warm_up(self, workload: Workload) -> PromptSource:
        return PromptMaker(self.seed, self.calibration, workload.prefix, _WARM_UP_SERIES, self.nonce)

    def counted(self, workload: Workload) -> float | None:
        """Tokens the server counted in prompts made for this length; None when it did not."""
        counted = self.calibration.achieved.get(round(workload.input_tokens.mean))
        return None if counted is None else float(counted)


def check_prompts(workloads: Iterable[Workload]) -> None:
    """Raises UsageError for a file of own prompts that cannot be used."""
    for name in {workload.prompts_file for workload in workloads} - {None}:
        _from_file(Path(str(name)))


def nonce_of(spec: Spec, position: int, run_id: str) -> str:
    """Another one for each run, and for a candidate whose server and model an earlier one of the run has asked."""
    here = spec.candidates[position]
    earlier = [c for c in spec.candidates[:position] if (c.endpoint, c.model) == (here.endpoint, here.model)]
    return f"{run_id}/{len(earlier)}"


def _from_file(path: Path) -> FilePrompts:
    return FilePrompts(tuple(own_prompts(path.name, text_of(path, "prompts", "check the key prompts"))))


def text_of(path: Path, what: str, hint: str) -> str:
    """The text of a file of the user's. Raises UsageError, with `hint`, where it is none."""
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{what} file {path} is not UTF-8 text: {error.reason}") from error
    except OSError as error:
        raise UsageError(f"{what} file {path} cannot be read: {error.strerror}", hint) from error
