"""Acorn's byte-level BPE: trained on the corpus, cut as llama.cpp cuts `qwen2`, so that ids agree to the last one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from models.acorn.shape import SPECIAL_TOKENS, SPLIT, TURN_END, TURN_START, VOCABULARY

CAPITALISED_CAP = 12
"""How often one capitalised word may count: names must not become single tokens, they are to be copied piece by piece."""


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
