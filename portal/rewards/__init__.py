"""Rewards: what points buy. Points and stock are taken in one transaction, or not at all."""
