"""Runs the migrations on the connection that `Catalog.migrate` gives, inside its transaction."""

from alembic import context

from geo.store.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, compare_type=True)
context.run_migrations()
