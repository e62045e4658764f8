"""What the user wrote -> `Spec`, and `Spec` -> plain data.

    lines       on which line a key stands
    tables      reading a table by a table of keys; faults and how they are told
    kinds, lengths, slo         what kinds of values there are
    plan        [plan], which a run checks and does not use
    keys        every key there is: the table that all else is made from
    load_rules  which keys contradict
    workloads, candidates, load     the reading itself
    document    a spec as JSON-able data and back

The command line makes the same kind of document as tomllib does and has it read by `read_spec`, so an option and
a key mean the same and fail alike.
"""

from __future__ import annotations

from seatrial.specfile.document import spec_document, spec_from_document
from seatrial.specfile.load import load_plan, load_spec, read_spec
from seatrial.specfile.slo import parse_slo

__all__ = ["load_plan", "load_spec", "parse_slo", "read_spec", "spec_document", "spec_from_document"]
