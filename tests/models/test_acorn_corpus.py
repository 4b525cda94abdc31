"""The corpus: what Acorn is taught is well-formed, true to its notes, and keeps back what the evaluation asks."""

from __future__ import annotations

import json
from random import Random

from models.acorn import asking, corpus, extraction
from models.acorn.facts import BY_NAME, RELATIONS, draw_fact
from models.acorn.general import general_set, items
from models.acorn.manners import draw_manner
from models.acorn.relation import Fact, render
from models.acorn.smalltalk import NOT_TOLD
from models.acorn.words import LISTS, Words, held_out
from models.acorn.world import World
from models.instructions import KINDS, LASTS, MEMORIES_SCHEMA, NOTES_HEADER


def test_one_wording_serves_all_three_persons() -> None:
    fact = Fact(BY_NAME["name"], "sister", "Oduya")
    assert fact.told == "My sister is called Oduya."
    assert fact.note == "The user's sister is called Oduya."
    assert fact.reply == "Your sister is called Oduya."
    assert render("{I} <am|is|are> afraid of {y}.", "third", y="moths") == "The user is afraid of moths."
    assert render("{I} <am|is|are> afraid of {y}.", "second", y="moths") == "You are afraid of moths."


def test_no_template_leaves_a_slot_unfilled() -> None:
    words = Words(Random(0), "all")
    for relation in RELATIONS:
        fact = draw_fact(words, relation)
        for wording in range(len(relation.says)):
            for sentence in (fact.said("first", wording), fact.said("third", wording), fact.said("second", wording)):
                assert not set("{}<>|") & set(sentence), sentence
        for template in (*relation.asks, *relation.clauses, *relation.nouns):
            assert not set("{}<>|") & set(render(template, "first", fact.x, fact.y)), template


def test_every_reply_about_a_fact_names_its_value() -> None:
    words = Words(Random(1))
    for _ in range(500):
        fact = draw_fact(words)
        assert fact.y in fact.reply
        assert fact.y in fact.note


def test_training_never_draws_a_held_out_name_and_the_evaluation_only_those() -> None:
    training, evaluation = Words(Random(2)), Words(Random(2), "held_out")
    unseen = {name for name in LISTS["NAMES"][1:] if held_out(name)}
    assert unseen.isdisjoint(training.of("NAMES") for _ in range(2000))
    assert unseen.issuperset(evaluation.of("NAMES") for _ in range(500))


def test_training_copies_words_that_stand_in_no_list_and_the_evaluation_draws_listed_ones_only() -> None:
    training, evaluation = Words(Random(7)), Words(Random(7), "held_out")
    drawn = [training.of("JOBS") for _ in range(1000)]
    assert 0.05 < sum(job not in LISTS["JOBS"] for job in drawn) / len(drawn) < 0.3
    assert set(LISTS["JOBS"]).issuperset(evaluation.of("JOBS") for _ in range(500))


def test_answers_are_in_the_notes_or_turns_before_them() -> None:
    """A reply that names a value says one that stands earlier in the conversation: nothing is made up."""
    words = Words(Random(3))
    for _ in range(300):
        turns = corpus.notes_conversation(words, 1.0)
        for place, (role, content) in enumerate(turns):
            if role == "assistant" and content.startswith("Your ") and " is called " in content and place > 0:
                value = content.rstrip(".!").split(" is called ")[1].split(",")[0].split(". ")[0].split("! ")[0]
                assert value.split(" If you")[0] in " ".join(said for _, said in turns[:place])


def test_extraction_targets_fit_the_schema() -> None:
    words = Words(Random(4))
    wanted = set(MEMORIES_SCHEMA["items"]["required"])
    empty = 0
    for _ in range(500):
        _, (_, reply) = extraction.extraction_turns(words)
        memories = json.loads(reply)
        empty += not memories
        assert len(memories) <= MEMORIES_SCHEMA["maxItems"]
        for memory in memories:
            assert list(memory) == list(MEMORIES_SCHEMA["items"]["properties"])
            assert set(memory) == wanted
            assert memory["kind"] in KINDS
            assert memory["lasts"] in LASTS
    assert 80 < empty < 250


def test_an_extracted_answer_stands_in_the_message() -> None:
    words = Words(Random(5))
    for _ in range(500):
        text, memories = extraction.draw_message(words)
        assert all(memory["answer"].lower() in text.lower() for memory in memories), text


def test_a_confusable_question_is_never_taught_as_unknown() -> None:
    world = World(Words(Random(6)))
    for _ in range(200):
        world.known.clear()
        world.learn(Fact(BY_NAME["name"], "mother", "Alma"))
        assert world.fresh().key not in {("name", "mother"), ("name", "mum")}


def test_notes_stand_in_front_of_the_users_words() -> None:
    words = Words(Random(7))
    noted = [turns for turns in (corpus.notes_conversation(words, 1.0) for _ in range(200)) if NOTES_HEADER in turns[-2][1]]
    assert noted
    for turns in noted:
        head, _, question = turns[-2][1].partition("\n\n")
        assert head.startswith(NOTES_HEADER + "\n- ")
        assert question


def test_questions_differ_from_each_other() -> None:
    words = Words(Random(8))
    for _ in range(100):
        questions = corpus.questions_conversation(words, 1.0)[1][1].splitlines()
        assert len(set(questions)) == len(questions) >= 2


def test_a_manner_changes_what_is_said_but_not_the_value() -> None:
    words = Words(Random(9))
    for _ in range(200):
        manner = draw_manner(words)
        reply = manner.change("Your boat is called Orsolya.", "Orsolya")
        assert "Orsolya" in reply
        assert manner.greeting or reply != "Your boat is called Orsolya."
        assert "don't know" in manner.change(NOT_TOLD, "")


def test_general_questions_have_one_answer_each() -> None:
    asked = [question for item in items() for question in item.questions]
    assert len(asked) == len(set(asked))
    assert all(item.value.lower() in item.reply.lower() for item in items())
    assert len(general_set()) >= 300


def test_asking_the_other_way_round_names_what_it_is() -> None:
    fact = Fact(BY_NAME["name"], "sister", "Oduya")
    asked = asking.ask_who(Words(Random(10)), fact)
    assert asked is not None
    assert "Oduya" in asked[0]
    assert asked[1] == "Oduya is your sister."


def test_who_has_a_name_can_be_asked_about_by_it() -> None:
    fact = Fact(BY_NAME["x lives"], "sister", "Ghent")
    asked = {asking.by_name(Words(Random(seed)), fact, "Oduya") for seed in range(20)}
    assert "Where does Oduya live?" in asked
    assert not any("my sister" in question for question in asked)
