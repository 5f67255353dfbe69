"""People: signing up, logging in and out."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from luxebrain.crypto import fingerprint, hash_password, is_password, new_id, new_token
from luxebrain.database.session import session
from luxebrain.errors import InvalidInput
from luxebrain.models.accounts import LoginSession, Standing, User

SHORTEST_PASSWORD = 10
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


def sign_up(email: str, password: str, *, name: str = "", standing: Standing = Standing.MERCHANT) -> User:
    """Raises InvalidInput naming the field."""
    email = email.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise InvalidInput("email", "That is not an e-mail address. It should look like name@shop.example.")
    if len(password) < SHORTEST_PASSWORD:
        raise InvalidInput("password", f"Choose a password of at least {SHORTEST_PASSWORD} characters. A few words in a row are good.")
    row = {"id": new_id(), "email": email, "name": name.strip(), "password_hash": hash_password(password), "standing": standing}
    user_id = session.scalar(insert(User).values(row).on_conflict_do_nothing(index_elements=["email"]).returning(User.id))
    if user_id is None:
        raise InvalidInput("email", "Somebody has signed up with this address already. Log in instead.")
    return session.get_one(User, user_id)


def log_in(email: str, password: str, *, now: datetime, is_long: bool) -> str | None:
    """A new session's token, or None; the answer takes as long for an address that we do not know."""
    user = session.scalar(select(User).where(User.email == email.strip().lower()))
    if not is_password(password, user.password_hash if user else None) or user is None:
        return None
    session.execute(delete(LoginSession).where(LoginSession.user_id == user.id, LoginSession.expires_at < now))
    token = new_token()
    session.add(LoginSession(token_hash=fingerprint(token), user_id=user.id, expires_at=now + session_length(is_long=is_long)))
    return token


def session_length(*, is_long: bool) -> timedelta:
    return timedelta(days=30) if is_long else timedelta(hours=12)


def find_user_by_token(token: str, *, now: datetime) -> User | None:
    live = select(LoginSession.user_id).where(LoginSession.token_hash == fingerprint(token), LoginSession.expires_at > now)
    return session.scalar(select(User).where(User.id == live.scalar_subquery()))


def log_out(token: str) -> None:
    session.execute(delete(LoginSession).where(LoginSession.token_hash == fingerprint(token)))


def find_user_by_email(email: str) -> User | None:
    return session.scalar(select(User).where(User.email == email.strip().lower()))
