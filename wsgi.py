"""What gunicorn and the flask command start: `gunicorn -c gunicorn.conf.py wsgi:app`, `flask --app wsgi ...`."""

import os
import sys

from luxebrain.app import make_app
from luxebrain.errors import ConfigError
from luxebrain.log import log_crashes

log_crashes()
try:
    app = make_app()
except ConfigError as error:
    sys.exit(str(error))

if os.environ.get("FLASK_RUN_FROM_CLI") == "true":  # the web process does without: Alembic alone takes a second to import
    from luxebrain.cli import add_commands

    add_commands(app)
