"""Compiled loops: machine code for what numpy cannot do in whole arrays, kept between processes.

A loop is compiled (or loaded) when it is first called, not when its module is imported; what was
compiled stays in the user's cache directory, so that an installation may be read-only.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from typing import Any, Final, ParamSpec, TypeVar, cast

import numba
from platformdirs import user_cache_path

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_LOCK: Final = threading.Lock()


def compiled(
    signature: str, *, reorder: bool = False
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Have a function compiled for one signature; it runs without holding the interpreter.

    Functions that it calls are marked with `numba.extending.register_jitable`, and stand in the
    same module: the store notices changes by the module's file.

    Args:
        signature: types of result and arguments, in numba's words: "void(float32[:, ::1])".
        reorder: floating-point sums may be taken in any order, and fused with products.
    """
    freedom = {"reassoc", "contract"} if reorder else set()

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        ready: list[Callable[Arguments, Result]] = []

        @functools.wraps(function)
        def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            if not ready:
                with _LOCK:
                    ready.append(_compile(function, signature, freedom))
            return ready[0](*args, **kwargs)

        return call

    return decorate


def _compile(
    function: Callable[Arguments, Result], signature: str, freedom: set[str]
) -> Callable[Arguments, Result]:
    """The machine code, from the store if it is there; without a store if none can be written."""
    config: Any = numba.config  # its attributes are made at run time
    before = config.CACHE_DIR
    try:
        # Set for this moment only: the process may have compiled functions of its own.
        config.CACHE_DIR = before or str(user_cache_path("difd") / "compiled")
        made = numba.njit(signature, cache=True, nogil=True, fastmath=freedom)(function)
    except (OSError, RuntimeError):  # RuntimeError: no place for a store at all
        made = numba.njit(signature, nogil=True, fastmath=freedom)(function)
    finally:
        config.CACHE_DIR = before
    return cast("Callable[Arguments, Result]", made)
