"""Readers of the public site: how often each page is read, whether it helped, and what they would change."""
