"""Make the catalog: settings, access keys, boundary sets, imports, releases, audit log."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _optional(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    """Make all tables, those that others point to first."""
    _make_settings_and_keys()
    _make_boundary_sets()
    _make_imports()
    _make_releases()
    _make_audit()


def _make_settings_and_keys() -> None:
    op.create_table(
        "settings",
        _required("name", sa.Text()),
        _required("value", sa.Text()),
        sa.PrimaryKeyConstraint("name", name="pk_settings"),
    )
    op.create_table(
        "access_keys",
        _required("id", sa.Integer()),
        _required("prefix", sa.Text()),
        _required("name", sa.Text()),
        _required("role", sa.Text()),
        _required("hash", sa.Text()),
        _required("created_at", MOMENT),
        _optional("expires_at", MOMENT),
        _optional("revoked_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_access_keys"),
        sa.UniqueConstraint("hash", name="uq_access_keys_hash"),
        sqlite_autoincrement=True,
    )


def _make_boundary_sets() -> None:
    op.create_table(
        "boundary_sets",
        _required("id", sa.Integer()),
        _required("country", sa.Text()),
        _required("level", sa.Integer()),
        _required("vintage", sa.Text()),
        _required("directory", sa.Text()),
        _required("sha256", sa.Text()),
        _required("unit_count", sa.Integer()),
        _required("languages", sa.JSON()),
        _required("source_name", sa.Text()),
        _required("source_sha256", sa.Text()),
        _required("report", sa.JSON()),
        _required("loaded_at", MOMENT),
        _required("loaded_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_boundary_sets"),
        sa.UniqueConstraint("country", "level", "vintage", name="uq_boundary_sets_country_level_vintage"),
        sqlite_autoincrement=True,
    )


def _make_imports() -> None:
    op.create_table(
        "imports",
        _required("id", sa.Integer()),
        _required("state", sa.Text()),
        _required("file_name", sa.Text()),
        _required("file_sha256", sa.Text()),
        _required("byte_count", sa.BigInteger()),
        _required("options", sa.JSON()),
        _optional("source", sa.Text()),
        _optional("base_release_id", sa.Integer()),
        _optional("release_id", sa.Integer()),
        _optional("staged_file", sa.Text()),
        _optional("report", sa.JSON()),
        _optional("failure", sa.JSON()),
        _required("progress", sa.Float()),
        _required("created_at", MOMENT),
        _required("updated_at", MOMENT),
        _required("created_by", sa.Text()),
        _optional("created_by_key_id", sa.Integer()),
        sa.PrimaryKeyConstraint("id", name="pk_imports"),
        sa.ForeignKeyConstraint(["created_by_key_id"], ["access_keys.id"], name="fk_imports_created_by_key_id"),
        sqlite_autoincrement=True,
    )


def _make_releases() -> None:
    op.create_table(
        "releases",
        sa.Column("id", sa.Integer(), nullable=False, autoincrement=False),
        _optional("parent_id", sa.Integer()),
        _required("kind", sa.Text()),
        _required("file_name", sa.Text()),
        _required("sha256", sa.Text()),
        _required("byte_count", sa.BigInteger()),
        _required("school_count", sa.Integer()),
        _optional("country", sa.Text()),
        _required("boundaries", sa.JSON()),
        _required("vintages", sa.JSON()),
        _required("sources", sa.JSON()),
        _required("counts", sa.JSON()),
        _optional("import_id", sa.Integer()),
        _optional("undone_release_id", sa.Integer()),
        _required("reason", sa.Text()),
        _required("published_at", MOMENT),
        _required("published_by", sa.Text()),
        _required("software_version", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_releases"),
        sa.CheckConstraint("id = COALESCE(parent_id, 0) + 1", name=op.f("ck_releases_chain_without_gap")),
        sa.ForeignKeyConstraint(["parent_id"], ["releases.id"], name="fk_releases_parent_id"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_releases_import_id"),
        sa.ForeignKeyConstraint(["undone_release_id"], ["releases.id"], name="fk_releases_undone_release_id"),
    )


def _make_audit() -> None:
    op.create_table(
        "audit",
        _required("id", sa.Integer()),
        _required("at", MOMENT),
        _required("actor", sa.Text()),
        _required("action", sa.Text()),
        _required("subject", sa.Text()),
        _required("detail", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    """Drop all tables, those that point to others first."""
    for table in ("audit", "releases", "imports", "boundary_sets", "access_keys", "settings"):
        op.drop_table(table)
