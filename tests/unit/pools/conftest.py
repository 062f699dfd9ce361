"""Functions for workers to run, and a pool of two."""

from __future__ import annotations

import importlib
import sys

import pytest

from difd.pools.local import LocalPool

FUNCTIONS = """
import os, signal, time

def square(number):
    return number * number

def die_on_three(number):
    if number == 3:
        os.kill(os.getpid(), signal.SIGSEGV)
    return number

def hang_on_three(number):
    if number == 3:
        time.sleep(1000)
    return number

def hold_the_interpreter(path):
    open(path, "w").write(str(os.getpid()))
    sum(range(10**12))

def allocate(size):
    return len(bytes(size))

def blow_up(number):
    raise RuntimeError(f"no {number}")

def blob(size):
    return bytes(size)

class Small:  # little work, so that it travels with others
    def __init__(self, number):
        self.number, self.weight = number, 10

def number_of(small):
    return small.number

def die_on_399(small):
    if small.number == 399:
        os.kill(os.getpid(), signal.SIGSEGV)
    return small.number

def hang_on_399(small):
    if small.number == 399:
        time.sleep(1000)
    return small.number

def fail_on_399(small):
    if small.number == 399:
        raise RuntimeError("no 399")
    return small.number

def surroundings(descriptor):
    import sys
    opened = str(descriptor) in os.listdir("/proc/self/fd")
    return "colorsys" in sys.modules, opened, open("/proc/self/comm").read().strip()

def die_once(path):
    if not os.path.exists(path):
        open(path, "w").close()
        os.kill(os.getpid(), signal.SIGKILL)
    return "survived"

def pid(_):
    return os.getpid()
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    """A module of functions that the workers can import, too."""
    (tmp_path / "pool_work.py").write_text(FUNCTIONS)
    monkeypatch.syspath_prepend(str(tmp_path))
    sys.modules.pop("pool_work", None)
    return importlib.import_module("pool_work")


@pytest.fixture
def pool():
    with LocalPool(2) as made:
        yield made
