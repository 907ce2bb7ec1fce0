"""The shape of what is sent about the card."""

from __future__ import annotations

from wtforms import DateField, Form, StringField
from wtforms.validators import AnyOf, InputRequired, Optional

#: Pages that a press may lead back to.
PAGES = ("me", "calendar")


class StampForm(Form):
    """A press of the stamp, and the page that it stood on."""

    on = StringField(default="me", validators=[Optional(), AnyOf(PAGES)])


class MakeUpForm(Form):
    """A missed day."""

    date = DateField(validators=[InputRequired()])
