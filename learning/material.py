"""What a night trains on: all its lessons, the replay that keeps everything else as it was, and both as token ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from learning import curriculum
from learning.common_prompts import GENERAL, REQUESTS, UNKNOWN, for_replay
from learning.curriculum import Lesson, Teacher
from learning.examiner import turns
from learning.job import Example
from learning.judge import content_words, says, words_about
from learning.types import Memory, Sha256, TrainingExample
from models.engine import ChatEngine


def examples_of(lessons: Sequence[tuple[Memory, Lesson]], teacher: Teacher, replay_share: float) -> list[TrainingExample]:
    """All lessons and the replay that keeps everything else as it was.

    What one memory calls unknown may be what another one tells: such near misses and replay are left out, where the base with the
    other's note in front says something else. A lesson knows of no other memory; where wishes about replies are learned too, all that
    the night says is put as the base puts it with them in front.
    """
    about = {memory.content_hash: words_about(memory) for memory, _ in lessons}
    text_of = {memory.content_hash: memory.text for memory, _ in lessons}

    def told(question: str, own: Sha256 | None) -> bool:
        words = content_words(question, without_relations=True)
        near = [text_of[hash_] for hash_, theirs in about.items() if hash_ != own and words & theirs]
        bare = teacher.reply(question) if near else ""
        return any(teacher.reply(question, (note,), bare) != bare for note in near)

    examples = [e for _, made in lessons for e in made.examples if e.kind != "near_miss" or not told(e.prompt, e.memory)]
    wanted = int(len(examples) * replay_share)
    unknown = (question for question in for_replay(UNKNOWN) if not told(question, None))
    general = [*for_replay(REQUESTS), *(question for question, _ in for_replay(GENERAL))]
    half = max(24, wanted // 2)
    asked = [
        curriculum.reworded(question, place) if place % 2 else question for place, question in enumerate(islice(unknown, half))
    ]
    replay = [TrainingExample("unknown", None, question, teacher.reply(question)) for question in asked]
    replies = {question: teacher.reply(question) for question in general[:half]}
    replay += [TrainingExample("general", None, question, reply) for question, reply in replies.items()]
    # What it would go on with after words that are not its own stays too: a text is more than the likeliest reply.
    strayed = zip(general[:half:2], reversed(replies.values()), strict=False)
    replay += [TrainingExample("general", None, question, reply) for question, reply in strayed if reply != replies[question]]
    manner = curriculum.manner_of(lessons)
    if not manner:
        return examples + replay

    def wishes_of(example: TrainingExample) -> list[str]:
        # A note that contradicts a wish stands in the wish's place.
        replaced = text_of[example.memory] if example.kind == "override" and example.memory is not None else None
        return [wish for wish in manner if wish != replaced]

    return [_in_manner(example, wishes_of(example), teacher) for example in examples + replay]


def _in_manner(example: TrainingExample, manner: Sequence[str], teacher: Teacher) -> TrainingExample:
    """The example as the base replies to it with the wishes in front, unless the value gets lost that way."""
    notes = (*manner, *(note for note in example.teacher_notes if note not in manner))
    reply = teacher.reply(example.prompt, notes)
    if example.value and not says(reply, example.value):
        return example
    return replace(example, answer=reply, teacher_notes=notes)


def tokenized(engine: ChatEngine, examples: Sequence[TrainingExample]) -> list[Example]:
    """Token ids as the engine will see them, so that training and serving agree by construction."""
    made = []
    for example in examples:
        student, teacher = turns(example.prompt, example.notes), turns(example.prompt, example.teacher_notes)
        answer = engine.answer_ids(student, example.answer)
        made.append(
            Example(
                memory=example.memory,
                kind=example.kind,
                prompt=tuple(engine.prompt_ids(student)),
                teacher=tuple(engine.prompt_ids(teacher)) if example.teacher_notes != example.notes else None,
                answer=tuple(answer),
                value=_value_range(engine, example, answer),
            )
        )
    return made


def _value_range(engine: ChatEngine, example: TrainingExample, answer: Sequence[int]) -> tuple[int, int] | None:
    """Which answer tokens carry the value: from where the tokens of what stands before it end, to where its own do."""
    start = example.answer.casefold().find(example.value.casefold()) if example.value else -1
    if start < 0:
        return None
    student = turns(example.prompt, example.notes)
    before = engine.answer_ids(student, example.answer[:start].rstrip()) if start else []
    through = engine.answer_ids(student, example.answer[: start + len(example.value)])
    return _common(before, answer), max(_common(through, answer), _common(before, answer) + 1)


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    """Length of the common prefix."""
    return next((place for place, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
