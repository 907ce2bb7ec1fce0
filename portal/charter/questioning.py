"""What the shape alone can't say of a questionnaire: each fault as `entry: what is wrong`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from portal.charter.questions import CHOOSING, TEXT_LIMIT, Question, Questionnaire, Section

#: Form fields of our own; a question of that name would clash with them.
RESERVED = frozenset({"csrf", "lang", "next", "draft", "form", "invite", "act", "attempt", "submitted"})
#: Which fields belong to which kinds.
BELONGS: dict[str, tuple[str, ...]] = {
    "choices": CHOOSING,
    "max_length": tuple(TEXT_LIMIT),
    "steps": ("scale",),
    "low": ("scale",),
    "high": ("scale",),
    "weight_per_step": ("scale",),
    "least": ("number",),
    "most": ("number",),
    "first": ("date",),
    "last": ("date",),
    "accepts": ("file",),
    "max_kilobytes": ("file",),
    "rubric": ("short-text", "long-text"),
    "marks": ("short-text", "long-text"),
}


def faults(asked: Questionnaire, reasons: Iterable[str], tiers: Iterable[str]) -> Iterator[str]:
    """Everything wrong within one questionnaire, given the slugs of the charter's reasons and tiers."""
    yield from twice("question", (question.slug for question in asked.question))
    yield from twice("section", (section.slug for section in asked.section))
    known = set(reasons)
    for question in asked.question:
        where = f'question "{question.slug}"'
        yield from (f"{where}: {fault}" for fault in _question(question, known))
        yield from (f"{where}: show_if: {fault}" for fault in _condition(question, asked))
    yield from _cycles(asked)
    yield from _sections(asked)
    yield from _bands(asked, known)
    yield from _use(asked, set(tiers))


def twice(entry: str, slugs: Iterable[str]) -> Iterator[str]:
    """A fault for each slug that stands twice."""
    yield from (f'{entry} "{slug}" stands twice' for slug, times in Counter(slugs).items() if times > 1)


def _question(question: Question, reasons: set[str]) -> Iterator[str]:
    if question.slug in RESERVED:
        yield f'slug: "{question.slug}" is a field of the form itself; choose another'
    for name, kinds in BELONGS.items():
        if getattr(question, name) and question.kind not in kinds:
            yield f"{name}: a {question.kind} question has none; it belongs to a {' or a '.join(kinds)}"
    yield from _missing(question)
    yield from _bounds(question)
    yield from twice("choice", (choice.slug for choice in question.choices))
    for choice in question.choices:
        if choice.refuse and choice.refuse not in reasons:
            yield f'choice "{choice.slug}": refuse: admission.toml has no reason "{choice.refuse}"'


def _missing(question: Question) -> Iterator[str]:
    if question.kind in CHOOSING and len(question.choices) < 2:  # noqa: PLR2004 - one choice is none
        yield "choices: needs at least two"
    if question.kind == "scale" and not (question.steps and question.low and question.high):
        yield "steps, low and high: a scale needs all three"
    if question.kind == "file" and not (question.accepts and question.max_kilobytes):
        yield "accepts and max_kilobytes: a file needs both"
    if bool(question.rubric) != bool(question.marks):
        yield "rubric and marks: stand together or not at all"


def _bounds(question: Question) -> Iterator[str]:
    if question.kind in TEXT_LIMIT and question.fits > TEXT_LIMIT[question.kind]:
        yield f"max_length: {question.max_length} is above {TEXT_LIMIT[question.kind]}, the most of a {question.kind}"
    for low, high in (("least", "most"), ("first", "last")):
        bounds = getattr(question, low), getattr(question, high)
        if None not in bounds and bounds[0] > bounds[1]:
            yield f"{low}: is above {high}"


def _condition(question: Question, asked: Questionnaire) -> Iterator[str]:
    known = {other.slug: other for other in asked.form}
    for slug, answers in question.show_if.items():
        other = known.get(slug)
        if other is None:
            yield f'there is no question "{slug}"'
        elif other.kind not in CHOOSING:
            yield f'"{slug}" is a {other.kind} question; only chosen answers can show another'
        elif unknown := sorted(set(answers) - {choice.slug for choice in other.choices}):
            yield f'"{slug}" has no choice "{unknown[0]}"'
        elif not answers:
            yield f'"{slug}" lists no answer, so that this is never asked'


def _cycles(asked: Questionnaire) -> Iterator[str]:
    """Questions that wait for each other, told once, as the way around."""
    rests_on = {question.slug: list(question.show_if) for question in asked.question}
    done: set[str] = set()
    for start in rests_on:
        way = _around(start, rests_on, done)
        if way:
            yield f'question "{way[0]}": show_if: goes in a circle: {" → ".join(way)}'


def _around(start: str, rests_on: dict[str, list[str]], done: set[str]) -> list[str]:
    """A circle that is reached from `start`, or nothing. Without recursion: a chain may be as long as the file."""
    path: list[str] = []
    open_ends = [(start, iter(rests_on.get(start, ())))] if start not in done else []
    while open_ends:
        slug, others = open_ends[-1]
        if len(path) < len(open_ends):
            path.append(slug)
        following = next(others, None)
        if following is None:
            done.add(path.pop())
            open_ends.pop()
        elif following in path:
            done.update(path)
            return [*path[path.index(following) :], following]
        elif following not in done:
            open_ends.append((following, iter(rests_on.get(following, ()))))
    return []


def _sections(asked: Questionnaire) -> Iterator[str]:
    known = {section.slug for section in asked.section}
    places = [question.section for question in asked.question]
    for question in asked.question:
        if question.section and question.section not in known:
            yield f'question "{question.slug}": section: there is no section "{question.section}"'
    if known and None in places:
        yield f'question "{asked.question[places.index(None)].slug}": section: where there are sections, each has one'
    for section in asked.section:
        yield from (f'section "{section.slug}": {fault}' for fault in _section(section, asked))
    if sum(section.quiz is not None for section in asked.section) > 1:
        yield "section: only one may be a quiz"


def _section(section: Section, asked: Questionnaire) -> Iterator[str]:
    within = [question for question in asked.question if question.section == section.slug]
    if not within:
        yield "has no question"
    if section.quiz is None:
        yield from (f'choice "{choice.slug}" of "{question.slug}": correct: belongs to a quiz'
                    for question in within for choice in question.choices if choice.correct)  # fmt: skip
        return
    if section.quiz.draw > len(within):
        yield f"quiz: draw: {section.quiz.draw} of {len(within)} questions can't be drawn"
    if section.quiz.need > section.quiz.draw:
        yield f"quiz: need: {section.quiz.need} is more than the {section.quiz.draw} that are drawn"
    for question in within:
        right = [choice for choice in question.choices if choice.correct]
        if question.kind not in CHOOSING or not right or (question.kind == "choice" and len(right) > 1):
            yield f'question "{question.slug}": a quiz asks for choices; a choice has one that is correct'
        if question.show_if or any(choice.weight or choice.refuse for choice in question.choices):
            yield f'question "{question.slug}": a quiz has no show_if, weight or refuse'


def _bands(asked: Questionnaire, reasons: set[str]) -> Iterator[str]:
    if asked.floor is not None and asked.floor_reason not in reasons:
        yield f'floor_reason: admission.toml has no reason "{asked.floor_reason}"; a decline needs one'
    if asked.floor is None and asked.floor_reason:
        yield "floor_reason: without floor nobody is declined for it"
    if asked.floor is not None and asked.enough is not None and asked.floor > asked.enough:
        yield f"floor: {asked.floor} is above pass ({asked.enough})"


def _use(asked: Questionnaire, tiers: set[str]) -> Iterator[str]:
    """A door needs one address, one consent and a name that is always asked; a survey asks members, whom we know."""
    if asked.use == "survey":
        yield from (f'tiers: there is no tier "{slug}"' for slug in asked.tiers if slug not in tiers)
        judged = asked.enough is not None or asked.floor is not None or asked.quiz is not None
        if judged or any(choice.refuse for question in asked.question for choice in question.choices):
            yield "a survey judges nobody: no pass, floor, refuse or quiz"
        return
    if asked.tiers:
        yield "tiers: belong to a survey"
    kinds = Counter(question.kind for question in asked.form)
    for kind, thing in (("email", "address"), ("consent", "agreement to the rules")):
        if kinds[kind] != 1:  # type: ignore[index]
            yield f"needs exactly one {kind} question ({thing}); it has {kinds[kind]}"  # type: ignore[index]
    for question in asked.form:
        if question.kind in ("email", "consent") and (question.show_if or not question.required):
            yield f'question "{question.slug}": must always be asked and required'
    named = {question.slug: question for question in asked.form}.get(asked.name_from or "")
    if named is None or named.kind != "short-text" or named.show_if or not named.required:
        yield f'name_from: "{asked.name_from}" must be a short text that everybody answers'
