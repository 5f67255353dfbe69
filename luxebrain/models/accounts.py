"""People who log in, and what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, func
from sqlalchemy.orm import Mapped, mapped_column

from luxebrain.crypto import new_id
from luxebrain.database.session import Base
from luxebrain.database.tenancy import row_id, store_key


class Standing(StrEnum):
    """What somebody may do beyond their own stores."""

    MERCHANT = "merchant"
    ADMIN = "admin"
    SUPER_ADMIN = "super_admin"


class User(Base):
    """`email` is kept in lower case: the constraint says so."""

    __tablename__ = "user_account"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_lower"),)
    id: Mapped[int] = mapped_column(primary_key=True, default=new_id, autoincrement=False)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    standing: Mapped[str] = mapped_column(server_default=Standing.MERCHANT)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    @property
    def is_operator(self) -> bool:
        """Runs the service: may see what happens in every store."""
        return self.standing in (Standing.ADMIN, Standing.SUPER_ADMIN)


class LoginSession(Base):
    """One browser that is logged in. The cookie holds a token, the row its hash; deleting the row logs out."""

    __tablename__ = "login_session"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]


class AuditEntry(Base):
    """Who did what in a store, for good. `subject` names the thing ("proposal 12"), `details` holds before and after."""

    __tablename__ = "audit_entry"
    store_id: Mapped[int] = store_key()
    id: Mapped[int] = row_id()
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    user_id: Mapped[int | None]
    action: Mapped[str]
    subject: Mapped[str]
    details: Mapped[dict[str, Any]]
