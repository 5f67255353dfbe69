"""Runs migrations on the application's database; autogenerate adds row security to every new per-store table.

A step that waited for a lock would make everybody queue behind it: it waits for half a second, gives way and tries again. Each step commits
by itself, so that what a step has locked is free before the next one waits. The wait is shorter than PostgreSQL's deadlock_timeout.
"""

import time

from alembic import context
from flask import current_app
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy.exc import OperationalError

from luxebrain.database import patience
from luxebrain.database.protect import protect_new_tables

patience.use(None)  # an index on a large table takes as long as it takes
MOST_ATTEMPTS = 120
PAUSE_S = 0.5

migrate = current_app.extensions["migrate"]


def run():
    with migrate.db.engine.connect() as connection:
        connection.detach()  # closed at the end: its time-out stays out of the pool
        connection.exec_driver_sql("set lock_timeout = '500ms'")
        connection.commit()
        context.configure(
            connection=connection,
            target_metadata=migrate.db.metadata,
            process_revision_directives=protect_new_tables,
            compare_server_default=False,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()


for attempt in range(MOST_ATTEMPTS):
    try:
        run()
        break
    except OperationalError as error:
        if not isinstance(error.orig, LockNotAvailable | DeadlockDetected) or attempt == MOST_ATTEMPTS - 1:
            raise
        time.sleep(PAUSE_S)
