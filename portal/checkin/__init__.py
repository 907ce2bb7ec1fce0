"""Check-in: a member stamps the day, once."""
