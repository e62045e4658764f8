"""A comparison as one JSON document, `schema` 1, and as JUnit XML for those who read builds. Absent is null."""

from __future__ import annotations

import math
import xml.etree.ElementTree as ET
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from seatrial.domain.comparison import Call
from seatrial.report.comparison import state_of
from seatrial.report.comparison_words import metric_name, needed_text, ratio_text, sentence

if TYPE_CHECKING:
    from seatrial.domain.comparison import GateCheck, MetricChange, RunComparison
    from seatrial.domain.values import Estimate

SCHEMA = 1
POOLED = "all workloads"
_COUNTS = {"tests": "testcase", "failures": "failure", "errors": "error", "skipped": "skipped"}


def comparison_document(found: RunComparison) -> dict[str, Any]:
    """The document as plain dicts, lists, strings and finite numbers."""
    base, new = found.runs
    return {
        "schema": SCHEMA,
        "base": found.base,
        "new": found.new,
        "verdict": found.verdict.value,
        "reason": sentence(found),
        "margin": found.margin,
        "untrusted": found.untrusted,
        "runs": {"base": base, "new": new},
        "warnings": list(found.warnings),
        "metrics": {key: _change(change) for key, change in found.metrics.items()},
        "workloads": {
            label: {key: _change(change) for key, change in changes.items()}
            for label, changes in found.workloads.items()
        },
        "gate": {"met": not found.fails, "checks": [asdict(check) for check in found.gate]} if found.gate else None,
    }


def _change(change: MetricChange) -> dict[str, Any]:
    ratio = change.ratio
    return {
        "ratio": None if ratio is None else {k: _finite(getattr(ratio, k)) for k in ("value", "low", "high")},
        "verdict": change.verdict.value,
        "requests_needed": change.requests_needed,
        "runs_needed": change.runs_needed,
        "base": _estimate(change.base),
        "new": _estimate(change.new),
        "note": change.note,
    }


def _estimate(estimate: Estimate | None) -> dict[str, Any] | None:
    if estimate is None:
        return None
    ends = {key: _finite(getattr(estimate, key)) for key in ("value", "low", "high")}
    return {**ends, "n": estimate.n}


def _finite(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value


def junit_xml(found: RunComparison) -> str:
    """A test case per clause of the gate or, without a gate, per metric and workload.

    A case fails where the build should stop; one that cannot be told is skipped; a measurement that is invalid is
    an error.
    """
    suite = ET.Element("testsuite", name=_inert(f"seatrial compare {found.base} {found.new}"))
    if found.untrusted:
        case = ET.SubElement(suite, "testcase", classname="seatrial.compare", name="the measurement is trusted")
        ET.SubElement(case, "error", message=_inert(sentence(found))).text = _inert("\n".join(found.warnings))
    if found.gate:
        for check in found.gate:
            _clause(suite, check)
    else:
        single = found.workloads if len(found.workloads) > 1 else {}
        pooled = POOLED if single else next(iter(found.workloads), POOLED)
        for label, changes in {pooled: found.metrics, **single}.items():
            for change in changes.values():
                _metric(suite, label, change, found.margin)
    for attribute, tag in _COUNTS.items():
        suite.set(attribute, str(len(list(suite.iter(tag)))))
    ET.SubElement(suite, "system-out").text = _inert("\n".join([sentence(found), *found.warnings]))
    root = ET.Element("testsuites")
    root.append(suite)
    ET.indent(root)
    return f"<?xml version='1.0' encoding='utf-8'?>\n{ET.tostring(root, encoding='unicode')}\n"


def _clause(suite: ET.Element, check: GateCheck) -> None:
    case = ET.SubElement(suite, "testcase", classname="seatrial.gate", name=_inert(check.clause))
    if check.fails:
        ET.SubElement(case, "failure", message=_inert(f"{state_of(check)}: {check.found}"))
    elif check.met is None:
        ET.SubElement(case, "skipped", message=_inert(f"cannot tell: {check.found}"))


def _metric(suite: ET.Element, label: str, change: MetricChange, margin: float) -> None:
    case = ET.SubElement(suite, "testcase", classname=_inert(label), name=change.metric)
    told = f"{metric_name(change.metric)}: {ratio_text(change.ratio, margin)} times that of BASE"
    if change.verdict is Call.WORSE:
        ET.SubElement(case, "failure", message=_inert(told))
    elif change.verdict is Call.CANNOT_TELL:
        needed = needed_text(change)
        more = f"; {needed} of each side would tell" if needed else ""
        ET.SubElement(case, "skipped", message=_inert(change.note if change.ratio is None else told + more))


def _inert(text: str) -> str:
    """What XML 1.0 cannot carry, as spaces."""
    return "".join(char if char.isprintable() or char in "\n\t" else " " for char in text)
