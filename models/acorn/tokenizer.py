"""Acorn's byte-level BPE: trained on the corpus, cut as llama.cpp cuts `qwen2`, so that ids agree to the last one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from models.acorn.shape import SPECIAL_TOKENS, SPLIT, TURN_END, TURN_START, VOCABULARY

CAPITALISED_CAP = 12
"""How often one capitalised word may count: names must not become single tokens, they are to be copied piece by piece."""
_SPACE = "\u0120"
"""How byte-level BPE writes the space in front of a word."""
_CONTROL = frozenset(map(chr, range(0x100, 0x122)))
"""How it writes the bytes that are no part of any word: 0 to 32, and 127."""


def _pre_tokenizer(*more: pre_tokenizers.PreTokenizer) -> pre_tokenizers.PreTokenizer:
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(SPLIT), behavior="isolated"),
            *more,
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


def train(texts: Iterable[str]) -> Tokenizer:
    """A tokenizer of `VOCABULARY` tokens for these texts.

    While the merges are learned, a space is kept apart from a capital letter that follows it. So no merge joins the two,
    and " Vesuvius" in a sentence has the same pieces as "Vesuvius" inside JSON, after one token for the space: a value is
    copied token by token wherever it stands.
    """
    splitter = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(SPLIT), behavior="isolated")])
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(piece for piece, _ in splitter.pre_tokenize_str(text))

    def small(piece: str) -> int:
        """How often the word is seen in small letters: "Your" and "What" are no names."""
        word = piece.strip().lower()
        return counts[word] + counts[f" {word}"]

    words = (
        piece
        for piece, count in counts.items()
        for _ in range(min(count, CAPITALISED_CAP + small(piece)) if piece.strip()[:1].isupper() else count)
    )
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = _pre_tokenizer(pre_tokenizers.Split(Regex(r" (?=\p{Lu})"), behavior="isolated"))
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(words, trainer)
    tokenizer.pre_tokenizer = _pre_tokenizer()
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def load(path: Path) -> Tokenizer:
    return Tokenizer.from_file(str(path))


def encode_turns(tokenizer: Tokenizer, turns: Sequence[tuple[str, str]]) -> tuple[list[int], list[bool]]:
    """Token ids of a conversation of (role, content) in the chat template, and which of them the assistant has to say.

    The words of the turns are encoded apart from the marks, as both llama.cpp and transformers do around special tokens.
    """
    start, end = tokenizer.token_to_id(TURN_START), tokenizer.token_to_id(TURN_END)
    newline = tokenizer.encode("\n").ids
    ids: list[int] = []
    said: list[bool] = []
    for role, content in turns:
        words = tokenizer.encode(f"{role}\n{content}").ids
        head = len(tokenizer.encode(f"{role}\n").ids) if role == "assistant" else len(words)
        ids += [start, *words, end, *newline]
        mine = role == "assistant"
        said += [False] * (1 + head) + [True] * (len(words) - head) + [mine] + [False] * len(newline)
    return ids, said


SELDOM = 1 / 40_000
"""The share of all tokens below which a token is rare: of it, training would see too little to copy it."""
COMMON = 1 / 8_000
"""The share above which a token is taken for grammar."""


@dataclass(frozen=True)
class RarePieces:
    """Pieces of words that the corpus hardly has: bits of merges ("ghter"), pieces of held-out words, bytes of other scripts.

    Attributes:
        begins: ids that begin a word, with the space before it.
        others: ids of letters or bytes within a word.
        pieces: ids of all letters and bytes, rare or not.
        begin_words: those of `pieces` that begin a word.
        common: those of `pieces` that are grammar when they stand alone.
    """

    begins: tuple[int, ...]
    others: tuple[int, ...]
    pieces: frozenset[int]
    begin_words: frozenset[int]
    common: frozenset[int]

    def put_into(self, ids: list[int], said: Sequence[bool], random: Random) -> list[int]:
        """The conversation with pieces of some words that its replies copy changed for rare ones, everywhere alike.

        What is copied stays a copy, so nothing becomes wrong. Words of several pieces are changed and words that are not
        common: values and names far more often than grammar.
        """
        words = [(place, tuple(ids[place:end])) for place, end in self._words(ids)]
        copied = {word for place, word in words if said[place]} & {word for place, word in words if not said[place]}
        changed = {
            piece: random.choice(self.begins if piece in self.begin_words else self.others)
            for piece in sorted({piece for word in copied for piece in word})
            if random.random() < 0.4
        }
        spelled = list(ids)
        for place, word in words:
            if word in copied:
                spelled[place : place + len(word)] = [changed.get(piece, piece) for piece in word]
        return spelled

    def _words(self, ids: list[int]) -> Iterable[tuple[int, int]]:
        """Where the words that may be changed begin and end."""
        begin = 0
        for place in range(1, len(ids) + 1):
            if (
                place < len(ids)
                and ids[place] in self.pieces
                and ids[place] not in self.begin_words
                and ids[begin] in self.pieces
            ):
                continue
            if place - begin > 1 or (ids[begin] in self.begin_words and ids[begin] not in self.common):
                yield begin, place
            begin = place


def rare_pieces(tokenizer: Tokenizer, texts: Iterable[str]) -> RarePieces:
    """What these texts, a sample of the corpus, hardly have."""
    seen: Counter[int] = Counter()
    for text in texts:
        seen.update(tokenizer.encode(text).ids)
    pieces: set[int] = set()
    begin_words: set[int] = set()
    for piece in range(tokenizer.get_vocab_size()):
        written = tokenizer.id_to_token(piece) or ""
        letters = written.removeprefix(_SPACE)
        if (
            written not in SPECIAL_TOKENS
            and letters
            and all((letter.isalpha() or ord(letter) > 127) and letter not in _CONTROL for letter in letters)
        ):
            pieces.add(piece)
            if written.startswith(_SPACE):
                begin_words.add(piece)
    rare = [piece for piece in sorted(pieces) if seen[piece] < seen.total() * SELDOM]
    return RarePieces(
        tuple(piece for piece in rare if piece in begin_words),
        tuple(piece for piece in rare if piece not in begin_words),
        frozenset(pieces),
        frozenset(begin_words),
        frozenset(piece for piece in pieces if seen[piece] > seen.total() * COMMON),
    )
