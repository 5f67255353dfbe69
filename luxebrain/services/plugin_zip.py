"""The WordPress plugin as a zip that knows its store already: the merchant uploads it, activates it, and widgets stand.

The same plugin, key and address give the same bytes, so a download can be compared and cached.
"""

from __future__ import annotations

import io
import json
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

FOLDER = Path(__file__).parents[2] / "extensions" / "woocommerce" / "luxebrain"
FILLED_IN = "defaults.json"
SHIPPED = frozenset({".php", ".js", ".json", ".txt", ".pot"})
LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the oldest a zip can say
PLAIN_FILE = 0o100644 << 16


def build_plugin_zip(*, public_key: str, address: str) -> bytes:
    """`address`: PUBLIC_URL, where shoppers' browsers ask. Raises FileNotFoundError where extensions/ was not installed along."""
    filled_in = json.dumps({"address": address.rstrip("/"), "public_key": public_key}).encode()
    packed = io.BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted({**_files(), FILLED_IN: filled_in}.items()):
            entry = ZipInfo(f"{FOLDER.name}/{name}", LONG_AGO)
            entry.create_system, entry.external_attr, entry.compress_type = 3, PLAIN_FILE, ZIP_DEFLATED
            archive.writestr(entry, content)
    return packed.getvalue()


def plugin_version() -> str:
    """What a store's plugin answers when it is this one."""
    header = (FOLDER / "luxebrain.php").read_text()
    return next(line.split("Version:")[1].strip() for line in header.splitlines() if line.startswith(" * Version:"))


def _files() -> dict[str, bytes]:
    (FOLDER / FILLED_IN).stat()  # a folder that is not there would be an empty zip
    shipped = (path for path in FOLDER.rglob("*") if path.suffix in SHIPPED)
    return {path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in shipped}
