"""Loops without AVX, damaged, foreign, missing or under sanitizers: right or said, no crash."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from functools import cache
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from harness.native import FILE, compiled_loops, loaded
from harness.pictures import photo

from difd.engine.features.features import features_of
from difd.engine.match import signature
from difd.engine.match.signature import _FACTORS, LENGTH, ORDER, Transform, signatures
from difd.engine.native.chosen import VARIABLE, loops
from difd.engine.native.in_pillow import narrow_in_memory
from difd.engine.read.grey import working_grey
from difd.engine.read.resample import weights

ROOT = Path(__file__).parents[3]
TESTS = Path(__file__).parent


@cache
def build_script():
    spec = importlib.util.spec_from_file_location("hatch_build", ROOT / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_is_loaded_was_compiled_from_the_sources_that_lie_here():
    sources = build_script().digest_of()
    assert sources == compiled_loops().SOURCES, "Run: python hatch_build.py"


@pytest.fixture(scope="module", params=["-DDIFD_PLAIN", "-DDIFD_NO_AVX512"])
def plain(tmp_path_factory, request):
    """The loops as a processor without AVX2 runs them, and as one with it but without AVX-512."""
    place = tmp_path_factory.mktemp("plain")
    return loaded(build_script().compile_loops(place, flags=[request.param]))


@pytest.mark.early
def test_older_processors_compute_the_same_bits(plain):
    tensors = list(np.random.default_rng(0).integers(0, 256, (20, 51, 51, 3), np.uint8))
    expected, sums = signatures(tensors, 51)
    given = Transform(signature._basis(51), ORDER)
    made, own = np.zeros((20, LENGTH), np.float32), np.zeros((20, 3), np.int64)
    plain.transform(tensors, given._basis, given._lines, given._order, _FACTORS, made, own)
    assert np.array_equal(made, expected)
    planes = list(np.random.default_rng(1).integers(0, 256, (2, 100, 300), np.uint8))
    moments = [np.zeros((5, 6)), np.zeros((5, 6))]
    for module, sums in zip((plain, loops), moments, strict=True):
        module.add_moments(*planes, sums)
    assert np.array_equal(*moments)


@pytest.mark.early  # beside its neighbours, or the loops are compiled once more for it
def test_older_processors_resize_rows_to_the_same_bits(plain):
    for width, rows in product((1, 49, 50, 51, 120, 267, 400, 800, 1001), (1, 3, 4, 7)):
        pixels = np.random.default_rng(width).integers(0, 1 << 32, (rows, width), np.uint32)
        made = [np.zeros((rows, 50, 3), np.uint8) for _ in range(2)]
        for module, out in zip((plain, loops), made, strict=True):
            module.narrow_colours(pixels, *weights(width, 50), out)
        assert np.array_equal(*made), (width, rows)
        assert np.array_equal(made[0], narrow_in_memory(pixels, 50)), (width, rows)


@pytest.mark.early
def test_older_processors_find_the_same_features(plain, monkeypatch):
    grey = working_grey(photo(400, 300)).grey
    expected = features_of(grey).packed()
    for module in ("scales", "surroundings"):
        monkeypatch.setattr(f"difd.engine.features.{module}.loops", plain)
    assert features_of(grey).packed() == expected
    assert len(expected) > 100 * 12


@pytest.fixture
def installation(tmp_path):
    """A copy of difd to be damaged; returns what a process says of its loops."""
    shutil.copytree(ROOT / "daemon" / "difd", tmp_path / "difd")
    native = tmp_path / "difd" / "engine" / "native"
    (library,) = native.glob("_loops*.so")

    def says(**environment: str) -> str:
        script = "from difd.engine.native.chosen import WHY_NOT; print(WHY_NOT)"
        variables = {**os.environ, "PYTHONPATH": str(tmp_path), **environment}
        variables.pop(VARIABLE, None) if VARIABLE not in environment else None
        done = subprocess.run(
            [sys.executable, "-c", script],
            env=variables,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    return library, says


def test_sound_loops_are_used_unless_the_variable_says_otherwise(installation):
    _, says = installation
    assert says() == ""
    assert says(**{VARIABLE: "twin"}) == "DIFD_LOOPS says so"


def test_half_a_library_is_left_aside(installation):
    library, says = installation
    whole = library.read_bytes()
    for share in (0.0, 0.0003, 0.01, 0.3, 0.6, 0.9, 0.99):
        library.write_bytes(whole[: int(share * len(whole))])
        assert says() == "the compiled file is damaged", share
    library.write_bytes(whole[:-1])
    assert says() == "the compiled file is damaged"


def test_a_library_for_another_machine_is_left_aside(installation):
    library, says = installation
    foreign = bytearray(library.read_bytes())
    foreign[18] = 0xB7  # ELF's number of 64-bit ARM
    library.write_bytes(foreign)
    assert says() == "the compiled file is not for this machine"


def test_loops_of_another_version_are_left_aside(installation):
    library, says = installation
    version = library.parents[2] / "protocol" / "version.py"
    text = version.read_text()
    version.write_text(text.replace('VERSION = "', 'VERSION = "9.'))
    assert says() == "they were compiled for another version of difd"


def test_no_library_at_all_is_no_fault(installation):
    library, says = installation
    library.unlink()
    assert says() == "there was no C compiler when difd was installed"


@pytest.mark.long
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("way", ["-DDIFD_PLAIN", "-DDIFD_NO_AVX512", "-DDIFD_AS_IT_IS"])
def test_sanitizers_find_nothing_in_the_loops_whatever_they_are_given(tmp_path, way):
    """Compiled without a warning, with gcc's address and undefined-behaviour sanitizers."""
    flags = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", way, "-O1", "-g"]
    strict = ["-Wall", "-Wextra", "-Werror"]
    made = build_script().compile_loops(tmp_path, flags=flags + strict, linked=flags[:1])
    shutil.copytree(ROOT / "daemon" / "difd", tmp_path / "difd")
    (library,) = (tmp_path / "difd" / "engine" / "native").glob("_loops*.so")
    shutil.copy(made, library)
    runtime = subprocess.run(
        ["gcc", "-print-file-name=libasan.so"], capture_output=True, text=True, check=True
    ).stdout.strip()
    environment = {
        **os.environ,
        FILE: str(library),
        "PYTHONPATH": str(tmp_path),
        "LD_PRELOAD": runtime,
        # Python never gives all its memory back; numpy may ask for more than there is.
        "ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
        "PYTHONMALLOC": "malloc",
    }
    names = ["native", "native_arguments", "pixel_loops", "feature_loops", "laying_loops"]
    files = [TESTS / f"test_{name}.py" for name in names]
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-x",
            "-p",
            "no:cacheprovider",
            "--timeout=2800",
            *files,
        ],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
