"""Tonghao: the portal where people apply, belong, rise, earn and redeem."""
