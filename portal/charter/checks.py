"""What the shape alone can't say: the charter's parts must agree with one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from portal.charter.schema import CHOOSING, RIGHTS, Charter, Question, Questionnaire
from portal.language import LANGUAGES, Text

#: Form fields of our own; a question of that name would clash with them.
RESERVED = frozenset({"csrf", "lang", "next", "draft"})
TEXT_LIMIT = {"short-text": 200, "long-text": 4000}


def faults(charter: Charter) -> Iterator[str]:
    """Each disagreement as `file: entry: what is wrong`; none for a sound charter."""
    yield from _community(charter)
    yield from _tiers(charter)
    yield from _roles(charter)
    yield from _twice("rules.toml", "rule", (rule.slug for rule in charter.rules.rule))
    yield from _twice("admission.toml", "reason", (reason.slug for reason in charter.admission.reason))
    for name, questionnaire in charter.questionnaires.items():
        yield from _questionnaire(f"questionnaires/{name}.toml", questionnaire)
    yield from _join(charter.join)
    yield from _empty_texts(charter)


def _community(charter: Charter) -> Iterator[str]:
    try:
        ZoneInfo(charter.community.zone)
    except (ZoneInfoNotFoundError, ValueError):
        yield f'community.toml: zone: "{charter.community.zone}" is no time zone; write it as "Asia/Shanghai"'


def _tiers(charter: Charter) -> Iterator[str]:
    yield from _twice("tiers.toml", "tier", (tier.slug for tier in charter.tiers))
    if not charter.tiers or charter.tiers[0].enter != 0:
        yield "tiers.toml: the first tier must have enter = 0: every member stands somewhere"
    for below, above in pairwise(charter.tiers):
        if above.enter <= below.enter:
            yield f'tiers.toml: tier "{above.slug}": enter: {above.enter} is not above "{below.slug}" ({below.enter})'


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


def _questionnaire(file: str, questionnaire: Questionnaire) -> Iterator[str]:
    yield from _twice(file, "question", (question.slug for question in questionnaire.question))
    earlier: dict[str, Question] = {}
    for question in questionnaire.question:
        where = f'{file}: question "{question.slug}"'
        yield from (f"{where}: {fault}" for fault in _question(question))
        yield from (f"{where}: show_if: {fault}" for fault in _condition(question, earlier))
        earlier[question.slug] = question


def _question(question: Question) -> Iterator[str]:
    choosing, text = question.kind in CHOOSING, question.kind in TEXT_LIMIT
    if question.slug in RESERVED:
        yield f'slug: "{question.slug}" is a field of the form itself; choose another'
    if choosing and len(question.choices) < 2:  # noqa: PLR2004 - one choice is none
        yield "choices: needs at least two"
    if not choosing and question.choices:
        yield f"choices: a {question.kind} question has none"
    if question.max_length and not text:
        yield f"max_length: a {question.kind} question has no length"
    if text and (question.max_length or 0) > TEXT_LIMIT[question.kind]:
        yield f"max_length: {question.max_length} is above {TEXT_LIMIT[question.kind]}, the most of a {question.kind}"
    scale = (question.steps, question.low, question.high)
    if question.kind == "scale" and not all(scale):
        yield "steps, low and high: a scale needs all three"
    if question.kind != "scale" and (any(scale) or question.weight_per_step):
        yield "steps, low, high and weight_per_step: belong to a scale"
    yield from _twice_in("choice", (choice.slug for choice in question.choices))


def _condition(question: Question, earlier: dict[str, Question]) -> Iterator[str]:
    """Conditions name earlier questions only, so that there is no cycle and no reader meets the answer too late."""
    for slug, answers in question.show_if.items():
        asked = earlier.get(slug)
        if asked is None:
            yield f'"{slug}" is no earlier question'
        elif asked.kind not in CHOOSING:
            yield f'"{slug}" is a {asked.kind} question; only chosen answers can show another'
        elif unknown := sorted(set(answers) - {choice.slug for choice in asked.choices}):
            yield f'"{slug}" has no choice "{unknown[0]}"'
        elif not answers:
            yield f'"{slug}" lists no answer, so that this is never asked'


def _join(join: Questionnaire) -> Iterator[str]:
    """The door needs one address, one consent and a name that is always asked."""
    kinds = Counter(question.kind for question in join.question)
    for kind, thing in (("email", "address"), ("consent", "agreement to the rules")):
        if kinds[kind] != 1:  # type: ignore[index]
            yield f"questionnaires/join.toml: needs exactly one {kind} question ({thing}); it has {kinds[kind]}"  # type: ignore[index]
    for question in join.question:
        if question.kind in ("email", "consent") and (question.show_if or not question.required):
            yield f'questionnaires/join.toml: question "{question.slug}": must always be asked and required'
    named = {question.slug: question for question in join.question}.get(join.name_from)
    if named is None or named.kind != "short-text" or named.show_if or not named.required:
        yield f'questionnaires/join.toml: name_from: "{join.name_from}" must be a short text that everybody answers'


def _twice(file: str, entry: str, slugs: Iterable[str]) -> Iterator[str]:
    yield from (f"{file}: {fault}" for fault in _twice_in(entry, slugs))


def _twice_in(entry: str, slugs: Iterable[str]) -> Iterator[str]:
    yield from (f'{entry} "{slug}" stands twice' for slug, times in Counter(slugs).items() if times > 1)


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
