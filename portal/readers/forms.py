"""The shape of what readers send."""

from __future__ import annotations

from wtforms import Form, StringField, TextAreaField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length

from portal.errors import N_
from portal.typed import prose

LONGEST = 2000


class CountForm(Form):
    """That a page was read, or of help."""

    page = StringField(validators=[InputRequired(), Length(max=200)])
    said = StringField(validators=[AnyOf(("read", "yes"))])


class WordForm(Form):
    """What a reader would change, or whether the page helped."""

    page = StringField(validators=[InputRequired(), Length(max=200)])
    id = StringField(validators=[InputRequired(), Length(max=64)])
    helpful = StringField(validators=[AnyOf(("", "yes", "no"))], default="")
    text = TextAreaField(
        filters=[prose],
        validators=[
            DataRequired(N_("Please write a sentence, or leave the page as it is.")),
            Length(max=LONGEST, message=N_("Please say it in at most 2,000 characters.")),
        ],
    )
