"""Proofs: the close of each day, its published root, what members can check by it, and their whole statement."""
