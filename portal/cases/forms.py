"""The shape of what is typed about words and cases."""

from __future__ import annotations

from wtforms import Form, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from portal.errors import N_
from portal.typed import prose

#: A thousand words of sixty characters, with their severities.
LONGEST_LIST = 80_000


class WordsForm(Form):
    """A list, one word a line."""

    list = TextAreaField(
        filters=[prose],
        validators=[
            DataRequired(N_("Please type at least one word.")),
            Length(max=LONGEST_LIST, message=N_("That is more than the list takes. Please try it in parts.")),
        ],
    )


class SwitchForm(WordsForm):
    """A list that was tried, with the version of the desk's list that the trial knew."""

    v = IntegerField(validators=[InputRequired(), NumberRange(0, 10**9)])


class WordForm(Form):
    """One word of the desk's list."""

    word = StringField(validators=[InputRequired(), Length(max=60)])


class SettleForm(Form):
    """What was done about a case."""

    note = TextAreaField(
        filters=[prose], validators=[Length(max=1000, message=N_("Please say it in at most 1,000 characters."))]
    )
