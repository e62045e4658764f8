"""The GitHub Actions example, run as a script: its `run:` steps, in order, with the `env:` of its job."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import NamedTuple

import pytest

from seatrial.errors import EXIT_UNTRUSTED
from seatrial.testing.reference import ReferenceProcess

from .harness import environment

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "ci" / "seatrial.yml"
LIMIT_S = 120.0
TRIES = 3


class Step(NamedTuple):
    name: str
    script: str
    always: bool


def steps() -> list[Step]:
    """The steps with a `run:`, be it on the line or in a block below it."""
    found = []
    plain = re.sub(r"^ *#.*\n", "", EXAMPLE.read_text("utf-8"), flags=re.MULTILINE)
    for text in re.split(r"^      - ", plain, flags=re.MULTILINE)[1:]:
        body = textwrap.dedent("        " + text)
        if match := re.search(r"^run: (\|\n((?:  .*\n|\n)+)|.+\n)", body, re.MULTILINE):
            script = textwrap.dedent(match[2]) if match[2] else match[1]
            name = re.search(r"^name: (.+)$", body, re.MULTILINE)
            assert name is not None
            found.append(Step(name[1], script, "if: always()" in body))
    return found


def job_environment() -> dict[str, str]:
    block = re.search(r"^    env:\n((?:      .+\n)+)", EXAMPLE.read_text("utf-8"), re.MULTILINE)
    assert block is not None
    pairs = (line.strip().split(" #")[0].partition(": ") for line in block[1].splitlines())
    return {name: value for name, _, value in pairs}


def run_job(folder: Path, base_url: str, new_url: str) -> dict[str, int]:
    """Exit code by step, as GitHub runs them: bash -e, and after a failure only what is to run always."""
    own = {
        "BASE_URL": base_url,
        "NEW_URL": new_url,
        "LOAD": "--rate 60 --requests 160 --input-tokens 8 --output-tokens 4",  # small, for a test
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_INDEX": "1",  # it is installed already, and nothing is fetched
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }
    known = job_environment()
    assert own.keys() >= {"BASE_URL", "NEW_URL", "LOAD"} <= known.keys()
    codes: dict[str, int] = {}
    for step in steps():
        if any(codes.values()) and not step.always:
            continue
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.script],
            cwd=folder,
            env=environment(**(known | own)),
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            check=False,
        )
        print(step.name, done.stdout, done.stderr)
        codes[step.name] = done.returncode
    return codes


@pytest.mark.parametrize(("factor", "code"), [(1.0, 0), (1.3, 1)])
def test_the_job_is_green_for_the_same_server_and_red_for_a_slower_one(
    tmp_path: Path, factor: float, code: int
) -> None:
    with (
        ReferenceProcess(ttft_s=0.6, itl_s=0.1, tokens=4) as base,
        ReferenceProcess(ttft_s=0.6 * factor, itl_s=0.1 * factor, tokens=4) as new,
    ):
        for attempt in range(TRIES):
            folder = tmp_path / str(attempt)
            folder.mkdir()
            codes = run_job(folder, base.url, new.url)
            if codes.get("Compare") != EXIT_UNTRUSTED:
                break
        else:
            pytest.skip("NOT TESTED: this computer is too busy to measure")
    assert codes == {"Install seatrial": 0, "Measure both": 0, "Compare": code, "Summary": 0}
    gate = "fails" if code else "passes"
    assert f", the gate {gate}\n" in (folder / "summary.md").read_text("utf-8").splitlines(keepends=True)[0]
    (suite,) = ET.fromstring((folder / "seatrial.xml").read_text("utf-8"))
    assert (suite.get("failures") != "0") is bool(code)
    assert suite.get("tests") == str(len(job_environment()["GATE"].split(";")))
