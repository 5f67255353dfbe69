"""Fake platforms that behave like the recorded real ones. They speak HTTP only: they never import luxebrain and are never imported by it."""
