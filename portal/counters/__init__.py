"""Counters: tickets, each handed out once."""
