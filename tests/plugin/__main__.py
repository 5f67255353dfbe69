"""`make check-plugin`: the WordPress plugin's syntax, style, sources, and its whole life in a real WordPress. Ends what it starts."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest

from tests.plugin.packages import get_packages, say


def main() -> int:
    began = time.monotonic()
    get_packages()
    say(f"packages: {time.monotonic() - began:.0f} s")
    os.environ["CHECK_PLUGIN"] = "1"
    code = pytest.main([str(Path(__file__).parent), "-n0", "-q", *sys.argv[1:]])
    say(f"check-plugin: {time.monotonic() - began:.0f} s")
    return int(code)


if __name__ == "__main__":
    sys.exit(main())
