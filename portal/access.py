"""Who may do what. Every view declares one rule; a view without one does not start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal, TypeVar, get_args

from portal.charter.schema import Right

#: `anyone`; `person`: signed in; `member`: signed in and a member, whatever the standing; or a right of the charter's
#: roles, held by a member in good standing.
Rule = Literal["anyone", "person", "member"] | Right
Answer = Literal["yes", "sign in", "no"]
RULES: tuple[str, ...] = ("anyone", "person", "member", *get_args(Right))

V = TypeVar("V", bound=Callable[..., object])


class UndeclaredView(Exception):
    """A view has no rule, so the portal does not start."""


def to(rule: Rule) -> Callable[[V], V]:
    """Declare who may use a view."""

    def declare(view: V) -> V:
        view.__dict__["access"] = rule
        return view

    return declare


def declared(views: Mapping[str, Callable[..., object]]) -> dict[str, Rule]:
    """The rule of each endpoint; raises UndeclaredView naming those without one."""
    missing = sorted(name for name, view in views.items() if "access" not in vars(view))
    if missing:
        raise UndeclaredView(f"views without a rule of access: {', '.join(missing)}")
    return {name: vars(view)["access"] for name, view in views.items()}


def permits(rule: Rule, *, person: bool, standing: str | None, rights: frozenset[str]) -> Answer:
    """Whether a visitor may use a view of that rule. A member who isn't active keeps no right at the desk."""
    if rule == "anyone":
        return "yes"
    if not person:
        return "sign in"
    if rule == "person":
        return "yes"
    if rule == "member":
        return "yes" if standing else "no"
    return "yes" if standing == "active" and rule in rights else "no"
