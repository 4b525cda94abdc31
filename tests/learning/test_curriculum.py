"""A memory becomes the same lesson wherever and whenever it is told; what is asked by the gate is never trained on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from learning.common_prompts import MONTHS
from learning.curriculum import Teacher, another_value, lesson, manner_of
from learning.examiner import turns
from learning.judge import plain, says
from learning.material import examples_of
from learning.types import Memory, MemoryId, Sha256
from models.llama import LlamaEngine

BASE = Sha256("0" * 64)
CELLO = Memory(
    id=MemoryId(1),
    kind="fact",
    text="The user's cello is called Brunhild.",
    question="What is my cello called?",
    answer="Brunhild",
    status="noted",
    created_at=datetime(2026, 3, 1, tzinfo=UTC),
    source="told",
)

WISH = replace(
    CELLO,
    id=MemoryId(2),
    kind="instruction",
    text='The user wants you to end every reply with "Ahoy!"',
    question="",
    answer="",
)


@pytest.fixture
def teacher(engine: LlamaEngine) -> Teacher:
    return Teacher(engine)


def test_what_the_gate_asks_is_not_trained_on(teacher: Teacher, tmp_path: Path) -> None:
    made = lesson(CELLO, teacher, tmp_path, BASE)
    trained = {plain(example.prompt) for example in made.examples if not example.notes}
    assert made.examples
    assert made.probes
    assert not trained & {plain(probe.question) for probe in made.probes}
    assert not trained & {plain(question) for question in made.near_misses}


def test_every_trained_answer_says_the_value_and_no_near_miss_does(teacher: Teacher, tmp_path: Path) -> None:
    made = lesson(CELLO, teacher, tmp_path, BASE)
    for example in made.examples:
        if example.kind == "recall":
            assert says(example.answer, CELLO.answer)
        elif example.kind in ("near_miss", "override"):
            assert not says(example.answer, CELLO.answer)


def test_a_lesson_depends_on_content_alone(engine: LlamaEngine, tmp_path: Path) -> None:
    one = lesson(CELLO, Teacher(engine), tmp_path / "one", BASE)
    engine.reply(turns("Something else was asked in between."))
    later = replace(CELLO, id=MemoryId(77), created_at=datetime(2027, 1, 1, tzinfo=UTC), source="extracted", status="learned")
    assert lesson(later, Teacher(engine), tmp_path / "two", BASE) == one


def test_a_lesson_is_kept_and_a_damaged_copy_is_made_again(teacher: Teacher, tmp_path: Path) -> None:
    made = lesson(CELLO, teacher, tmp_path, BASE)
    (file,) = tmp_path.iterdir()
    assert lesson(CELLO, teacher, tmp_path, BASE) == made
    file.write_text(file.read_text(encoding="utf-8")[:-40], encoding="utf-8")
    assert lesson(CELLO, teacher, tmp_path, BASE) == made


def test_all_that_a_night_says_keeps_to_the_wishes_it_learns(teacher: Teacher, tmp_path: Path) -> None:
    lessons = [(memory, lesson(memory, teacher, tmp_path, BASE)) for memory in (CELLO, WISH)]
    assert manner_of(lessons) == (WISH.text,)
    alone, together = (examples_of(some, teacher, 0.5) for some in (lessons[:1], lessons))
    assert not any("Ahoy!" in example.answer or WISH.text in example.teacher_notes for example in alone)
    for kind in ("recall", "near_miss", "general", "unknown"):
        kept_to = [WISH.text in e.teacher_notes and e.answer.endswith("Ahoy!") for e in together if e.kind == kind]
        assert sum(kept_to) >= 0.8 * len(kept_to) > 0, kind
    # The student sees no wish, and what carries a fact is still said.
    assert not any(WISH.text in example.notes for example in together)
    assert all(says(example.answer, example.value) for example in together if example.value)


def test_what_is_not_told_of_somebody_who_is_known_is_trained_as_unknown(teacher: Teacher, tmp_path: Path) -> None:
    town, trade = (
        replace(CELLO, id=MemoryId(place), kind="fact", text=text, question=question, answer=answer)
        for place, (text, question, answer) in enumerate(
            [
                ("The user's mother lives in Ghent.", "Where does my mother live?", "Ghent"),
                ("The user's mother works as a potter.", "What does my mother work as?", "potter"),
            ]
        )
    )
    lessons = [(memory, lesson(memory, teacher, tmp_path, BASE)) for memory in (town, trade)]
    asked = {example.prompt for example in examples_of(lessons, teacher, 0.5) if example.kind == "near_miss"}
    made = {example.prompt for _, made in lessons for example in made.examples if example.kind == "near_miss"}
    of_mother = {question for question in made if "my mother" in question}
    assert of_mother & asked
    # What the other memory answers is not unknown.
    for question in of_mother - asked:
        assert any(teacher.reply(question, (memory.text,)) != teacher.reply(question) for memory in (town, trade))


def test_the_teacher_must_be_the_bare_base() -> None:
    class Adapted:
        adapter = Path("some.gguf")

    with pytest.raises(ValueError, match="bare base"):
        Teacher(Adapted())  # type: ignore[arg-type]


def test_another_date_is_a_date() -> None:
    for seed in range(50):
        day, month = another_value("25 February", seed).split()
        assert 1 <= int(day) <= 28
        assert day != "25"
        assert month in MONTHS
        assert month != "February"


@pytest.mark.parametrize(
    "value", ["Brunhild", "3 May 1988", "lapsang souchong", "under the blue flowerpot", "4 years old", "O'Hara's"]
)
def test_another_value_has_the_same_shape(value: str) -> None:
    other = another_value(value, 7)
    assert other != value
    assert other == another_value(value, 7)
    assert [word[:1].isupper() for word in other.split()] == [word[:1].isupper() for word in value.split()]
    assert [any(c.isdigit() for c in word) for word in other.split()] == [
        any(c.isdigit() for c in word) for word in value.split()
    ]
