"""Long replies and long conversations: laid out in passages and a few messages at a time, and nothing of them is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from learning.types import ConversationId
from tests.ui.conftest import Person
from ui.passages import PASSAGE, passages
from ui.transcript import MOST, PAGE

PARAGRAPH = "Bread and two kinds of cheese, then the long way along the river and back. " * 6 + "\n\n"
LIST = "".join(f"{n}. Item number {n}, which is about as long as items are in such lists\n\n" for n in range(1, 60))
CODE = "```python\n" + "".join(f"\nprint({n})  # a line of code, with an empty one above it\n" for n in range(80)) + "```\n\n"


@given(
    st.lists(
        st.sampled_from([PARAGRAPH, LIST, CODE, "# Head\n\n", "> quoted\n\n", "| a | b |\n|---|---|\n| 1 | 2 |\n\n"]),
        max_size=12,
    )
)
def test_passages_are_the_whole_text_and_cut_neither_code_nor_lists(parts: list[str]) -> None:
    text = "".join(parts)
    found = list(passages(text))
    assert "".join(found) == text
    assert all(passage.count("```") % 2 == 0 for passage in found)
    assert not any(passage.startswith(("2.", "|", ">", " ")) for passage in found[1:])


@given(st.text(), st.booleans())
def test_no_text_loses_a_character_in_passages(text: str, plain: bool) -> None:
    found = list(passages(text, plain=plain))
    assert ("\n" if plain else "").join(found) == text
    assert found


def test_a_growing_text_changes_its_last_passage_only() -> None:
    text = PARAGRAPH * 12
    whole = list(passages(text))
    assert len(whole) > 2
    for length in range(0, len(text), 97):
        grown = list(passages(text[:length]))
        assert grown[:-1] == whole[: len(grown) - 1]


@pytest.mark.parametrize("text", ["word " * PASSAGE, "- item\n" * PASSAGE])
def test_what_has_no_place_to_be_cut_stays_whole(text: str) -> None:
    assert list(passages(text)) == [text]


def test_a_long_conversation_is_read_from_end_to_end_with_few_messages_laid_out(person: Person) -> None:
    count = 3 * MOST
    made: list[int] = []

    def write(library: object) -> int:
        store = library.store  # pyright: ignore[reportAttributeAccessIssue]
        with store.transaction():
            conversation = store.create_conversation("Long").id
            for place in range(count):
                store.add_message(conversation, "assistant" if place % 2 else "user", f"Message {place}")
        return conversation

    person.window.library.ask(write, made.append)
    person.settle()
    person.window.shelf.refresh()
    person.window.bookmark.open(ConversationId(made[0]))
    person.settle()
    transcript = person.window.chat.transcript
    bar = transcript.verticalScrollBar()
    person.until(
        lambda: transcript.messages()[-1].prose.markdown == f"Message {count - 1}" and bar.value() == bar.maximum() > 0
    )

    def scroll(step: int, until: str, place: int) -> None:
        seen: set[str] = set()

        def there() -> bool:
            bar.setValue(bar.value() + step)
            texts = [widget.prose.markdown for widget in transcript.messages()]
            numbers = [int(text.split()[1]) for text in texts]
            assert numbers == list(range(numbers[0], numbers[-1] + 1))
            assert len(texts) <= MOST + PAGE
            seen.update(texts)
            return texts[place] == until

        person.until(there)
        assert len(seen) >= count - MOST

    scroll(-700, "Message 0", 0)
    scroll(700, f"Message {count - 1}", -1)
    bar.setValue(0)
    transcript.show_end()
    person.until(lambda: bar.value() == bar.maximum() and transcript.messages()[-1].prose.markdown == f"Message {count - 1}")
