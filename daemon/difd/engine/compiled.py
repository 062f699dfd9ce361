"""Compiled loops: machine code for what numpy cannot do in whole arrays, kept between processes.

A loop is compiled (or loaded) when it is first called, not when its module is imported, unless a
thread did so ahead; what was compiled stays in the user's cache directory, so that an installation
may be read-only.
"""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final, ParamSpec, TypeVar, cast

import numba
import numpy as np
from llvmlite import ir
from numba.extending import intrinsic, register_jitable
from numpy.typing import NDArray
from platformdirs import user_cache_path

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_LOCK: Final = threading.Lock()

_PREPARE: Final[list[Callable[[], None]]] = []
"""Compiles each of the loops, in the order in which they are needed."""

_NUMBA: Any = numba
"""Much of it is made at run time, unknown to type checkers."""


def compiled(
    signature: str, *, reorder: bool = False, early: bool = False
) -> Callable[[Callable[Arguments, Result]], Callable[Arguments, Result]]:
    """Have a function compiled for one signature; it runs without holding the interpreter.

    Functions that it calls are marked with `numba.extending.register_jitable`, and stand in the
    same module (but for `bytes_at`): the store notices changes by the module's file.

    Args:
        signature: types of result and arguments, in numba's words: "void(float32[:, ::1])".
        reorder: floating-point sums may be taken in any order, and fused with products.
        early: a search needs it before the others, so `prepare_all` begins with it.
    """
    freedom = {"reassoc", "contract"} if reorder else set()

    def decorate(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
        ready: list[Callable[Arguments, Result]] = []

        own = threading.Lock()

        def prepare() -> None:
            # Who waits for this loop shall not wait for the next one, too.
            with own:
                if not ready:
                    with _LOCK:
                        ready.append(_compile(function, signature, freedom))

        @functools.wraps(function)
        def call(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
            if not ready:
                prepare()
            return ready[0](*args, **kwargs)

        _PREPARE.insert(0 if early else len(_PREPARE), prepare)
        return call

    return decorate


def prepare_all() -> None:
    """Compile or load all loops of the modules that were imported so far, one after the other.

    For a thread of its own: LLVM lets the interpreter go on meanwhile. Who calls a loop that is not
    ready waits for it.
    """
    for prepare in tuple(_PREPARE):
        prepare()


def _compile(
    function: Callable[Arguments, Result], signature: str, freedom: set[str]
) -> Callable[Arguments, Result]:
    """The machine code, from the store if it is there; without a store if none can be written."""
    config = _NUMBA.config
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


def addresses(arrays: Sequence[NDArray[np.uint8]]) -> NDArray[np.int64]:
    """Where the memory of each array begins, (n,) int64; valid while the arrays are held.

    Raises:
        ValueError: an array is not one piece of memory in the order of its places.
    """
    if not all(array.flags.c_contiguous and array.dtype == np.uint8 for array in arrays):
        raise ValueError("the memory of an array of bytes is not in one piece")
    return np.array([array.__array_interface__["data"][0] for array in arrays], np.int64)


@intrinsic
def _bytes_from(_context: Any, _address: Any) -> Any:  # noqa: ANN401  numba's compiler calls it
    """An address as a pointer to bytes."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:  # noqa: ANN401
        return builder.inttoptr(arguments[0], ir.IntType(8).as_pointer())

    return _NUMBA.types.CPointer(_NUMBA.types.uint8)(_NUMBA.types.int64), generate


_pointer: Any = _bytes_from


@register_jitable
def bytes_at(address: int, length: int) -> NDArray[np.uint8]:
    """Inside a compiled loop: the memory at an address, (length,) uint8. Nothing is checked."""
    memory: NDArray[np.uint8] = _NUMBA.carray(_pointer(address), (length,))
    return memory
