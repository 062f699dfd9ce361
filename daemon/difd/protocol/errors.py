"""Every error a user can meet, as one tree, with what crosses the socket beside it.

    DifdError
    ├── UsageError                    exit 2   the request itself cannot be carried out
    │   ├── InvalidOption
    │   ├── InvalidConfiguration
    │   ├── PathNotFound
    │   ├── PathUnreadable            exit 4
    │   └── UnknownJob
    ├── DaemonUnreachable             exit 3   no daemon, or one that cannot serve us
    │   ├── DaemonNotRunning
    │   ├── DaemonStartFailed
    │   ├── DaemonAlreadyRunning
    │   ├── DaemonStopping
    │   ├── DaemonFailed
    │   ├── DaemonGone
    │   ├── DaemonSilent
    │   ├── AccessDenied
    │   ├── KeysUnusable
    │   ├── OwnFilesUnsafe
    │   │   └── RuntimeDirectoryUnsafe
    │   ├── ProtocolMismatch
    │   ├── UnknownRequest
    │   └── MalformedMessage
    ├── JobError                      exit 4   the work began and did not end well
    │   ├── JobFailed
    │   ├── JobCancelled
    │   ├── JobPaused
    │   └── JobInterrupted
    ├── ActionRefused                 exit 5   files were left as they are
    │   └── ActionLeft                exit 130 nobody waits for its end any more
    ├── WatchLimitReached             exit 4   the system watches no more folders
    └── ReportUnwritable              exit 4   the files of a report could not be written

Each error says what happened, where (`path`), and what to do (`hint`). Errors travel as `ErrorInfo`
and become the same exception again on the other side; a code that this version does not know
becomes a plain `DifdError`. Kept free of heavy imports: every client needs it at start.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from difd.protocol.error_info import ErrorInfo


def _quoted(path: bytes) -> str:
    return repr(os.fsdecode(path))


class DifdError(Exception):
    """The root: one sentence for people, and what a program needs to decide.

    Args:
        message: one sentence that says what happened.
        path: the file or folder concerned, as bytes.
        hint: what to do about it, a sentence or a command.
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 4
    retryable: ClassVar[bool] = False

    def __init__(self, message: str, *, path: bytes | None = None, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.hint = hint

    def sentence(self, shown: Callable[[bytes], str] = _quoted) -> str:
        """What happened, and to what: for people.

        Args:
            shown: a path as it is to be shown.
        """
        place = shown(self.path) if self.path else ""
        if place in self.message:  # said already, or there is none
            return self.message
        words = self.message.rstrip(".")
        return f"{words} ({place})" if ": " in words else f"{words}: {place}"

    def info(self) -> ErrorInfo:
        """The same error as data."""
        from difd.protocol.error_info import ErrorInfo  # noqa: PLC0415  see there

        return ErrorInfo(self.code, self.message, self.path, self.hint, self.retryable)


class UsageError(DifdError):
    """The request cannot be carried out as it was made; nothing was searched."""

    code = "usage"
    exit_code = 2


class InvalidOption(UsageError):
    """An option has a value outside its range."""

    code = "invalid_option"


class InvalidConfiguration(UsageError):
    """The configuration file cannot be read, or a setting in it is not possible."""

    code = "invalid_configuration"


class PathNotFound(UsageError):
    """A given file or folder does not exist."""

    code = "path_not_found"


class PathUnreadable(UsageError):
    """A given file or folder exists and cannot be read, or is neither file nor folder."""

    code = "path_unreadable"
    exit_code = 4


class UnknownJob(UsageError):
    """No job has this id, or several begin with it."""

    code = "unknown_job"


class DaemonUnreachable(DifdError):
    """No daemon answers."""

    code = "daemon_unreachable"
    exit_code = 3


class DaemonNotRunning(DaemonUnreachable):
    """No daemon runs, and this command does not start one."""

    code = "daemon_not_running"


class DaemonStartFailed(DaemonUnreachable):
    """The daemon was started and gave up; the message is its own."""

    code = "daemon_start_failed"


class DaemonAlreadyRunning(DaemonUnreachable):
    """A daemon was started where one serves already."""

    code = "daemon_already_running"


class DaemonStopping(DaemonUnreachable):
    """The daemon is on its way out and takes no new work."""

    code = "daemon_stopping"
    retryable = True


class DaemonFailed(DaemonUnreachable):
    """The daemon left because of a fault of its own; its log has the details."""

    code = "daemon_failed"


class DaemonGone(DaemonUnreachable):
    """Nobody listens on the daemon's socket any more."""

    code = "daemon_gone"


class DaemonSilent(DaemonUnreachable):
    """The daemon listens and does not answer."""

    code = "daemon_silent"


class AccessDenied(DaemonUnreachable):
    """The daemon does not know this user or key, and lets nobody in whom it does not know."""

    code = "access_denied"


class KeysUnusable(DaemonUnreachable):
    """A file with keys cannot be read or written, is damaged, or is open to other users."""

    code = "keys_unusable"


class OwnFilesUnsafe(DaemonUnreachable):
    """A directory or file of ours belongs to someone else, is a link, or is open to others."""

    code = "own_files_unsafe"


class RuntimeDirectoryUnsafe(OwnFilesUnsafe):
    """A directory of the daemon's cannot be made or is not ours, or its path is too long."""

    code = "runtime_directory_unsafe"


class ProtocolMismatch(DaemonUnreachable):
    """Client and daemon speak different major versions."""

    code = "protocol_mismatch"


class UnknownRequest(DaemonUnreachable):
    """A newer client asked for what this daemon does not know yet."""

    code = "unknown_request"


class MalformedMessage(DaemonUnreachable):
    """A message breaks the protocol's form or its limits."""

    code = "malformed_message"


class JobError(DifdError):
    """A job did not end well."""

    code = "job_error"


class JobFailed(JobError):
    """A job ended with an error."""

    code = "job_failed"


class JobCancelled(JobError):
    """A job was cancelled."""

    code = "job_cancelled"
    exit_code = 130


class JobPaused(JobError):
    """A job was paused; it can be resumed."""

    code = "job_paused"


class JobInterrupted(JobError):
    """A job was running when the daemon or its engine went away; it can be resumed."""

    code = "job_interrupted"
    retryable = True


class ActionRefused(DifdError):
    """An action on files was refused, in whole or in part."""

    code = "action_refused"
    exit_code = 5


class ActionLeft(ActionRefused):
    """An action was told to stop, and nobody waits until it has."""

    code = "action_left"
    exit_code = 130


class WatchLimitReached(DifdError):
    """The system watches no more folders for this user."""

    code = "watch_limit"


class ReportUnwritable(DifdError):
    """The folder of a report, or a file in it, cannot be written."""

    code = "report_unwritable"


def _tree(root: type[DifdError]) -> dict[str, type[DifdError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _tree(child)
    return found


_BY_CODE = _tree(DifdError)


def error_from_info(info: ErrorInfo) -> DifdError:
    """The exception that `info` describes."""
    kind = _BY_CODE.get(info.code, DifdError)
    return kind(info.message, path=info.path, hint=info.hint)
