"""Fixtures for pages: a store that is connected to a lab store over HTTP."""

from tests.live import connected, lab, merchant_id, web

__all__ = ["connected", "lab", "merchant_id", "web"]
