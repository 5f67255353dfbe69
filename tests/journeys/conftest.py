"""Fixtures for journeys: a merchant, a lab store and our web process on real sockets."""

from tests.live import connected, lab, merchant_id, web

__all__ = ["connected", "lab", "merchant_id", "web"]
