"""The shape of what is typed about rewards."""

from __future__ import annotations

from wtforms import BooleanField, Form, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from portal.errors import N_
from portal.typed import line, prose

MISSING = N_("Please fill this in.")
SHORTER = N_("Please use at most 80 characters.")
BRIEFER = N_("Please say it in at most 1,000 characters.")
PRICE = NumberRange(1, 1_000_000, N_("Please type a whole number from 1 to 1,000,000."))
LIMIT = NumberRange(1, 1000, N_("Please type a whole number from 1 to 1,000."))
STOCK = NumberRange(0, 1_000_000, N_("Please type a whole number from 0 to 1,000,000."))
MORE = NumberRange(-1_000_000, 1_000_000, N_("Please type a whole number of at most 1,000,000."))
#: What WTForms itself says; marked here so that the catalogue has it.
THEIRS = (N_("Not a valid integer value."), N_("Not a valid date value."))


class RedeemForm(Form):
    """One press of a reward's button: the form's own id, and the price that the page showed."""

    id = HiddenField(validators=[InputRequired(), Length(max=64)])
    price = IntegerField(validators=[InputRequired()])


class NoteForm(Form):
    """What the desk tells the member."""

    note = TextAreaField(filters=[prose], validators=[Length(max=1000, message=BRIEFER)])


class RewardForm(Form):
    """A reward in both languages."""

    title_en = StringField(filters=[line], validators=[DataRequired(MISSING), Length(max=80, message=SHORTER)])
    title_zh = StringField(filters=[line], validators=[DataRequired(MISSING), Length(max=80, message=SHORTER)])
    about_en = TextAreaField(filters=[prose], validators=[DataRequired(MISSING), Length(max=1000, message=BRIEFER)])
    about_zh = TextAreaField(filters=[prose], validators=[DataRequired(MISSING), Length(max=1000, message=BRIEFER)])
    price = IntegerField(validators=[InputRequired(MISSING), PRICE])
    limit = IntegerField(validators=[Optional(), LIMIT])
    tier = StringField(validators=[Length(max=40)])
    offered = BooleanField(default=True)
    v = HiddenField()


class NewRewardForm(RewardForm):
    """A reward that is not on the shelf yet."""

    slug = StringField(
        validators=[
            InputRequired(MISSING),
            Regexp(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", message=N_("Small letters, digits and dashes: book-voucher.")),
            Length(max=40, message=N_("Please use at most 40 characters.")),
        ]
    )
    stock = IntegerField(validators=[InputRequired(MISSING), STOCK])


class RestockForm(Form):
    """How many more, or fewer; the form's own id makes a second press harmless."""

    id = HiddenField(validators=[InputRequired(), Length(max=64)])
    more = IntegerField(validators=[InputRequired(MISSING), MORE])
