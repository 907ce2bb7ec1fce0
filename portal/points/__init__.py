"""Points: one purse a member, one pure function, and a chain of entries that re-derives it."""
