"""Accounts: people by their verified address, their sessions and their roles."""
