"""Taking a release out of public reach for good: its row stays in the chain, its figures and files answer nobody any more."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from geo.errors import Conflict, InvalidParameter
from geo.model import Key, ReleaseRecord, Role, WithdrawalRecord
from geo.services.keys import actor_name, require_role
from geo.services.publishing import checked_reason
from geo.services.workspace import Workspace
from geo.store import (
    insert_audit,
    insert_withdrawal,
    select_current_release,
    select_releases_of_file,
    select_withdrawal,
    select_withdrawals,
)


def withdraw_release(workspace: Workspace, release_id: int, *, reason: str, actor: Key | None = None) -> tuple[WithdrawalRecord, ...]:
    """Take a release out of public reach for good, and with it every other release of the very same data.

    Parameters
    ----------
    reason
        Why; whoever asks for the release is told it.

    Returns
    -------
    The withdrawals, oldest release first.

    Raises
    ------
    Forbidden
        The key is not an admin's.
    InvalidParameter
        The reason is blank.
    NotFound
        There is no such release.
    Conflict
        It is withdrawn already, or its data are what is current: undo it first.
    """
    require_role(actor, Role.ADMIN)
    reason = checked_reason(reason)
    if not reason:
        raise InvalidParameter("a withdrawal needs a reason: whoever asks for the release is told it", parameter="reason")
    record = workspace.release_record(release_id)
    with workspace.catalog.transaction() as connection:
        current = select_current_release(connection)
        if current is not None and current.sha256 == record.sha256:
            raise Conflict(f"release {release_id} holds the data that are current; undo it, or publish others, and then withdraw it")
        if select_withdrawal(connection, release_id) is not None:
            raise Conflict(f"release {release_id} is withdrawn already")
        made = []
        for same in select_releases_of_file(connection, record.sha256):
            if select_withdrawal(connection, same.id) is None:
                made.append(insert_withdrawal(connection, same.id, reason=reason, withdrawn_by=actor_name(actor)))
                insert_audit(connection, actor_name(actor), "release.withdraw", f"release {same.id}", {"reason": reason})
    return tuple(made)


def withdrawals_of(workspace: Workspace, releases: Collection[ReleaseRecord]) -> Mapping[int, WithdrawalRecord]:
    """Those of some releases that are withdrawn, by release id."""
    with workspace.catalog.reading() as connection:
        return select_withdrawals(connection, [record.id for record in releases])
