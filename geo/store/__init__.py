"""Catalog and files: the only package that speaks SQL or knows where files lie. It does not know who asks or why."""

from sqlalchemy import Connection

from geo.store.audit import insert_audit, select_audit
from geo.store.bell import Bell, Listener
from geo.store.boundary_sets import NewBoundarySet, insert_boundary_set, select_boundary_set, select_boundary_sets
from geo.store.catalog import Catalog, open_catalog
from geo.store.complete_files import CompleteFiles
from geo.store.crosswalk import Crosswalk, replace_decisions, select_crosswalk
from geo.store.geoparquet import read_own_metadata
from geo.store.ground_files import GroundFiles
from geo.store.idempotency import insert_kept_request, select_kept_request
from geo.store.import_files import StagedFiles, UploadFiles
from geo.store.imports import (
    NewImport,
    insert_import,
    move_import,
    select_import,
    select_imports,
    select_imports_in,
    select_prepared_imports,
    select_published_of,
    select_upload_sha256s,
    update_import,
)
from geo.store.jobs import (
    NewJob,
    cancel_jobs_of,
    claim_job,
    count_unfinished_jobs,
    end_job,
    end_leases,
    hold_job,
    insert_job,
    release_job,
    release_jobs_of,
    select_job,
    select_last_job,
    select_lease_owners,
)
from geo.store.kept_figures import KeptFigures
from geo.store.keys import insert_key, revoke_key, select_key, select_key_by_hash, select_keys
from geo.store.mappings import MappingRecord, delete_mapping, replace_mapping, select_mapping, select_mappings
from geo.store.release_files import ReleaseFiles, WrittenFile
from geo.store.releases import (
    NewRelease,
    insert_release,
    read_current_release_id,
    read_standing,
    select_current_release,
    select_current_release_id,
    select_release,
    select_release_files,
    select_releases,
    select_releases_of_file,
)
from geo.store.serving_copies import SERVING_SCHEMA, serving_table
from geo.store.settings import replace_setting, select_setting
from geo.store.sources import (
    claim_source,
    delete_source,
    insert_source,
    select_pulled_sha256s,
    select_source,
    select_sources,
    update_pull_done,
    update_pull_failed,
    update_trust,
)
from geo.store.sweeping import Swept, sweep
from geo.store.tile_archives import TileArchives
from geo.store.withdrawals import (
    count_withdrawals,
    insert_withdrawal,
    is_withdrawn,
    select_withdrawal,
    select_withdrawals,
    select_withdrawn_ids,
)

__all__ = [
    "SERVING_SCHEMA",
    "Bell",
    "Catalog",
    "CompleteFiles",
    "Connection",
    "Crosswalk",
    "GroundFiles",
    "KeptFigures",
    "Listener",
    "MappingRecord",
    "NewBoundarySet",
    "NewImport",
    "NewJob",
    "NewRelease",
    "ReleaseFiles",
    "StagedFiles",
    "Swept",
    "TileArchives",
    "UploadFiles",
    "WrittenFile",
    "cancel_jobs_of",
    "claim_job",
    "claim_source",
    "count_unfinished_jobs",
    "count_withdrawals",
    "delete_mapping",
    "delete_source",
    "end_job",
    "end_leases",
    "hold_job",
    "insert_audit",
    "insert_boundary_set",
    "insert_import",
    "insert_job",
    "insert_kept_request",
    "insert_key",
    "insert_release",
    "insert_source",
    "insert_withdrawal",
    "is_withdrawn",
    "move_import",
    "open_catalog",
    "read_current_release_id",
    "read_own_metadata",
    "read_standing",
    "release_job",
    "release_jobs_of",
    "replace_decisions",
    "replace_mapping",
    "replace_setting",
    "revoke_key",
    "select_audit",
    "select_boundary_set",
    "select_boundary_sets",
    "select_crosswalk",
    "select_current_release",
    "select_current_release_id",
    "select_import",
    "select_imports",
    "select_imports_in",
    "select_job",
    "select_kept_request",
    "select_key",
    "select_key_by_hash",
    "select_keys",
    "select_last_job",
    "select_lease_owners",
    "select_mapping",
    "select_mappings",
    "select_prepared_imports",
    "select_published_of",
    "select_pulled_sha256s",
    "select_release",
    "select_release_files",
    "select_releases",
    "select_releases_of_file",
    "select_setting",
    "select_source",
    "select_sources",
    "select_upload_sha256s",
    "select_withdrawal",
    "select_withdrawals",
    "select_withdrawn_ids",
    "serving_table",
    "sweep",
    "update_import",
    "update_pull_done",
    "update_pull_failed",
    "update_trust",
]
