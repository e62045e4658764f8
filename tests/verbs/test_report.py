"""Files of a report: whole or not at all, and never over another one unasked."""

from __future__ import annotations

from pathlib import Path

import pytest

from seatrial.errors import OutsideError, UsageError
from seatrial.verbs.report import FORMS, Report, form_of, render, write_report
from seatrial.verbs.writing import check_free, write_whole
from tests.report.runs import bake_off, nothing


def test_a_full_disk_leaves_the_old_file_and_no_part_of_the_new(small_disk: Path) -> None:
    file = small_disk / "report.html"
    write_whole(file, "old")
    with pytest.raises(OutsideError, match=r"report\.html cannot be written: No space left"):
        write_whole(file, "x" * 4_000_000)
    assert file.read_text("utf-8") == "old"
    assert [entry.name for entry in small_disk.iterdir()] == ["report.html"]


def test_a_folder_in_the_way_is_told(tmp_path: Path) -> None:
    (tmp_path / "report.html").mkdir()
    with pytest.raises(UsageError, match="exists"):
        check_free(tmp_path / "report.html", force=False)
    with pytest.raises(OutsideError, match="cannot be written"):
        write_whole(tmp_path / "report.html", "x")


def test_what_utf8_cannot_carry_is_written_as_an_escape(tmp_path: Path) -> None:
    write_whole(tmp_path / "report.txt", "a \udcff b")
    assert (tmp_path / "report.txt").read_text("utf-8") == "a \\udcff b"


@pytest.mark.parametrize("form", ["html", "md", "json", "text"])
def test_every_form_of_a_run_that_never_began(form: str, tmp_path: Path) -> None:
    (file,) = write_report(Report(nothing()), tmp_path / f"out.{form}", form)
    assert "nobody answered at 127.0.0.1:1" in file.read_text("utf-8")


def test_the_form_follows_the_name() -> None:
    assert {form_of(Path(f"x{end}")) for end in FORMS} == set(FORMS.values())
    with pytest.raises(UsageError, match="says no format"):
        form_of(Path("x.pdf"))


def test_a_notebook_needs_a_run_in_the_store() -> None:
    with pytest.raises(UsageError, match="reads runs from the store"):
        render(Report(bake_off()), "ipynb")


def test_a_picture_of_a_run_without_charts_is_told() -> None:
    with pytest.raises(UsageError, match="no charts"):
        render(Report(nothing()), "svg", chart_id="ecdf-ttft")
