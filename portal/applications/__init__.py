"""Applications: asked, weighed, decided with reasons."""
