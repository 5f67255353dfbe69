"""The storefront's script: its parts joined into the one file that pages load. `python -m luxebrain.widgets.script PATH` writes it.

No build step: the parts are plain code of one module, put together in this order when a process starts.
"""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
PARTS = ("begin", "style", "widget", "card", "text", "stillness", "answers", "memory", "store", "events", "start")
LANGUAGES = frozenset(path.stem for path in (STATIC / "words").glob("*.js"))


@cache
def script() -> bytes:
    return b"\n".join((STATIC / "script" / f"{part}.js").read_bytes() for part in PARTS)


@cache
def words(language: str) -> bytes:
    """What the script says in another language than English. `language` is one of LANGUAGES."""
    return (STATIC / "words" / f"{language}.js").read_bytes()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    (folder / "luxebrain.js").write_bytes(script())
    for language in LANGUAGES:
        (folder / "words" / f"{language}.js").write_bytes(words(language))
