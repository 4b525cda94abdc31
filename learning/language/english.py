"""The little English that the rules of remembering need: tokens, sentences, and the closed classes of words.

No clause is read here and nothing is known of memories. The lists are of words that make sentences (auxiliaries, prepositions,
pronouns); `verbs` knows verbs and `nouns` what kind of thing a noun is.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Token:
    """A word or a punctuation mark of a text, with its place; contractions are two tokens ("I" + "'m")."""

    text: str
    start: int
    end: int

    @property
    def low(self) -> str:
        return self.text.lower().replace("’", "'")

    @property
    def is_word(self) -> bool:
        return self.text[0].isalnum() or self.low in CLITICS

    @property
    def capitalised(self) -> bool:
        return self.text[0].isupper()


CLITICS = frozenset({"'m", "'re", "'ve", "'ll", "'d", "'s", "n't", "'"})
_TOKEN = re.compile(r"(?:Dr|Mr|Mrs|Ms|St|Prof|Sr|Jr)\.(?=\s)|\w+(?:[-.&'’@/:+,]\w+)*(?:\.(?=\w))?|[^\w\s]", re.UNICODE)
_CLITIC = re.compile(r"(?:(?<=[nN])['’]t|['’](?:m|re|ve|ll|d|s))$", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d,\d")


_HASTY = {"im": "I'm", "ive": "I've", "dont": "don't", "doesnt": "doesn't", "didnt": "didn't", "cant": "can't", "wont": "won't", "isnt": "isn't", "arent": "aren't",
          "wasnt": "wasn't", "havent": "haven't", "hasnt": "hasn't", "couldnt": "couldn't", "wouldnt": "wouldn't", "hes": "he's", "shes": "she's", "thats": "that's",
          "theyre": "they're", "youre": "you're", "whats": "what's"}  # fmt: skip
_HASTY_WORD = re.compile(
    rf"(?<![\w'’-])({'|'.join(_HASTY)})(?![\w'’-])|\bmy names (?!are\b)|(?<![\w'’])i(?=['’](?:m|ve|d|ll)\b)", re.IGNORECASE
)


def with_apostrophes(text: str) -> str:
    """ "im", "dont" and "my names Bob" as they are meant; "IM" in capitals is left alone."""

    def meant(match: re.Match[str]) -> str:
        word = match[0]
        if word.lower() == "my names ":
            return f"{word[:-2]}'s "
        return "I" if word == "i" else word if word.isupper() else _HASTY[word.lower()]

    return _HASTY_WORD.sub(meant, text)


def tokens(text: str) -> list[Token]:
    """Words and marks of `text` in order. A comma joins only digits ("1,200")."""
    found: list[Token] = []
    for match in _TOKEN.finditer(text):
        start, word = match.start(), match.group()
        pieces = [word]
        if "," in word and not _THOUSANDS.search(word):
            pieces = re.split(r"(,)", word)
        for piece in pieces:
            if piece:
                found.extend(_split_clitic(piece, start))
            start += len(piece)
    return found


def _split_clitic(word: str, start: int) -> list[Token]:
    if word.lower() == "cannot":
        return [Token(word[:3], start, start + 3), Token(word[3:], start + 3, start + 6)]
    clitic = _CLITIC.search(word)
    if clitic is None or clitic.start() == 0:
        return [Token(word, start, start + len(word))]
    cut = clitic.start() - (1 if clitic.group()[-1].lower() == "t" else 0)
    if cut == 0:
        return [Token(word, start, start + len(word))]
    return [Token(word[:cut], start, start + cut), Token(word[cut:], start + cut, start + len(word))]


BE = frozenset({"am", "is", "are", "was", "were", "'m", "'re"})
MODALS = frozenset({"can", "ca", "could", "will", "wo", "would", "shall", "should", "may", "might", "must", "'ll"})
AUXILIARIES = BE | MODALS | {"have", "has", "had", "'ve", "'d", "do", "does", "did"}
DETERMINERS = frozenset(
    {"a", "an", "the", "my", "our", "your", "his", "her", "its", "their", "this", "that", "these", "those", "some"}
)
DEFINITE = frozenset({"my", "our", "the", "his", "her", "its", "their", "this", "that", "these", "those", "it", "them", "him"})
FIRST_PERSON = frozenset({"i", "me", "my", "mine", "myself", "we", "us", "our", "ours", "ourselves"})
PREPOSITIONS = frozenset(
    """in at on from to with without for of as about by near under behind beside besides above below between over
    inside outside into onto through across around against along beyond within next opposite during after before
    since until till toward towards than like off per via every each""".split()
)
CONJUNCTIONS = frozenset(
    {"and", "or", "but", "because", "so", "although", "though", "while", "whereas", "if", "unless", "that", "which", "who"}
)
ADVERBS = frozenset(
    """also really usually always still currently never just now only often sometimes rarely seldom generally mostly
    mainly recently actually already truly absolutely personally probably definitely ever even both all almost quite
    very finally soon again today tonight tomorrow yesterday once twice then here there too""".split()
)
_LY_NOT_ADVERB = frozenset({"fly", "rely", "apply", "reply", "supply", "multiply", "ally", "family", "jelly", "italy", "july", "emily", "lily",
                            "sally", "billy", "kelly", "molly", "polly", "holly", "butterfly", "belly", "bully", "elderly", "friendly", "only",
                            "lovely", "silly", "ugly", "early", "curly", "hilly", "smelly", "lonely", "lively", "assembly", "anomaly"})  # fmt: skip


def is_adverb(word: str) -> bool:
    """Whether `word` (lower case) can stand between subject and verb."""
    return word in ADVERBS or (word.endswith("ly") and len(word) > 4 and word not in _LY_NOT_ADVERB)


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of `text`, without surrounding space; "Dr. Okafor" and "3.5" don't end one."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in re.finditer(
        r"(?<!\b[A-Z])(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bSt)(?<!\be\.g)[.!?…]+[\"'”’)]*(?=\s|$)|\n+", text
    ):
        spans.append((start, match.end()))
        start = match.end()
    spans.append((start, len(text)))
    trimmed = []
    for begin, end in spans:
        piece = text[begin:end]
        begin += len(piece) - len(piece.lstrip())
        end = begin + len(piece.strip())
        if end > begin:
            trimmed.append((begin, end))
    return trimmed
