"""From the first person to the third: "I live in my van" becomes "The user lives in the user's van."

Notes are told to a model as sentences about "the user", so that whoever reads them knows who is meant; "you" stays, for it is
the reader's. Words in double quotes and capitalised titles ("My Neighbour Totoro") stay as they
are. Pure text; what a sentence means is read in `sentence`.
"""

from __future__ import annotations

import re

from learning.language.clause import is_short_is
from learning.language.english import (
    AUXILIARIES,
    DETERMINERS,
    MODALS,
    PREPOSITIONS,
    Token,
    is_adverb,
    sentences,
    tokens,
    with_apostrophes,
)
from learning.language.verbs import HARDLY_NOUNS, guess_verb, is_participle, is_told_as_past, read_verb, third

_NAMES = {
    "my": "the user's", "our": "the user's", "mine": "the user's", "ours": "the user's", "me": "the user", "us": "the user",
    "myself": "themselves", "ourselves": "themselves",
}  # fmt: skip
_SUBJECTS = {"i": "the user", "we": "the user"}
_QUOTES = {'"': '"', "“": "”", "«": "»"}


def third_person(text: str) -> str:
    """`text` as sentences about the user, each with a capital and a full stop; the empty text stays empty."""
    text = with_apostrophes(text)
    told = [_sentence(text[start:end]) for start, end in sentences(text)]
    return " ".join(sentence for sentence in told if sentence)


def _sentence(text: str) -> str:
    text = re.sub(r"\s+", " ", text).strip()
    if not any(char.isalnum() for char in text):
        return ""
    words = tokens(text)
    changed = _changes(text, words)
    for index, word in enumerate(words):
        if word.low == "'s" and index and is_short_is(words, index):
            changed[index] = " has" if index + 1 < len(words) and words[index + 1].low in {"got", "been"} else " is"
    pieces: list[str] = []
    end = 0
    for index, word in enumerate(words):
        pieces.append(text[end : word.start])
        pieces.append(changed.get(index, word.text))
        end = word.end
    told = "".join(pieces) + text[end:]
    return _closed(re.sub(r"\bhas got\b(?= (?:an?|the|some|no|\d+|one|two|three|four|five)\b)", "has", told))


def _closed(sentence: str) -> str:
    sentence = re.sub(r"[\s!;:,]+$", "", sentence)
    if sentence and sentence[-1] not in '.?…"”»':
        sentence += "."
    return sentence[:1].upper() + sentence[1:]


def _changes(text: str, words: list[Token]) -> dict[int, str]:
    """What stands instead of the words at these places."""
    shouted = text.upper() == text and sum(word.text[0].isalpha() for word in words) > 2
    changed: dict[int, str] = {}
    closing = ""
    for index, word in enumerate(words):
        if closing:
            closing = "" if word.text == closing else closing
            continue
        if word.text in _QUOTES and _QUOTES[word.text] in text[word.end :]:
            closing = _QUOTES[word.text]
            continue
        if index in changed or not (shouted or _is_plain(words, index)):
            continue
        if word.low in _NAMES:
            changed[index] = _NAMES[word.low]
        elif word.low in _SUBJECTS:
            changed[index] = _SUBJECTS[word.low]
            if not _is_one_of_several(words, index):
                _agree(text, words, index, changed)
    return changed


def _is_plain(words: list[Token], index: int) -> bool:
    """Whether a pronoun is meant as one: not a part of a title, of "US" or of "World War I"."""
    word = words[index]
    following = words[index + 1] if index + 1 < len(words) else None
    starts = index == 0 or not words[index - 1].is_word
    if word.text == "I":
        title = following is not None and following.capitalised and following.text != "I"
        numeral = not starts and words[index - 1].capitalised and (following is None or not following.is_word)
        return starts or not (title or numeral)
    return word.text.islower() or (starts and word.text[1:].islower() and not _opens_title(words, index))


def _opens_title(words: list[Token], index: int) -> bool:
    """Mid-text "My" after a comma or colon, when the next word is capitalised too."""
    return index > 0 and index + 1 < len(words) and words[index + 1].capitalised


def _is_one_of_several(words: list[Token], index: int) -> bool:
    """ "my wife and I live": the verb stays plural."""
    if index < 2 or words[index - 1].low not in {"and", "&"}:
        return False
    before = words[index - 2]
    return read_verb(before.low) is None and not _has_finite_verb(words[: index - 1])


def _has_finite_verb(words: list[Token]) -> bool:
    for place, word in enumerate(words):
        if word.low in AUXILIARIES:
            return True
        verb = read_verb(word.low)
        named = place > 0 and words[place - 1].low in DETERMINERS
        if verb is not None and verb.form in {"base", "third", "past"} and not named and place > 0:
            return True
    return False


def _agree(text: str, words: list[Token], subject: int, changed: dict[int, str]) -> None:
    """Bring the verb of this subject, and those joined to it by "and", into the third person."""
    if (
        subject
        and words[subject - 1].low in {"am", "are", "do", "have", "'m"}
        and (subject < 2 or not words[subject - 2].is_word)
    ):
        auxiliary = words[subject - 1].low  # an inverted question: "am I", "do I"
        changed[subject - 1] = {"am": "is", "are": "is", "'m": "is", "do": "does", "have": "has"}[auxiliary]
        return
    place = _after_adverbs(words, subject + 1, changed)
    if place >= len(words) or not words[place].is_word:
        return
    finite = words[place].low
    changed_to = _agreed(text, words, place)
    if changed_to is not None:
        changed[place] = changed_to
    following = words[place + 1].low if place + 1 < len(words) else ""
    plain = finite in {"have", "am", "'m"} and not is_participle(following)
    if plain or (finite not in AUXILIARIES and guess_verb(finite).form == "base"):
        _agree_joined(text, words, place, changed)


def _agreed(text: str, words: list[Token], place: int) -> str | None:
    word = words[place].low
    following = words[place + 1].low if place + 1 < len(words) else ""
    full = {"'m": " is", "'re": " is", "am": "is", "are": "is", "were": "was", "'ve": " has", "have": "has", "do": "does", "'ll": " will",
            "'s": " is"}  # fmt: skip
    if word == "ai":
        return "is"
    if word == "'d":
        verb = read_verb(following)
        return " had" if following in {"better", "been"} or (verb is not None and verb.form == "participle") else " would"
    if word in full:
        return full[word]
    if word in AUXILIARIES or following == "n't":
        return None
    verb = guess_verb(word)
    return third(verb.base) if verb.form == "base" and not is_told_as_past(text, verb.base) else None


def _agree_joined(text: str, words: list[Token], place: int, changed: dict[int, str]) -> None:
    """ "and work", "but hate" after a present verb share its subject, unless an infinitive or a noun list came between."""
    for index in range(place + 1, len(words) - 1):
        word = words[index].low
        if (
            word in {"to", "that", "who", "which"}
            and (verb := read_verb(words[index + 1].low)) is not None
            and verb.form != "ing"
        ):
            return
        if word in MODALS | {"i", "we", "you", "he", "she", "they"} | {".", ";"}:
            return
        if word not in {"and", "but", "then"}:
            continue
        joined = _after_adverbs(words, index + 1, {})
        if joined + 1 >= len(words) or words[joined].capitalised:
            continue
        verb, following = read_verb(words[joined].low), words[joined + 1].low
        if verb is None or verb.form != "base":
            if words[joined].low in {"am", "have", "do"}:
                changed[joined] = {"am": "is", "have": "has", "do": "does"}[words[joined].low]
            continue
        clearly = verb.base in HARDLY_NOUNS or joined > index + 1
        if clearly or following in DETERMINERS | PREPOSITIONS | {"it", "them", "n't"} or words[joined + 1].capitalised:
            changed[joined] = third(verb.base)


def _after_adverbs(words: list[Token], place: int, changed: dict[int, str]) -> int:
    while place < len(words) and words[place].is_word and is_adverb(words[place].low):
        place += 1
    if place + 2 < len(words) and words[place].low == "no" and words[place + 1].low == "longer":
        return place + 2
    return place
