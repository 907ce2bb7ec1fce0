"""Surveys: questionnaires of the charter for members; answered once each, changed as one likes, counted."""
