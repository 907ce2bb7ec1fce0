"""The points desk: points granted by rule, corrections with their reasons, budgets and breakers."""
