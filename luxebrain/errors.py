"""Every error of ours. Whether a call is tried again is decided by its type.

LuxeBrainError
├── ConfigError            settings the process cannot start with; lists every problem at once
├── InvalidInput           what a person or program sent cannot be used; names the field
├── NotFound               no such thing, or not theirs to see
├── NotConnected           the store's keys are gone: connecting again goes on
├── InvalidTransition      a record cannot go from the state it is in to the one asked for
├── InvalidSignature       a message does not come from whom it says
├── LeaseLost              another worker has taken over this work
└── OutgoingError          a call to another system did not do what it should
    ├── Retriable          may succeed later; `retry_after_s` where the other side said when
    │   ├── RateLimited    told to slow down
    │   └── Unavailable    time-out, broken connection, 5xx
    ├── Rejected           understood and refused; `status` and `code`
    ├── Unauthorized       the key no longer works: the store pauses and the merchant is told
    └── Refused            we do not make that call: private address, odd scheme, too large, too slow
"""

from __future__ import annotations


class LuxeBrainError(Exception):
    """The message is for a person: what happened and what to do next."""


class ConfigError(LuxeBrainError):
    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("These settings need attention:\n" + "\n".join(f"  - {problem}" for problem in problems))


class InvalidInput(LuxeBrainError):
    def __init__(self, field: str, message: str) -> None:
        self.field = field
        super().__init__(message)


class NotFound(LuxeBrainError):
    pass


class NotConnected(LuxeBrainError):
    def __init__(self) -> None:
        super().__init__("This store is not connected. Connect it again to go on.")


class InvalidTransition(LuxeBrainError):
    pass


class InvalidSignature(LuxeBrainError):
    pass


class LeaseLost(LuxeBrainError):
    pass


class OutgoingError(LuxeBrainError):
    pass


class Retriable(OutgoingError):
    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(message)


class RateLimited(Retriable):
    pass


class Unavailable(Retriable):
    pass


class Rejected(OutgoingError):
    def __init__(self, message: str, *, status: int = 0, code: str = "") -> None:
        self.status, self.code = status, code
        super().__init__(message)


class Unauthorized(OutgoingError):
    pass


class Refused(OutgoingError):
    pass
