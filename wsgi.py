"""What gunicorn and the flask command start: `gunicorn -c gunicorn.conf.py wsgi:app`, `flask --app wsgi ...`."""

import sys

from luxebrain import cli
from luxebrain.app import make_app
from luxebrain.errors import ConfigError

try:
    app = make_app()
except ConfigError as error:
    sys.exit(str(error))
cli.add_commands(app)
