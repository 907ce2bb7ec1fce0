"""The shape of what is typed to sign in."""

from __future__ import annotations

from wtforms import Form, HiddenField, StringField
from wtforms.validators import InputRequired, Length

from portal.accounts.model import BadAddress
from portal.errors import N_


class AddressForm(Form):
    """An address to prove; `next` is the page to return to."""

    email = StringField(
        validators=[
            InputRequired(N_("Please type your e-mail address.")),
            Length(max=254, message=BadAddress.sentence),
        ]
    )
    next = HiddenField(validators=[Length(max=2000)])


class CodeForm(Form):
    """Six digits, however they are spaced."""

    code = StringField(
        validators=[
            InputRequired(N_("Please type the code from the message.")),
            Length(max=20, message=N_("Please type the code from the message.")),
        ]
    )
