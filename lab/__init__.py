"""Fake platforms that behave like the recorded real ones. They speak HTTP only; luxebrain and they never import each other."""
