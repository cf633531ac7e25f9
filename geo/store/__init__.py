"""Catalog and files: the only package that speaks SQL or knows where files lie. It does not know who asks or why."""

from sqlalchemy import Connection

from geo.store.audit import insert_audit, select_audit
from geo.store.boundary_sets import NewBoundarySet, insert_boundary_set, select_boundary_set, select_boundary_sets
from geo.store.catalog import Catalog, open_catalog
from geo.store.import_files import StagedFiles, UploadFiles
from geo.store.imports import (
    NewImport,
    insert_import,
    move_import,
    select_import,
    select_imports,
    select_imports_in,
    select_upload_sha256s,
    update_import,
)
from geo.store.keys import insert_key, revoke_key, select_key, select_key_by_hash, select_keys
from geo.store.release_files import ReleaseFiles, WrittenFile
from geo.store.releases import (
    NewRelease,
    insert_release,
    read_current_release_id,
    select_current_release,
    select_current_release_id,
    select_release,
    select_release_files,
    select_releases,
)
from geo.store.serving_copies import SERVING_SCHEMA
from geo.store.settings import replace_setting, select_setting
from geo.store.sweeping import Swept, sweep

__all__ = [
    "SERVING_SCHEMA",
    "Catalog",
    "Connection",
    "NewBoundarySet",
    "NewImport",
    "NewRelease",
    "ReleaseFiles",
    "StagedFiles",
    "Swept",
    "UploadFiles",
    "WrittenFile",
    "insert_audit",
    "insert_boundary_set",
    "insert_import",
    "insert_key",
    "insert_release",
    "move_import",
    "open_catalog",
    "read_current_release_id",
    "replace_setting",
    "revoke_key",
    "select_audit",
    "select_boundary_set",
    "select_boundary_sets",
    "select_current_release",
    "select_current_release_id",
    "select_import",
    "select_imports",
    "select_imports_in",
    "select_key",
    "select_key_by_hash",
    "select_keys",
    "select_release",
    "select_release_files",
    "select_releases",
    "select_setting",
    "select_upload_sha256s",
    "sweep",
    "update_import",
]
