"""No record prints a secret when it is printed itself: in a traceback's last line, a debugger or a log."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
from collections.abc import Iterator

import luxebrain

TELLING = re.compile(r"(^|_)(secret|secret_key|password|token|auth|credentials|sealing_keys|headers|database_url|redis_url|smtp_url)$")


def fields() -> Iterator[tuple[str, dataclasses.Field[object]]]:
    for module in pkgutil.walk_packages(luxebrain.__path__, "luxebrain."):
        for thing in vars(importlib.import_module(module.name)).values():
            if isinstance(thing, type) and dataclasses.is_dataclass(thing) and thing.__module__ == module.name:
                yield from ((f"{module.name}.{thing.__name__}.{field.name}", field) for field in dataclasses.fields(thing))


def test_no_record_shows_a_field_that_is_named_like_a_secret() -> None:
    told = {name: field.repr for name, field in fields() if TELLING.search(field.name)}

    assert len(told) >= 8
    assert {name for name, is_shown in told.items() if is_shown} <= {"luxebrain.integrations.http.Answer.headers"}
