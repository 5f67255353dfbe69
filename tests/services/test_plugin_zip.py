"""The plugin's zip: what WordPress unpacks, filled in for one store."""

from __future__ import annotations

import io
import json
from zipfile import ZipFile

from luxebrain.services import plugin_zip
from luxebrain.services.plugin_zip import FOLDER, build_plugin_zip

KEY, ADDRESS = 'pk_"one"', "https://brain.example"


def test_the_zip_is_the_plugin_s_folder_filled_in_for_one_store() -> None:
    with ZipFile(io.BytesIO(build_plugin_zip(public_key=KEY, address=f"{ADDRESS}/"))) as archive:
        packed = {name: archive.read(name) for name in archive.namelist()}

    assert json.loads(packed.pop("luxebrain/defaults.json")) == {"address": ADDRESS, "public_key": KEY}
    on_disk = {f"luxebrain/{path.relative_to(FOLDER)}": path.read_bytes() for path in FOLDER.rglob("*") if path.is_file()}
    del on_disk["luxebrain/defaults.json"]
    assert packed == on_disk


def test_the_same_store_gets_the_same_bytes_and_another_store_others() -> None:
    first = build_plugin_zip(public_key=KEY, address=ADDRESS)

    assert build_plugin_zip(public_key=KEY, address=ADDRESS) == first
    assert build_plugin_zip(public_key="pk_two", address=ADDRESS) != first


def test_the_plugin_in_the_checkout_is_filled_in_for_nobody() -> None:
    assert json.loads((FOLDER / "defaults.json").read_text()) == {"address": "", "public_key": ""}


def test_the_version_is_the_header_s() -> None:
    assert f"Stable tag: {plugin_zip.plugin_version()}\n" in (FOLDER / "readme.txt").read_text()
