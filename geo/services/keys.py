"""Access keys: made, listed, revoked, and who a secret belongs to. A secret is shown once and kept only as a hash."""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import UTC, datetime

from geo.errors import Forbidden, InvalidParameter, NotFound, Unauthorized
from geo.model import ROLES, Key, Role
from geo.services.workspace import Workspace
from geo.store import insert_audit, insert_key, select_key, select_key_by_hash, select_keys
from geo.store import revoke_key as revoke

SECRET_PREFIX = "qsl_"  # noqa: S105 - marks a string as one of our keys; the secret follows it
SECRET_BYTES = 32
"""256 random bits, so that a plain hash is enough: there is nothing to guess."""
SHOWN_CHARACTERS = len(SECRET_PREFIX) + 6
MAX_NAME_CHARACTERS = 80

_SECRET = re.compile(r"qsl_[A-Za-z0-9_-]{43}")
"""Takes "qsl_" and 43 characters of URL-safe base64; refuses anything else before the catalog is asked."""

COMMAND_LINE = "command line"
"""Actor of what is done on the machine itself, without a key."""


def actor_name(actor: Key | None) -> str:
    """Who an action is credited to in releases and in the audit log."""
    return COMMAND_LINE if actor is None else f"{actor.name} ({actor.prefix}…)"


def create_key(
    workspace: Workspace, *, name: str, role: Role, expires_at: datetime | None = None, actor: Key | None = None
) -> tuple[str, Key]:
    """Make a key; the secret is returned here and never again.

    Raises
    ------
    InvalidParameter
        The name is blank, too long or not printable, or the expiry is past.
    Forbidden
        The actor is not an admin.
    """
    require_role(actor, Role.ADMIN)
    name = name.strip()
    if not name or len(name) > MAX_NAME_CHARACTERS or not name.isprintable():
        raise InvalidParameter(f"'name' must be 1 to {MAX_NAME_CHARACTERS} printable characters; got {name[:40]!r}", parameter="name")
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise InvalidParameter(f"'expires' must lie in the future; got {expires_at.isoformat()}", parameter="expires")
    secret = SECRET_PREFIX + secrets.token_urlsafe(SECRET_BYTES)
    with workspace.catalog.transaction() as connection:
        key = insert_key(connection, prefix=secret[:SHOWN_CHARACTERS], name=name, role=role, hash=_hash(secret), expires_at=expires_at)
        insert_audit(connection, actor_name(actor), "key.create", f"key {key.id}", {"name": name, "role": role.value})
    return secret, key


def authenticate(workspace: Workspace, secret: str) -> Key:
    """The key that a secret belongs to.

    Raises
    ------
    Unauthorized
        It is no key, or an expired or revoked one: never said which.
    """
    key = None
    if _SECRET.fullmatch(secret):
        with workspace.catalog.reading() as connection:
            key = select_key_by_hash(connection, _hash(secret))
    if key is None or not is_valid(key):
        raise Unauthorized("a valid access key is needed")
    return key


def key_by_id(workspace: Workspace, key_id: int) -> Key | None:
    """A key that is still valid, or None: a session asks at every request, so revoking a key ends its sessions at once."""
    with workspace.catalog.reading() as connection:
        key = select_key(connection, key_id)
    return key if key is not None and is_valid(key) else None


def is_valid(key: Key) -> bool:
    """Whether a key is neither revoked nor expired."""
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > datetime.now(UTC))


def list_keys(workspace: Workspace) -> tuple[Key, ...]:
    """All keys, oldest first."""
    with workspace.catalog.reading() as connection:
        return select_keys(connection)


def revoke_key(workspace: Workspace, key_id: int, *, actor: Key | None = None) -> Key:
    """Revoke a key and with it every session that was opened with it.

    Raises
    ------
    NotFound
        There is no such key.
    Forbidden
        The actor is not an admin.
    """
    require_role(actor, Role.ADMIN)
    with workspace.catalog.transaction() as connection:
        key = revoke(connection, key_id)
        if key is None:
            raise NotFound(f"there is no key {key_id}")
        insert_audit(connection, actor_name(actor), "key.revoke", f"key {key_id}", {"name": key.name})
    return key


def require_role(actor: Key | None, role: Role) -> None:
    """Refuse an actor whose role is below one; the machine's own command line (None) may do everything.

    Raises
    ------
    Forbidden
        The key's role is too low.
    """
    if actor is not None and ROLES.index(actor.role) < ROLES.index(role):
        raise Forbidden(f"this needs a key of role {role}; yours is {actor.role}")


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
