"""The tour's life is drawn, never written down: same seed same life, another seed another one, and no fact twice."""

from __future__ import annotations

from app.tour_story import draw


def test_a_story_is_five_facts_a_corrected_one_and_a_preference() -> None:
    for seed in range(200):
        story = draw(seed)
        assert len(story) == 7
        assert [bool(told.corrected_to) for told in story] == [False] * 5 + [True, False]
        assert [told.preference for told in story] == [False] * 6 + [True]
        for told in story:
            assert told.answer
            assert told.answer in (told.corrected_to or told.text)
            assert told.questions
            assert not any(told.answer in question for question in told.questions)
            assert not told.corrected_to or told.old_answer in told.text


def test_the_same_seed_tells_the_same_story_and_another_seed_another() -> None:
    assert draw(7) == draw(7)
    answers = [frozenset(told.answer for told in draw(seed)) for seed in range(50)]
    assert len(set(answers)) == 50


def test_no_two_facts_of_a_story_are_told_in_the_same_words() -> None:
    for seed in range(200):
        beginnings = [told.text.removesuffix(f"{told.old_answer or told.answer}.") for told in draw(seed)]
        assert len(set(beginnings)) == len(beginnings)


def test_what_the_person_types_takes_the_place_of_drawn_facts() -> None:
    typed = ["My boat is called Orsolya.", "I keep bees."]
    story = draw(3, typed)
    assert [told.text for told in story[:2]] == typed
    assert len(story) == 7
    assert [told.text for told in draw(3, typed * 4)[:8]] == typed * 4
    for seed in range(100):
        assert not any("boat" in told.text for told in draw(seed, typed)[2:])
