"""What the charts are drawn from: curves, dots and lines, thinned so that a report stays small."""

from seatrial.stats.traces.workloads import span_ns, trace_candidate, with_telemetry

__all__ = ["span_ns", "trace_candidate", "with_telemetry"]
