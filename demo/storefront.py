"""Does in the lab's store what a merchant does once: puts LuxeBrain's line into the theme. A platform's plugin would do the same."""

from __future__ import annotations

import urllib.error
import urllib.parse
import urllib.request

from demo.ports import Ports


def put_script_into_theme(ports: Ports, public_key: str | None) -> None:
    if public_key is None:
        return
    tag = f'<script type="module" src="{ports.web_url}/widgets/v1/luxebrain.js?store={public_key}"></script>'
    body = urllib.parse.urlencode({"head_html": tag}).encode()
    try:
        urllib.request.urlopen(f"{ports.store_url}/lab/theme", body, timeout=5).close()  # noqa: S310 - our own address
    except (OSError, urllib.error.HTTPError) as error:
        print(f"  The widgets' script could not be put into the store's theme: {error}", flush=True)
