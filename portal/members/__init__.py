"""Members: who belongs, with what standing, in which tier."""
