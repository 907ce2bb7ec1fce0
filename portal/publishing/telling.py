"""What the templates ask of the door's policies: values and a few words, never whole sentences.

Sentences stand in the templates, once for each language. Whatever a charter leaves out is empty or None here, so that a
template can leave it out as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any

from portal import filetypes
from portal.applications.questionnaire import sections
from portal.charter.admission import Inviting, Reason
from portal.charter.fields import amount
from portal.charter.questions import Choice, Question, Questionnaire
from portal.charter.schema import Charter, Right, Tier
from portal.language import Lang, Text

#: Questions that ask for something else than an answer; the door counts and numbers the others.
FORMALITIES = ("email", "consent")
TWO_DAYS = 48
_WORDS: Mapping[Lang, tuple[str, ...]] = {
    "en": ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    "zh": ("零", "一", "两", "三", "四", "五", "六", "七", "八", "九", "十", "十一", "十二"),
}
_UNITS: Mapping[Lang, Mapping[str, str]] = {
    "en": {"minute": " minute", "hour": " hour", "day": " day", "month": " month"},
    "zh": {"minute": "分钟", "hour": "小时", "day": "天", "month": "个月"},
}
#: What each right of a role lets somebody do.
RIGHTS: Mapping[Right, Text] = {
    "review": Text(en="read and decide applications", zh="看申请、定申请"),
    "words": Text(en="keep the list of words that need a look", zh="管要留意的词"),
    "members": Text(en="suspend members and reinstate them", zh="暂停和恢复成员资格"),
    "points": Text(en="grant points by the rules, and put them right", zh="照规则发积分、更正积分"),
    "rewards": Text(en="put rewards on the shelf", zh="上架兑换"),
    "fulfil": Text(en="hand over what was redeemed", zh="交付兑换的东西"),
    "site": Text(en="see what readers say of the site", zh="看读者对网站说了什么"),
    "audit": Text(en="read the audit log", zh="看审计日志"),
    "appoint": Text(en="grant and withdraw roles", zh="任免职务"),
}
_AND: Mapping[Lang, tuple[str, str, str]] = {"en": (", ", " and ", " or "), "zh": ("、", "和", "或")}


def facts(charter: Charter, lang: Lang) -> dict[str, Any]:
    """What a template about the door knows beside the charter itself."""
    asked, admission = charter.join, charter.admission
    inviters = invites(charter)
    limited = admission.capacity is not None or any(one.quota for one in admission.persona)
    refused = refusals(charter)
    return {
        "admission": admission,
        "asked": asked,
        "sections": list(sections(asked, asked.form)),
        "numbered": numbered(asked),
        "given": lambda when: given(asked, when),
        "weighs": weighs(asked),
        "rubrics": any(question.rubric for question in asked.form),
        "refusals": refused,
        "floor_reason": charter.reason(asked.floor_reason) if asked.floor_reason else None,
        "inviting": inviters[0] if inviters else None,
        "inviters": inviters[1] if inviters else [],
        "automatic": decides_by_itself(charter),
        "limited": limited,
        "takes": lambda question: takes(question, lang),
    }


def questions(charter: Charter) -> int:
    """How many questions stand on the form, address and consent apart; the quiz counts by itself."""
    return len(numbered(charter.join))


def numbered(asked: Questionnaire) -> dict[str, int]:
    """The numbers of the questions, by slug; an address and a box to tick have none."""
    number = count(1)
    return {question.slug: next(number) for question in asked.form if question.kind not in FORMALITIES}


def given(asked: Questionnaire, when: Mapping[str, Sequence[str]]) -> list[tuple[Question, list[Text]]]:
    """A condition: the questions that it looks at, each with the answers that satisfy it."""
    return [
        (asked[slug], [choice.text for choice in asked[slug].choices if choice.slug in among])
        for slug, among in when.items()
    ]


def weighs(asked: Questionnaire) -> bool:
    """Whether any answer adds to the score, or takes from it."""
    return any(question.weight_per_step or any(choice.weight for choice in question.choices) for question in asked.form)


def refusals(charter: Charter) -> list[tuple[Question, Choice, Reason]]:
    """The answers that are a no by themselves, each with its reason."""
    return [
        (question, choice, charter.reason(choice.refuse))
        for question in charter.join.form
        for choice in question.choices
        if choice.refuse
    ]


def invites(charter: Charter) -> tuple[Inviting, list[Tier]] | None:
    """The policy of invitations and the tiers that make them; None where nobody can."""
    able = [tier for tier in charter.tiers if "invite" in tier.privileges]
    return (charter.admission.invitations, able) if charter.admission.invitations and able else None


def decides_by_itself(charter: Charter) -> bool:
    """Whether any application may be decided without a reader."""
    inviters, by_itself = invites(charter), charter.join.floor is not None or bool(refusals(charter))
    return by_itself or charter.admission.auto_approve is not None or bool(inviters and inviters[0].skip_review)


def takes(question: Question, lang: Lang) -> tuple[str, str]:
    """What a file may be, and how large, in the form's own words."""
    size = filetypes.amount((question.max_kilobytes or 0) * 1024)
    types = listed((filetypes.KINDS[each].short[lang] for each in question.accepts), lang, "or")
    return types, size.replace(" ", "") if lang == "zh" else size


def words(number: int, lang: Lang) -> str:
    """A small number as a word, a larger one in figures."""
    names = _WORDS[lang]
    return names[number] if number < len(names) else str(number)


def span(duration: str, lang: Lang) -> str:
    """A duration of the charter, `"3 days"`, as it stands in a sentence: three days, 三天."""
    number, unit = amount(duration), duration.split()[1].removesuffix("s")
    return words(number, lang) + _unit(unit, number, lang)


def hours(number: int, lang: Lang) -> str:
    """Whole hours in figures; from two days on in days, rounded up."""
    unit, many = ("hour", number) if number < TWO_DAYS else ("day", -(-number // 24))
    return f"{many}{_unit(unit, many, lang)}"


def signed(weight: int) -> str:
    """A weight with its sign, as on a statement."""
    return f"+{weight}" if weight > 0 else f"−{-weight}" if weight < 0 else "0"


def listed(texts: Iterable[str], lang: Lang, last: str = "and") -> str:
    """A list as a sentence has it: a, b and c; a、b和c. With `last` = "or": a, b or c; a、b或c."""
    comma, both, either = _AND[lang]
    *others, end = texts
    return (comma.join(others) + (either if last == "or" else both) if others else "") + end


def _unit(unit: str, number: int, lang: Lang) -> str:
    return _UNITS[lang][unit] + ("s" if lang == "en" and number != 1 else "")
