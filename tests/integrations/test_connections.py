"""A pair of host and port that may be private; test_private_addresses.py tries every spelling of those that may not."""

from __future__ import annotations

import pytest

from luxebrain.integrations.connections import PrivateAddress
from luxebrain.integrations.http import Http, Limits

ONCE = Limits(timeout_s=2, retries=0)


def test_allowed_pair_opens_that_port_only() -> None:
    http = Http(ssrf_allow=frozenset({"127.0.0.1:9"}))

    with pytest.raises(PrivateAddress):
        http.request("GET", "http://127.0.0.1:10/", limits=ONCE)
