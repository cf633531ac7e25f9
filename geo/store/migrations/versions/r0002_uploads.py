"""Make room for the upload path: withdrawals, jobs, crosswalk, mappings, sources, idempotency keys."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def _required(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=False)


def _optional(name: str, kind: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def upgrade() -> None:
    """Make the tables that uploads need besides their own."""
    _make_withdrawals()
    _make_jobs()
    _make_crosswalk()
    _make_mappings()
    _make_sources()
    _make_idempotency_keys()


def _make_withdrawals() -> None:
    op.create_table(
        "withdrawals",
        _required("release_id", sa.Integer()),
        _required("reason", sa.Text()),
        _required("withdrawn_at", MOMENT),
        _required("withdrawn_by", sa.Text()),
        sa.PrimaryKeyConstraint("release_id", name="pk_withdrawals"),
        sa.ForeignKeyConstraint(["release_id"], ["releases.id"], name="fk_withdrawals_release_id"),
    )


def _make_jobs() -> None:
    op.create_table(
        "jobs",
        _required("id", sa.Integer()),
        _required("kind", sa.Text()),
        _required("state", sa.Text()),
        _optional("import_id", sa.Integer()),
        _required("parameters", sa.JSON()),
        _required("attempts", sa.Integer()),
        _optional("lease_owner", sa.Text()),
        _optional("lease_until", MOMENT),
        _required("is_cancelled", sa.Boolean()),
        _optional("failure", sa.JSON()),
        _required("created_at", MOMENT),
        _required("updated_at", MOMENT),
        sa.PrimaryKeyConstraint("id", name="pk_jobs"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_jobs_import_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_jobs_state", "jobs", ["state"])
    op.create_index("ix_jobs_import_id", "jobs", ["import_id"])
    op.add_column("imports", _optional("step", sa.Text()))
    op.add_column("imports", _optional("prepared", sa.JSON()))
    _settle_what_was_running()


def _settle_what_was_running() -> None:
    """Imports at work have no job that would go on with them: what was being read is to be sent again, what was being published is not."""
    imports = sa.table("imports", sa.column("state", sa.Text()), sa.column("failure", sa.JSON()))
    failure = {"code": "abandoned", "detail": "the service stopped while it was reading the file; upload it again"}
    reading = imports.c.state.in_(("queued", "reading"))
    op.execute(imports.update().where(reading).values(state="failed", failure=failure))
    op.execute(imports.update().where(imports.c.state == "publishing").values(state="staged"))


def _make_crosswalk() -> None:
    op.create_table(
        "crosswalk",
        _required("id", sa.Integer()),
        _required("source", sa.Text()),
        _required("row_id", sa.Text()),
        _required("school_id", sa.Text()),
        _required("is_refused", sa.Boolean()),
        _optional("import_id", sa.Integer()),
        _required("decided_at", MOMENT),
        _required("decided_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_crosswalk"),
        sa.UniqueConstraint("source", "row_id", "school_id", name="uq_crosswalk_source_row_id_school_id"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_crosswalk_import_id"),
        sqlite_autoincrement=True,
    )


def _make_mappings() -> None:
    op.create_table(
        "mappings",
        _required("id", sa.Integer()),
        _required("name", sa.Text()),
        _required("options", sa.JSON()),
        _required("updated_at", MOMENT),
        _required("updated_by", sa.Text()),
        sa.PrimaryKeyConstraint("id", name="pk_mappings"),
        sa.UniqueConstraint("name", name="uq_mappings_name"),
        sqlite_autoincrement=True,
    )


def _make_sources() -> None:
    op.create_table(
        "sources",
        _required("id", sa.Integer()),
        _required("name", sa.Text()),
        _required("kind", sa.Text()),
        _required("base_url", sa.Text()),
        _required("country", sa.Text()),
        _required("options", sa.JSON()),
        _required("is_trusted", sa.Boolean()),
        _required("created_at", MOMENT),
        _required("created_by", sa.Text()),
        _optional("pulling_since", MOMENT),
        _optional("last_pull_at", MOMENT),
        _optional("last_success_at", MOMENT),
        _optional("last_state", sa.Text()),
        _optional("last_import_id", sa.Integer()),
        _optional("last_report", sa.JSON()),
        _optional("last_failure", sa.JSON()),
        sa.PrimaryKeyConstraint("id", name="pk_sources"),
        sa.UniqueConstraint("name", name="uq_sources_name"),
        sa.ForeignKeyConstraint(["last_import_id"], ["imports.id"], name="fk_sources_last_import_id"),
        sqlite_autoincrement=True,
    )


def _make_idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        _required("access_key_id", sa.Integer()),
        _required("idempotency_key", sa.Text()),
        _required("request_sha256", sa.Text()),
        _required("import_id", sa.Integer()),
        _required("created_at", MOMENT),
        sa.PrimaryKeyConstraint("access_key_id", "idempotency_key", name="pk_idempotency_keys"),
        sa.ForeignKeyConstraint(["access_key_id"], ["access_keys.id"], name="fk_idempotency_keys_access_key_id"),
        sa.ForeignKeyConstraint(["import_id"], ["imports.id"], name="fk_idempotency_keys_import_id"),
    )


def downgrade() -> None:
    """Drop the tables again; none points to another of them."""
    op.drop_column("imports", "prepared")
    op.drop_column("imports", "step")
    for table in ("idempotency_keys", "sources", "mappings", "crosswalk", "jobs", "withdrawals"):
        op.drop_table(table)
