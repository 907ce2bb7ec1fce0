"""The shape of what is typed about members."""

from __future__ import annotations

from wtforms import BooleanField, DateField, EmailField, Form, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length

from portal.errors import N_
from portal.typed import line, prose


class ClaimForm(Form):
    """Who claims the community."""

    name = StringField(
        filters=[line],
        validators=[
            DataRequired(N_("Please say what we shall call you.")),
            Length(max=60, message=N_("Please use at most 60 characters.")),
        ],
    )
    email = EmailField(
        validators=[
            InputRequired(N_("Please type your e-mail address.")),
            Length(
                max=254,
                message=N_(
                    "That doesn't look like an e-mail address. It needs a name, an @ and a domain: ada@example.org."
                ),
            ),
        ]
    )


class ReasonForm(Form):
    """Why something is done to a member."""

    reason = TextAreaField(
        filters=[prose],
        validators=[
            DataRequired(N_("Please give the reason; it stands in the audit log.")),
            Length(max=1000, message=N_("Please say it in at most 1,000 characters.")),
        ],
    )


class ReinstatementForm(ReasonForm):
    """Why a member is reinstated, and whether the suspension was wrong from the start."""

    overturned = BooleanField()


class SuspensionForm(ReasonForm):
    """Until when, and why, a member is suspended."""

    until = DateField(validators=[InputRequired(N_("Please give the last day of the suspension."))])
