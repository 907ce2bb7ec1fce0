"""What the shape alone can't say: the charter's parts must agree with one another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from portal.charter import questioning
from portal.charter.admission import Persona
from portal.charter.economy import Cap
from portal.charter.fields import amount
from portal.charter.questions import Questionnaire
from portal.charter.schema import RIGHTS, Charter
from portal.language import LANGUAGES, Text

#: A missed day can't be made up after so many days: the row that it mends is still remembered.
LONGEST_MAKE_UP = 7


def faults(charter: Charter) -> Iterator[str]:
    """Each disagreement as `file: entry: what is wrong`; none for a sound charter."""
    yield from _community(charter)
    yield from _tiers(charter)
    yield from _check_in(charter)
    yield from _packets(charter)
    yield from _rewards(charter)
    yield from _roles(charter)
    yield from _points(charter)
    yield from _twice("rules.toml", "rule", (rule.slug for rule in charter.rules.rule))
    yield from _admission(charter)
    yield from _words(charter)
    yield from _questionnaires(charter)
    yield from _empty_texts(charter)


def _community(charter: Charter) -> Iterator[str]:
    community = charter.community
    if not _is_zone(community.zone):
        yield f'community.toml: zone: "{community.zone}" is no time zone; write it as "Asia/Shanghai"'
    for place, each in enumerate(community.moved, 1):
        if not _is_zone(each.left):
            yield f'community.toml: moved {place}, from: "{each.left}" is no time zone; write it as "Asia/Shanghai"'
    for place, (earlier, later) in enumerate(pairwise(community.moved), 2):
        if later.at <= earlier.at:
            yield f"community.toml: moved {place}, at: is not after the one before it; write the earliest first"
    names = [*(each.left for each in community.moved), community.zone]
    for place, (before, after) in enumerate(pairwise(names), 1):
        if before == after:
            yield f'community.toml: moved {place}, from: "{before}" is what the clock was set to; nothing moved'


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # "" and "Asia" are folders
        return False
    return True


def _check_in(charter: Charter) -> Iterator[str]:
    rule = charter.points.check_in
    for place, (below, above) in enumerate(pairwise(rule.milestone), 2):
        if above.days <= below.days:
            yield (
                f"points.toml: check_in, milestone {place}, days: {above.days} is not above the one before "
                f"({below.days})"
            )
    if rule.breaker and rule.breaker.per_hour < max(rule.ladder):
        yield (
            f"points.toml: check_in, breaker: {rule.breaker.per_hour} an hour is below the {max(rule.ladder)} points "
            "of one stamp"
        )
    if rule.make_up and rule.make_up.days > LONGEST_MAKE_UP:
        yield f'points.toml: check_in, make_up, within: is longer than "{LONGEST_MAKE_UP} days"'
    yield from _twice("points.toml", "check_in, holidays:", map(str, rule.holidays))


def _tiers(charter: Charter) -> Iterator[str]:
    yield from _twice("tiers.toml", "tier", (tier.slug for tier in charter.tiers))
    if not charter.tiers or charter.tiers[0].enter != 0:
        yield "tiers.toml: the first tier must have enter = 0: every member stands somewhere"
    for below, above in pairwise(charter.tiers):
        if above.enter <= below.enter:
            yield f'tiers.toml: tier "{above.slug}": enter: {above.enter} is not above "{below.slug}" ({below.enter})'


def _packets(charter: Charter) -> Iterator[str]:
    packets = charter.points.packets
    if packets is None:
        return
    if packets.tier and packets.tier not in {tier.slug for tier in charter.tiers}:
        yield f'points.toml: packets: tier: tiers.toml has no tier "{packets.tier}"'
    if packets.most_shares > packets.most_points:
        yield f"points.toml: packets: most_shares: each of {packets.most_shares} shares needs a point of its own"


#: Rules that the program itself names; a rule of the charter would be mistaken for one of them.
OWN_RULES = frozenset(
    {"welcome", "check-in", "milestone", "lapse", "redemption", "red-packet", "programme-packet", "packets"}
    | {"correction", "suspension-overturned", "programme"}
)


def _points(charter: Charter) -> Iterator[str]:
    policy = charter.points
    yield from _twice("points.toml", "earn", (earning.slug for earning in policy.earn))
    for earning in policy.earn:
        entry = f'points.toml: earn "{earning.slug}"'
        if earning.slug in OWN_RULES:
            yield f"{entry}: slug: the program has a rule of that name"
        cap = earning.cap or Cap()
        most = min((bound for bound in (cap.per_day, cap.per_month) if bound is not None), default=earning.points)
        if most < earning.points:
            yield f"{entry}: cap: {most} is below its {earning.points} points, so that nobody ever gets them"
        if earning.breaker and earning.breaker.per_hour < earning.points:
            yield f"{entry}: breaker: {earning.breaker.per_hour} an hour is below its {earning.points} points"


def _rewards(charter: Charter) -> Iterator[str]:
    policy = charter.points.rewards
    if amount(policy.keep_addresses) < amount(policy.complete_after):
        yield "points.toml: rewards: keep_addresses: would be erased before it is known that the parcel arrived"


def _roles(charter: Charter) -> Iterator[str]:
    yield from _twice("roles.toml", "role", (role.slug for role in charter.roles))
    if "owner" not in {role.slug for role in charter.roles}:
        yield 'roles.toml: role "owner" is missing; whoever claims the community holds it'
    for role in charter.roles:
        if role.slug == "owner" and set(role.rights) != set(RIGHTS):
            missing = ", ".join(sorted(set(RIGHTS) - set(role.rights)))
            yield f'roles.toml: role "owner": rights: must be all of them; missing: {missing}'
        if role.slug != "owner" and "appoint" in role.rights:
            yield f'roles.toml: role "{role.slug}": rights: "appoint" belongs to the owner'


def _questionnaires(charter: Charter) -> Iterator[str]:
    reasons = [reason.slug for reason in charter.admission.reason]
    tiers = [tier.slug for tier in charter.tiers]
    for name, asked in charter.questionnaires.items():
        yield from (f"questionnaires/{name}.toml: {fault}" for fault in questioning.faults(asked, reasons, tiers))
    yield from (f"questionnaires/{name}.toml: the name is an address of the form itself; choose another"
                for name in charter.questionnaires if name in ("draft", "places"))  # fmt: skip
    if charter.join.use != "join":
        yield 'questionnaires/join.toml: use: the main door is for joining; write "join"'


def _admission(charter: Charter) -> Iterator[str]:
    admission = charter.admission
    yield from _twice("admission.toml", "reason", (reason.slug for reason in admission.reason))
    yield from _twice("admission.toml", "reply", (reply.slug for reply in admission.reply))
    yield from _twice("admission.toml", "persona", (persona.slug for persona in admission.persona))
    for persona in admission.persona:
        where = f'admission.toml: persona "{persona.slug}": when'
        yield from (f"{where}: {fault}" for fault in _told_by(persona, charter.join))
    if amount(admission.retention.declined) < amount(admission.appeal_within):
        yield "admission.toml: retention: declined: would be erased before the window of its appeal has closed"
    auto = admission.auto_approve
    if auto and "domain" in auto.on and not auto.domains:
        yield "admission.toml: auto_approve: domains: lists none, so that nobody is approved by theirs"
    if auto and "invitation" in auto.on and not admission.invitations:
        yield "admission.toml: auto_approve: on: there are no invitations"
    if auto and charter.join.enough is None:
        yield "admission.toml: auto_approve: questionnaires/join.toml has no pass to reach"
    if auto and "quiz" in auto.on and charter.join.quiz is None:
        yield "admission.toml: auto_approve: on: questionnaires/join.toml has no quiz"
    if admission.founding and not admission.invitations:
        yield "admission.toml: founding: without invitations nobody could come in"


def _told_by(persona: Persona, join: Questionnaire) -> Iterator[str]:
    """A persona is told by chosen answers of the main door."""
    asked = {question.slug: {choice.slug for choice in question.choices} for question in join.form}
    if not persona.when:
        yield "names no answer, so that it fits nobody"
    for slug, answers in persona.when.items():
        if slug not in asked:
            yield f'questionnaires/join.toml has no question "{slug}"'
        elif unknown := sorted(set(answers) - asked[slug]):
            yield f'"{slug}" has no choice "{unknown[0]}"'


def _words(charter: Charter) -> Iterator[str]:
    yield from _twice("words.toml", "word", (word.text for word in charter.words.word))
    yield from (f"words.toml: allow: a phrase is empty ({place})" for place, phrase in
                enumerate(charter.words.allow, 1) if not phrase.strip())  # fmt: skip


def _twice(file: str, entry: str, slugs: Iterable[str]) -> Iterator[str]:
    yield from (f"{file}: {fault}" for fault in questioning.twice(entry, slugs))


def _empty_texts(charter: Charter) -> Iterator[str]:
    """A language whose text is blank is a language that is missing."""
    for part in ("community", "tiers", "points", "rules", "roles", "admission", "questionnaires"):
        start = part if part == "questionnaires" else f"{part}.toml:"
        for path, text in _texts(getattr(charter, part), start):
            yield from (f"{path}: the {lang} text is empty" for lang in LANGUAGES if not text[lang].strip())


def _texts(value: object, path: str) -> Iterator[tuple[str, Text]]:
    if isinstance(value, Text):
        yield path, value
    elif isinstance(value, msgspec.Struct):
        for field in value.__struct_fields__:
            yield from _texts(getattr(value, field), f"{path} {field}" if path.endswith(":") else f"{path}, {field}")
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _texts(entry, f"{path}/{key}.toml:")
    elif isinstance(value, list):
        for place, entry in enumerate(value, 1):
            name = getattr(entry, "slug", place)
            yield from _texts(entry, f'{path} "{name}"')
