"""Rare pieces of words: training meets every token, and what is copied stays a copy."""

from __future__ import annotations

from random import Random

import pytest
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from models.acorn import corpus, tokenizer
from models.acorn.shape import SHIPPED, SPECIAL_TOKENS
from models.acorn.tokenizer import RarePieces
from models.acorn.words import Words


@pytest.fixture(scope="module")
def trained() -> Tokenizer:
    """The shipped one."""
    return AutoTokenizer.from_pretrained(str(SHIPPED.parent), gguf_file=SHIPPED.name).backend_tokenizer


@pytest.fixture(scope="module")
def rare(trained: Tokenizer) -> RarePieces:
    words = Words(Random("a sample"))
    return tokenizer.rare_pieces(trained, [content for _ in range(300) for _, content in corpus.draw_conversation(words)])


def test_rare_pieces_are_letters_and_bytes_that_the_sample_hardly_has(trained: Tokenizer, rare: RarePieces) -> None:
    drawn = {*rare.begins, *rare.others}
    assert drawn
    assert drawn.issuperset(trained.encode("日本").ids)
    assert drawn.isdisjoint(trained.encode('Your sister is called, 1234567890.\n?!"{}').ids)
    assert drawn.isdisjoint(trained.token_to_id(special) for special in SPECIAL_TOKENS)
    assert all(trained.decode([piece]).startswith(" ") for piece in rare.begins)


def test_words_that_a_reply_copies_are_changed_alike_wherever_they_stand(trained: Tokenizer, rare: RarePieces) -> None:
    turns = [("user", "My kettle is called Vyzzuquorth."), ("assistant", "Noted: your kettle is called Vyzzuquorth.")]
    ids, said = tokenizer.encode_turns(trained, turns)
    name = trained.encode("Vyzzuquorth").ids
    changed = next(new for seed in range(99) if (new := rare.put_into(ids, said, Random(seed))) != ids)
    places = [place for place in range(len(ids)) if ids[place : place + len(name)] == name]
    assert len(places) == 2
    first, second = (changed[place : place + len(name)] for place in places)
    assert first == second != name
    kept = [place for place in range(len(ids)) if not any(start <= place < start + len(name) for start in places)]
    assert [changed[place] for place in kept] == [ids[place] for place in kept]


def test_words_that_no_reply_copies_stay_as_they_are(trained: Tokenizer, rare: RarePieces) -> None:
    ids, said = tokenizer.encode_turns(trained, [("user", "Vyzzuquorth!"), ("assistant", "I don't know, you haven't told me.")])
    assert all(rare.put_into(ids, said, Random(seed)) == ids for seed in range(20))


def test_what_the_corpus_hardly_has_is_met_all_the_same(trained: Tokenizer, rare: RarePieces) -> None:
    words, met = Words(Random("met")), set[int]()
    for _ in range(400):
        ids, said = tokenizer.encode_turns(trained, corpus.notes_conversation(words, 1.0))
        met.update(rare.put_into(ids, said, words.random))
    drawn = {*rare.begins, *rare.others}
    assert len(met & drawn) > 0.6 * len(drawn)
