"""The shape of what is typed about red packets."""

from __future__ import annotations

from wtforms import Form, HiddenField, IntegerField, StringField
from wtforms.validators import AnyOf, DataRequired, InputRequired, Length, NumberRange, Optional

from portal.errors import N_
from portal.packets.model import SPLITS
from portal.typed import line

MISSING = N_("Please fill this in.")
WHOLE = NumberRange(1, 1_000_000, N_("Please type a whole number from 1 to 1,000,000."))
BLESSING, SEED = 60, 64


class GiveForm(Form):
    """A red packet. `form` and `seal` are ours, as `lapses`, the month that the page showed."""

    form = HiddenField(validators=[InputRequired(), Length(max=200)])
    seal = HiddenField(validators=[InputRequired(), Length(max=64)])
    lapses = IntegerField(validators=[Optional()])
    points = IntegerField(validators=[InputRequired(MISSING), WHOLE])
    shares = IntegerField(validators=[InputRequired(MISSING), WHOLE])
    split = StringField(default=SPLITS[0], validators=[AnyOf(SPLITS, N_("Please choose one of these."))])
    tier = StringField(validators=[Length(max=40)])
    blessing = StringField(
        filters=[line], validators=[Length(max=BLESSING, message=N_("Please use at most 60 characters."))]
    )
    client_seed = StringField(
        filters=[line],
        validators=[
            DataRequired(N_("Please type anything here: a word, a line of a song.")),
            Length(max=SEED, message=N_("Please use at most 64 characters.")),
        ],
    )
