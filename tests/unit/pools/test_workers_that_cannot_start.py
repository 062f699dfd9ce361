"""A pool whose workers cannot be started fails the job with a sentence, and leaks nothing."""

from __future__ import annotations

import os

import pytest

from difd.pools.local import LocalPool
from difd.protocol.errors import JobFailed
from difd.system import interpreter


def test_no_worker_is_a_failed_job_and_no_error_of_the_system(tmp_path, monkeypatch):
    monkeypatch.setattr(interpreter, "COMMAND", (str(tmp_path / "gone"), "-P"))
    before = len(os.listdir("/proc/self/fd"))
    with LocalPool(2) as pool:
        for _ in range(3):
            with pytest.raises(JobFailed, match="cannot be started: No such file"):
                list(pool.map(abs, [1]))
    assert len(os.listdir("/proc/self/fd")) == before
