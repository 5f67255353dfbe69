"""Forms: CSRF on every one; only doors that programs use are exempt, by their access rule."""

from __future__ import annotations

from flask_wtf import FlaskForm
from flask_wtf.csrf import CSRFProtect

csrf = CSRFProtect()


def stripped(value: str | None) -> str | None:
    """A field filter: people paste spaces around addresses; PostgreSQL's text cannot hold NUL."""
    return value.replace("\0", "").strip() if isinstance(value, str) else value


class ActionForm(FlaskForm):
    """A button: nothing but the CSRF token."""
