"""LuxeBrain: a back end that online stores install. docs/architecture.md says where everything lives."""
