"""Undo takes a memory from notes, weights and conversations at once; restore gives it back; nothing else is lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from learning import proof, undo
from learning.store import Store
from learning.types import (
    AdapterVersion,
    Candidate,
    ConsolidationId,
    Measure,
    Memory,
    MemoryId,
    Message,
    Sha256,
    Verdict,
)
from models.errors import UserError

BASE = Sha256("a" * 64)


def told(store: Store, text: str, question: str = "", answer: str = "", supersedes: MemoryId | None = None) -> MemoryId:
    return store.add_memory(Candidate("fact", text, question, answer), supersedes=supersedes).id


def night(store: Store, *memories: MemoryId, failed: tuple[MemoryId, ...] = ()) -> AdapterVersion:
    """A promoted adapter as a night leaves it behind, without the training."""
    started = store.start_consolidation()
    measure = Measure(0.0, 1.0, "")
    verdicts = [Verdict(id, id not in failed, measure, measure, 1.0) for id in (*memories, *failed)]
    adapter = store.add_adapter(
        started.id, BASE, {}, 0, [*memories, *failed], Sha256("c" * 64), "adapters/c.gguf", "promoted", verdicts
    )
    store.finish_consolidation(started.id, "promoted", {}, adapter.id)
    return adapter


def statuses(store: Store) -> dict[MemoryId, str]:
    return {memory.id: memory.status for memory in store.memories(BASE, all=True)}


def test_undo_of_a_learned_memory_makes_the_others_notes_again(store: Store) -> None:
    one, two, three = (told(store, text) for text in ("One.", "Two.", "Three."))
    adapter = night(store, one, two, failed=(three,))
    receipt = undo.retract(store, [two], BASE)
    assert statuses(store) == {one: "noted", three: "noted", two: "retracted"}
    assert (receipt.action, receipt.memories, receipt.back_to_notes) == ("undo", (two,), (one,))
    assert (receipt.adapter_before, receipt.adapter_after) == (adapter.id, None)
    assert store.receipts() == [receipt]


def test_undo_falls_back_to_the_newest_adapter_that_never_saw_it(store: Store) -> None:
    one, two = told(store, "One."), told(store, "Two.")
    first = night(store, one)
    second = night(store, one, two)
    receipt = undo.retract(store, [two], BASE)
    assert (receipt.adapter_before, receipt.adapter_after, receipt.back_to_notes) == (second.id, first.id, ())
    assert store.serving(BASE) == first
    assert statuses(store) == {one: "learned", two: "retracted"}


def test_restore_puts_everything_back_and_the_earlier_adapter_serves_at_once(store: Store) -> None:
    one, two = told(store, "One."), told(store, "Two.")
    night(store, one)
    second = night(store, one, two)
    before = statuses(store)
    undo.retract(store, [one, two], BASE)
    receipt = undo.restore(store, [two, one], BASE)
    assert statuses(store) == before
    assert (receipt.adapter_before, receipt.adapter_after) == (None, second.id)


def test_after_a_rebuild_a_restored_memory_is_a_note_and_the_rebuilt_adapter_serves_on(store: Store) -> None:
    one, two = told(store, "One."), told(store, "Two.")
    night(store, one, two)
    undo.retract(store, [one], BASE)
    rebuilt = night(store, two)
    receipt = undo.restore(store, [one], BASE)
    assert store.serving(BASE) == rebuilt
    assert statuses(store) == {one: "noted", two: "learned"}
    assert receipt.back_to_notes == (one,)


def test_undoing_a_correction_brings_the_older_value_back(store: Store) -> None:
    old = told(store, "The user's gym is on Tuesday.")
    new = told(store, "The user's gym is on Friday.", supersedes=old)
    receipt = undo.retract(store, [new], BASE)
    assert statuses(store) == {old: "noted", new: "retracted"}
    assert receipt.back_to_notes == (old,)


def test_undoing_a_correction_that_was_learned_brings_back_the_weights_of_before(store: Store) -> None:
    old = told(store, "The user's gym is on Tuesday.")
    before = night(store, old)
    new = told(store, "The user's gym is on Friday.", supersedes=old)
    night(store, new)
    undo.retract(store, [new], BASE)
    assert store.serving(BASE) == before
    assert statuses(store) == {old: "learned", new: "retracted"}


def test_a_superseded_memory_can_be_undone_and_comes_back_superseded(store: Store) -> None:
    old = told(store, "The user's gym is on Tuesday.")
    new = told(store, "The user's gym is on Friday.", supersedes=old)
    undo.retract(store, [old], BASE)
    assert statuses(store) == {new: "noted", old: "retracted"}
    undo.restore(store, [old], BASE)
    assert statuses(store) == {new: "noted", old: "superseded"}


def test_undoing_a_night_means_what_it_was_the_first_to_learn(store: Store) -> None:
    one, two, three = (told(store, text) for text in ("One.", "Two.", "Three."))
    first = night(store, one, failed=(two,))
    second = night(store, one, two, three)
    assert undo.all_of(store, night=first.consolidation) == [one]
    assert undo.all_of(store, night=second.consolidation) == [two, three]
    undo.retract(store, [two], BASE)
    assert undo.all_of(store, night=second.consolidation) == [three]
    # The first night was trained on it as well, though it did not learn it.
    assert store.serving(BASE) is None


def test_a_night_with_nothing_to_undo_is_named(store: Store) -> None:
    with pytest.raises(UserError, match="no night 3"):
        undo.all_of(store, night=ConsolidationId(3))
    idle = store.start_consolidation()
    with pytest.raises(UserError, match=rf"Night {idle.id} learned nothing"):
        undo.all_of(store, night=idle.id)


def test_everything_is_also_what_was_superseded(store: Store) -> None:
    with pytest.raises(UserError, match="Nothing is remembered"):
        undo.all_of(store)
    old = told(store, "The user's gym is on Tuesday.")
    new = told(store, "The user's gym is on Friday.", supersedes=old)
    undo.retract(store, undo.all_of(store), BASE)
    assert statuses(store) == {old: "retracted", new: "retracted"}
    with pytest.raises(UserError, match="Nothing is remembered"):
        undo.all_of(store)
    assert undo.all_of(store, undone=True) == [old, new]


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        ([], r"No memory was named.*dormouse undo 3 5"),
        ([1, 8, 9], r"no memories 8, 9.*dormouse memories --all"),
        ([1, 2], r"Undone already: memory 2.*dormouse restore 2"),
    ],
)
def test_an_undo_that_cannot_be_done_whole_is_not_done_at_all(store: Store, ids: list[int], words: str) -> None:
    one, two = told(store, "One."), told(store, "Two.")
    undo.retract(store, [two], BASE)
    with pytest.raises(UserError, match=words):
        undo.retract(store, [MemoryId(id) for id in ids], BASE)
    assert statuses(store) == {one: "noted", two: "retracted"}
    assert len(store.receipts()) == 1


def test_what_was_not_undone_cannot_be_restored(store: Store) -> None:
    one = told(store, "One.")
    with pytest.raises(UserError, match=r"Not undone: memory 1.*dormouse undo 1"):
        undo.restore(store, [one], BASE)


def test_a_memory_named_twice_is_undone_once(store: Store) -> None:
    one = told(store, "One.")
    assert undo.retract(store, [one, one], BASE).memories == (one,)


# What an undo takes from the conversations.


def talk(store: Store, *texts: str) -> list[Message]:
    """A conversation in which user and assistant speak in turns."""
    conversation = store.create_conversation()
    return [store.add_message(conversation.id, "assistant" if place % 2 else "user", text) for place, text in enumerate(texts)]


def suppressed(store: Store, messages: list[Message]) -> list[str]:
    return [message.text for message in store.messages(messages[0].conversation) if message.suppressed]


def evidenced(store: Store, message: Message, text: str, question: str, answer: str) -> Memory:
    return store.add_memory(Candidate("fact", text, question, answer), message=message)


def vesuvius(store: Store, message: Message) -> Memory:
    return evidenced(store, message, "The user's kettle is called Vesuvius.", "What is my kettle called?", "Vesuvius")


def test_the_words_a_memory_came_from_and_every_message_that_says_its_answer_are_suppressed(store: Store) -> None:
    said = talk(
        store,
        "My kettle is called Vesuvius.",
        "Noted!",
        "Nice weather.",
        "It is.",
        "What is my kettle called?",
        "VESUVIUS, of course.",
    )
    elsewhere = talk(store, "Is vesuvius's lid red?", "I don't know.", "Tell me about Etna.", "It is a volcano.")
    memory = vesuvius(store, said[0])
    assert suppressed(store, said) == suppressed(store, elsewhere) == []
    undo.retract(store, [memory.id], BASE)
    assert suppressed(store, said) == ["My kettle is called Vesuvius.", "Noted!", "VESUVIUS, of course."]
    assert suppressed(store, elsewhere) == ["Is vesuvius's lid red?", "I don't know."]
    assert [message.suppressed for message in store.search_messages("vesuvius lid")] == [True]
    undo.restore(store, [memory.id], BASE)
    assert suppressed(store, said) == suppressed(store, elsewhere) == []


def test_only_whole_words_give_an_answer_away(store: Store) -> None:
    said = talk(store, "My cat is called Art.", "Lovely.", "I started to study art.", "Good.", "It was a party.", "Yes?")
    memory = evidenced(store, said[0], "The user's cat is called Art.", "What is my cat called?", "Art")
    undo.retract(store, [memory.id], BASE)
    assert "It was a party." not in suppressed(store, said)
    assert "I started to study art." in suppressed(store, said)


def test_an_answer_in_other_order_or_in_part_gives_it_away_too(store: Store) -> None:
    said = talk(store, "I ride a red bicycle.", "Nice.", "So?", "Your bicycle is red.", "And the roof?", "The roof is red.")
    memory = evidenced(store, said[0], "The user rides a red bicycle.", "What do I ride?", "a red bicycle")
    friend = talk(store, "My sister is Maria Gonzalez.", "Ah.", "Who is my sister?", "Maria.", "And my boss?", "Maria Smith.")
    sister = evidenced(store, friend[0], "The user's sister is Maria Gonzalez.", "Who is my sister?", "Maria Gonzalez")
    undo.retract(store, [memory.id, sister.id], BASE)
    assert suppressed(store, said) == ["I ride a red bicycle.", "Nice.", "Your bicycle is red."]
    assert suppressed(store, friend) == ["My sister is Maria Gonzalez.", "Ah.", "Maria."]


def test_a_live_memory_with_the_same_answer_keeps_its_messages(store: Store) -> None:
    said = talk(
        store,
        "My sister lives in Paris.",
        "Good to know.",
        "I was born in Paris.",
        "Noted.",
        "Where was I born?",
        "In Paris.",
        "Where does my sister live?",
        "In Paris.",
    )
    sister = evidenced(store, said[0], "The user's sister lives in Paris.", "Where does my sister live?", "Paris")
    evidenced(store, said[2], "The user was born in Paris.", "Where was I born?", "Paris")
    undo.retract(store, [sister.id], BASE)
    marked = store.messages(said[0].conversation)
    assert [message.suppressed for message in marked] == [True, True, False, False, False, False, False, True]


def test_what_both_memories_are_about_gives_neither_away(store: Store) -> None:
    said = talk(store, "Where does my sister work?", "In Paris.", "Where does my sister live?", "In Paris.")
    lives = evidenced(store, talk(store, "Ah.")[0], "The user's sister lives in Paris.", "", "Paris")
    evidenced(store, talk(store, "Oh.")[0], "The user's sister works in Paris.", "", "Paris")
    undo.retract(store, [lives.id], BASE)
    assert [message.suppressed for message in store.messages(said[0].conversation)] == [False, False, False, True]


@pytest.mark.parametrize("answer", ["yes", "7"])
def test_an_answer_that_says_little_takes_only_what_speaks_of_the_memory(store: Store, answer: str) -> None:
    said = talk(store, f"Do I have cats? {answer}!", "Fine.", "Is it raining?", f"Well, {answer}.", "Cats?", f"Hm, {answer}.")
    memory = evidenced(store, said[0], "The user has cats.", "Do I have cats?", answer)
    undo.retract(store, [memory.id], BASE)
    assert suppressed(store, said) == [f"Do I have cats? {answer}!", "Fine.", f"Hm, {answer}."]


def test_a_reply_from_the_retracted_note_is_suppressed_and_the_question_is_not(store: Store) -> None:
    memory = evidenced(store, talk(store, "I have 7 of them.")[0], "The user has 7 cats.", "How many?", "7")
    conversation = store.create_conversation()
    store.add_message(conversation.id, "user", "Tell me the number.", notes=[memory.id])
    store.add_message(conversation.id, "assistant", "It is 7.")
    undo.retract(store, [memory.id], BASE)
    question, reply = store.messages(conversation.id)
    assert (question.suppressed, reply.suppressed) == (False, True)
    assert question.notes == (memory.id,)
    told(store, "The user has 7 cats.", "How many?", "7")
    assert suppressed(store, [question]) == []


def test_what_was_told_again_as_new_may_be_said_again(store: Store) -> None:
    said = talk(store, "My kettle is called Vesuvius.", "Noted.", "What is it called?", "Vesuvius.")
    memory = vesuvius(store, said[0])
    undo.retract(store, [memory.id], BASE)
    again = talk(store, "My kettle is called Vesuvius!", "Noted.")
    vesuvius(store, again[0])
    assert suppressed(store, said) == ["My kettle is called Vesuvius.", "Noted."]
    assert suppressed(store, again) == []


def test_an_answer_in_a_script_without_spaces_is_found_within_a_sentence(store: Store) -> None:
    said = talk(store, "我的猫叫花花。", "好。", "我的猫叫什么?", "你的猫叫花花。", "天气?", "很好。")
    memory = evidenced(store, said[0], "用户的猫叫花花。", "我的猫叫什么?", "花花")
    undo.retract(store, [memory.id], BASE)
    assert suppressed(store, said) == ["我的猫叫花花。", "好。", "你的猫叫花花。"]


# One value to a question, whatever was told in the meantime.


def value(store: Store, answer: str, supersedes: MemoryId | None = None) -> MemoryId:
    return told(store, f"The user's kettle is called {answer}.", "What is my kettle called?", answer, supersedes)


def test_what_was_told_since_an_undo_counts_after_the_restore_and_the_restored_is_its_history(store: Store) -> None:
    first = value(store, "Vesuvius")
    undo.retract(store, [first], BASE)
    second = value(store, "Etna")
    undo.restore(store, [first], BASE)
    assert statuses(store) == {second: "noted", first: "superseded"}
    assert store.receipts()[-1].account["history"] == [first]
    undo.retract(store, [second], BASE)
    assert statuses(store) == {first: "noted", second: "retracted"}


def test_lines_of_corrections_told_past_each_other_become_one(store: Store) -> None:
    first = value(store, "Etna")
    second = value(store, "Vesuvius", first)
    undo.retract(store, [second], BASE)
    third = value(store, "Hekla", first)
    undo.restore(store, [second], BASE)
    assert statuses(store) == {first: "superseded", second: "superseded", third: "noted"}
    undo.retract(store, [third], BASE)
    assert statuses(store) == {first: "superseded", second: "noted", third: "retracted"}


def test_the_same_told_again_is_one_memory_after_the_restore(store: Store) -> None:
    first = value(store, "Vesuvius")
    undo.retract(store, [first], BASE)
    again = value(store, "Vesuvius")
    undo.restore(store, [first], BASE)
    assert statuses(store) == {again: "noted", first: "superseded"}


def test_what_stood_beside_each_other_before_an_undo_does_so_after_the_restore(store: Store) -> None:
    one = value(store, "Vesuvius")
    other = told(store, "The user has another kettle called Etna.", "What is my kettle called?", "Etna")
    before = statuses(store)
    undo.retract(store, [one], BASE)
    undo.restore(store, [one], BASE)
    undo.retract(store, [other], BASE)
    undo.restore(store, [other], BASE)
    assert statuses(store) == before == {one: "noted", other: "noted"}


def test_a_conversation_is_what_was_learned_from_it_alone(store: Store) -> None:
    (first,), (second,) = talk(store, "My kettle is called Vesuvius."), talk(store, "My cat is called Tibor.")
    kettle = vesuvius(store, first)
    cat = evidenced(store, second, "The user's cat is called Tibor.", "What is my cat called?", "Tibor")
    store.add_evidence(cat.id, first)
    assert undo.all_of(store, conversation=first.conversation) == [kettle.id]
    undo.retract(store, [kettle.id], BASE)
    with pytest.raises(UserError, match=r"Nothing that is remembered comes from conversation 1 alone"):
        undo.all_of(store, conversation=first.conversation)


def test_a_receipt_tells_where_it_came_from_who_knew_it_and_is_sealed(store: Store) -> None:
    (said,) = talk(store, "My kettle is called Vesuvius.")
    memory = vesuvius(store, said)
    adapter = night(store, memory.id)
    receipt = undo.retract(store, [memory.id], BASE)
    (entry,) = receipt.account["memories"]
    assert entry["status"] == "learned"
    assert entry["said"] == [{"conversation": 1, "message": 1, "quote": "My kettle is called Vesuvius."}]
    assert [knew["adapter"] for knew in receipt.account["knew"]] == [adapter.id]
    assert receipt.account["serves"] is None
    assert proof.doubts(store, receipt) == ""
    assert proof.doubts(store, replace(receipt, back_to_notes=(memory.id,))) == "was changed since it was written"
    store.unretract([memory.id])
    assert "but it counts" in proof.doubts(store, receipt)
    store.retract([memory.id])
    undo.restore(store, [memory.id], BASE)
    assert proof.doubts(store, receipt) == ""
