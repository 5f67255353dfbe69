"""Runs migrations on the application's database; autogenerate adds row security to every new per-store table."""

from alembic import context
from flask import current_app

from luxebrain.database import patience
from luxebrain.database.protect import protect_new_tables

patience.use(None)  # an index on a large table takes as long as it takes
migrate = current_app.extensions["migrate"]

with migrate.db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=migrate.db.metadata,
        process_revision_directives=protect_new_tables,
        compare_server_default=False,
    )
    with context.begin_transaction():
        context.run_migrations()
