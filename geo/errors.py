"""The exception tree. It knows nothing of HTTP or of exit codes: web and cli translate.

Each class has a stable `code`; a message names the thing, the value and what is accepted. What is wrong inside an uploaded
file is a record (`geo.model.RowProblem`), not an exception.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from geo.model import RowProblem


class QosylError(Exception):
    """Anything the service refuses on purpose; `str(error)` may be shown to the person who asked."""

    code: ClassVar[str] = "refused"


class ConfigurationError(QosylError):
    """A setting is missing or cannot be used."""

    code = "configuration"


class InvalidParameter(QosylError):
    """A parameter's value is not one that is accepted."""

    code = "invalid_parameter"

    def __init__(self, message: str, *, parameter: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.parameter = parameter
        self.specific_code = code


class NotFound(QosylError):
    """The thing that was named does not exist."""

    code = "not_found"


class Withdrawn(QosylError):
    """The release that was named is out of public reach for good; the message says why."""

    code = "withdrawn"


class DetailWithheld(QosylError):
    """What was asked for is finer than visitors without a key may see in this deployment."""

    code = "detail_withheld"


class NoRelease(QosylError):
    """Nothing has been published yet."""

    code = "no_release"


class Conflict(QosylError):
    """What was asked does not fit the present state; the subclass or code says why."""

    code = "conflict"


class HasRowErrors(Conflict):
    """The import has row errors and may only be published without those rows, on request."""

    code = "has_row_errors"


class NeedsConfirmation(Conflict):
    """How the file was read was guessed in part, and nobody has confirmed the guess yet."""

    code = "needs_confirmation"


class GateNotConfirmed(Conflict):
    """Publishing would change more than is usual; it needs the confirmation token of the preview."""

    code = "gate_not_confirmed"

    def __init__(self, message: str, *, gates: Sequence[Mapping[str, Any]] = (), confirm_token: str | None = None) -> None:
        super().__init__(message)
        self.gates = tuple(gates)
        self.confirm_token = confirm_token


class IdempotencyMismatch(Conflict):
    """An idempotency key was used before for another request."""

    code = "idempotency_mismatch"


class UndoClashes(Conflict):
    """An older release cannot be undone because later releases changed the same facts."""

    code = "undo_clashes"

    def __init__(self, message: str, *, clashes: Sequence[tuple[str, str]] = (), clashes_total: int = 0) -> None:
        super().__init__(message)
        self.clashes = tuple(clashes)
        self.clashes_total = clashes_total


class FileRefused(QosylError):
    """An uploaded file that cannot be staged at all.

    `code` on the instance is the problem code (`empty_file`, `missing_column`, `not_a_table`, …); `wipe` says that the file holds
    data about persons and must not be kept.
    """

    code = "file_refused"

    def __init__(self, problem: RowProblem, message: str, *, wipe: bool = False) -> None:
        super().__init__(message)
        self.problem = problem
        self.wipe = wipe


class Unauthorized(QosylError):
    """No key, or one that is wrong, expired or revoked: never said which."""

    code = "unauthorized"


class Forbidden(QosylError):
    """The key is good but its role may not do this."""

    code = "forbidden"


class StoreUnavailable(QosylError):
    """The catalog or the file store cannot be used now (locked, read-only, unreachable)."""

    code = "store_unavailable"


class StoreFull(QosylError):
    """No space left where files are kept."""

    code = "store_full"


class NotReady(QosylError):
    """What was asked for is being made now and will be there in a moment."""

    code = "not_ready"


class DamagedFile(QosylError):
    """A stored file is not what the catalog says: its sha256 differs or it is missing."""

    code = "damaged_file"


class BoundaryError(QosylError):
    """A boundary file cannot be used as it is."""

    code = "boundaries_refused"


class SourceFailed(QosylError):
    """An interface that data is pulled from hangs, lies, changed its schema or refuses; nothing of it was used.

    `reason` is a stable word for what happened. The message holds nothing that the other side sent, since it may repeat our key.
    """

    code = "source_failed"

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
