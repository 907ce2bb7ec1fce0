"""Charters kept by their hash, so that old answers, entries and decisions resolve to the version they name."""
