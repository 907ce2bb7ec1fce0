"""The audit log: every staff action, with what it changed."""
