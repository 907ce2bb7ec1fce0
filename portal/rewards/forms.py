"""The shape of what is typed about rewards."""

from __future__ import annotations

import datetime as dt
from typing import Any

from wtforms import (
    BooleanField,
    DateField,
    Field,
    FileField,
    Form,
    HiddenField,
    IntegerField,
    StringField,
    TextAreaField,
)
from wtforms.validators import (
    AnyOf,
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from portal.charter.schema import Community
from portal.errors import N_
from portal.rewards.model import KINDS, PERIODS
from portal.typed import line, prose

MISSING = N_("Please fill this in.")
SHORTER = N_("Please use at most 80 characters.")
BRIEFER = N_("Please say it in at most 1,000 characters.")
PRICE = NumberRange(1, 1_000_000, N_("Please type a whole number from 1 to 1,000,000."))
LIMIT = NumberRange(1, 1000, N_("Please type a whole number from 1 to 1,000."))
STOCK = NumberRange(0, 1_000_000, N_("Please type a whole number from 0 to 1,000,000."))
MORE = NumberRange(-1_000_000, 1_000_000, N_("Please type a whole number of at most 1,000,000."))
DAYS = NumberRange(1, 3650, N_("Please type a whole number from 1 to 3,650."))
YEARS = range(2000, 3000)
#: What WTForms itself says; marked here so that the catalogue has it.
THEIRS = (N_("Not a valid integer value."), N_("Not a valid date value."))


def moment(_form: Form, field: Field) -> None:
    """A date and a time as browsers send them, without a zone: the community's is meant."""
    try:
        given = dt.datetime.fromisoformat(field.data) if field.data else None
    except ValueError as error:
        raise ValidationError(N_("Please give a date and a time, such as 2027-03-01T09:00.")) from error
    if given and (given.tzinfo or given.year not in YEARS):
        raise ValidationError(N_("Please give a date and a time, such as 2027-03-01T09:00."))


def day(_form: Form, field: Field) -> None:
    """A date that the calendar's arithmetic can go on from."""
    if field.data and field.data.year not in YEARS:
        raise ValidationError(N_("Not a valid date value."))


def instant(typed: str | None, community: Community) -> dt.datetime | None:
    """The instant that was typed on the community's clock."""
    return community.instant(dt.datetime.fromisoformat(typed)).astimezone(dt.UTC) if typed else None


class RedeemForm(Form):
    """One press of a reward's button: the form's own id, and the price that the page showed."""

    id = HiddenField(validators=[InputRequired(), Length(max=64)])
    price = IntegerField(validators=[InputRequired()])


class NoteForm(Form):
    """What the desk tells the member."""

    note = TextAreaField(filters=[prose], validators=[Length(max=1000, message=BRIEFER)])


class WordForm(Form):
    """A word that must be one."""

    note = TextAreaField(filters=[prose], validators=[DataRequired(MISSING), Length(max=1000, message=BRIEFER)])


class AddressForm(Form):
    """Where to send it, as it shall stand on the parcel."""

    lines = TextAreaField(
        filters=[prose],
        validators=[
            DataRequired(MISSING),
            Length(min=8, max=400, message=N_("Please give the whole address, in at most 400 characters.")),
        ],
    )


class RevokeForm(Form):
    """Why a code is no good; which one, by its hash or by itself."""

    name = HiddenField(validators=[Optional(), Regexp("^[0-9a-f]{64}$")])
    code = StringField(filters=[line], validators=[Length(max=100)])
    reason = StringField(filters=[line], validators=[DataRequired(MISSING), Length(max=200)])


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
    ships = BooleanField()
    auto = BooleanField()
    flash = BooleanField()
    period = StringField(default="ever", validators=[Optional(), AnyOf(PERIODS)])
    opens = StringField(validators=[moment])
    closes = StringField(validators=[moment])
    tenure = IntegerField(validators=[Optional(), DAYS])
    lasts = IntegerField(validators=[Optional(), DAYS])
    until = DateField(validators=[Optional(), day])
    alt_en = StringField(filters=[line], validators=[Length(max=200)])
    alt_zh = StringField(filters=[line], validators=[Length(max=200)])
    image = FileField()
    drop = BooleanField()
    v = HiddenField()


class NewRewardForm(RewardForm):
    """A reward that is not on the shelf yet. Of codes the pool says how many there are."""

    kind = StringField(default="goods", validators=[Optional(), AnyOf(KINDS)])
    slug = StringField(
        validators=[
            InputRequired(MISSING),
            Regexp(r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", message=N_("Small letters, digits and dashes: book-voucher.")),
            Length(max=40, message=N_("Please use at most 40 characters.")),
        ]
    )
    stock = IntegerField(validators=[Optional(), STOCK])

    def validate(self, extra_validators: Any = None) -> bool:
        """As all forms; and there is a number, except of codes."""
        sound: bool = super().validate(extra_validators)
        if self.stock.data is None and self.kind.data != "code" and not self.stock.errors:
            self.stock.errors = [MISSING]
            return False
        return sound


class RestockForm(Form):
    """How many more, or fewer; the form's own id makes a second press harmless."""

    id = HiddenField(validators=[InputRequired(), Length(max=64)])
    more = IntegerField(validators=[InputRequired(MISSING), MORE])
