"""The shape of what is typed at the points desk."""

from __future__ import annotations

from wtforms import BooleanField, Form, HiddenField, IntegerField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, ValidationError

from portal.errors import N_
from portal.typed import line, prose

MISSING = N_("Please fill this in.")
WHOLE = N_("Please type a whole number from 1 to 100,000.")
EITHER_WAY = N_("Please type a whole number of at most 100,000, with a minus to take points away.")


class PressForm(Form):
    """One press of a button: the form's own id makes a second press harmless."""

    id = HiddenField(validators=[InputRequired(), Length(min=16, max=64)])


class AwardForm(PressForm):
    """Points by a rule, and what for."""

    rule = StringField(validators=[InputRequired(N_("Please choose a rule.")), Length(max=40)])
    about = StringField(
        filters=[line],
        validators=[
            DataRequired(N_("Please say what it is for; the member reads it.")),
            Length(max=120, message=N_("Please use at most 120 characters.")),
        ],
    )


class ReasonedForm(PressForm):
    """A correction and its reason. `mistake`: the community's own, which never makes debt."""

    reason = TextAreaField(
        filters=[prose],
        validators=[
            DataRequired(N_("Please give the reason; the member reads it, and it stands in the audit log.")),
            Length(max=400, message=N_("Please say it in at most 400 characters.")),
        ],
    )
    mistake = BooleanField()


class TakeBackForm(ReasonedForm):
    """How many points of one grant."""

    grant = HiddenField(validators=[InputRequired(), Length(max=200)])
    amount = IntegerField(validators=[InputRequired(MISSING), NumberRange(1, 100_000, WHOLE)])


class AdjustForm(ReasonedForm):
    """Points by hand, and the number of the entry that they put right, if there is one."""

    amount = IntegerField(validators=[InputRequired(MISSING), NumberRange(-100_000, 100_000, EITHER_WAY)])
    corrects = IntegerField(validators=[Optional(), NumberRange(1, 1_000_000_000, WHOLE)])

    def validate_amount(self, field: IntegerField) -> None:
        """Nothing is no correction."""
        if field.data == 0:
            raise ValidationError(EITHER_WAY)
