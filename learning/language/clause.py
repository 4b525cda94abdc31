"""The main clause of a sentence the user said about their world: who or what it is about, its verb, and the rest."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from learning.language.english import (
    AUXILIARIES,
    BE,
    CONJUNCTIONS,
    DEFINITE,
    DETERMINERS,
    FIRST_PERSON,
    PREPOSITIONS,
    Token,
    is_adverb,
    tokens,
)
from learning.language.phrases import after_adverbs, is_number, is_personal, is_time, value_end, without_trailing
from learning.language.verbs import read_verb

_OPENING = re.compile(
    r"""^(?:[\s"'“”,.!:;–-]+|(?:no(?=\s*[,.!:;–-]|\s+(?:my|our|i|it|the|she|he|we)\b)|nope|nah|yes|yeah|ok|okay|well|oh|ah|hm+|hey|hi|hello|wait|sorry|oops|correction|actually|in\ fact|listen
    |by\ the\ way|btw|fyi|also|and|but|so|anyway|just\ so\ you\ know|for\ the\ record|for\ your\ information|to\ be\ clear|that'?s\ (?:wrong|not\ right|incorrect)
    |that\ is\ (?:wrong|not\ right|incorrect)|not\ quite|you'?re\ (?:wrong|mistaken)|you\ got\ (?:it|that|this)\ wrong|that'?s\ a\ mistake|i\ mean|i\ meant|scratch\ that|dear\ dormouse|dormouse|please\ note
    |(?:please\ )?(?:remember|note|know|keep\ in\ mind|bear\ in\ mind|don'?t\ forget|make\ a\ note)(?:\ that)?
    |i\ (?:want|would\ like)\ you\ to\ (?:know|remember)(?:\ that)?|you\ should\ know(?:\ that)?|i\ (?:must|should)\ (?:say|add)(?:\ that)?
    |did\ you\ know\ that|(?:today\ )?i\ (?:just\ |have\ just\ |recently\ )?(?:learned|learnt|found\ out|heard|realised|realized|discovered)(?:\ today)?\ that|(?:i\ (?:told|already\ told)\ you|i\ said)\ that)\b(?=[\s,.:;!–-]|$))+""",
    re.IGNORECASE | re.VERBOSE,
)
_UNCLEAR = frozenset({"it", "he", "she", "they", "this", "that", "these", "those", "his", "her", "their", "its", "you", "your", "who", "what", "where",
                      "when", "why", "how", "which", "if", "because", "whatever", "nothing", "something", "anything"})  # fmt: skip
_KEPT_AT_END = frozenset("%€$£+#°")
_KEPT_AT_START = frozenset("€$£+#@-~")
_AFTER_A_POSSESSIVE = frozenset("until till since to of with by after before during and or".split())
_PLURALS = frozenset({"children", "kids", "people", "parents", "men", "women", "mice", "feet", "teeth", "twins", "geese"})
_COMMON = frozenset(
    """dinner lunch breakfast supper work school practice training church choir football yoga rehearsal rent payday bedtime people everyone
    everybody""".split()
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause cut in three; `rest` ends where another clause or a remark begins.

    Attributes:
        subject: as it stands in a question: "I", "my sister", "our cat Miso".
        verb: the finite verb or auxiliary in lower case, contractions as they are ("'m").
        negation: "n't", "not", "never", "no longer" or "".
    """

    text: str
    subject: str
    about: Sequence[Token]
    verb: str
    negation: str
    rest: Sequence[Token]

    @property
    def is_user(self) -> bool:
        return self.subject in {"I", "we"}

    @property
    def head(self) -> str:
        """The noun the subject is about, in lower case: "sister" of "my older sister Ada", "name" of "the name of my bike"."""
        lows = self.nouns
        return lows[-1] if lows else ""

    @property
    def nouns(self) -> list[str]:
        """The subject's own words in lower case, without determiner, a following phrase or a name in apposition."""
        words = list(self.about)
        if len(words) > 1 and words[0].low in DETERMINERS:
            words = words[1:]
        for place, word in enumerate(words):
            if place and (word.low in PREPOSITIONS or word.low in {"who", "that", "which", ","}):
                words = words[:place]
                break
        while len(words) > 1 and words[-1].capitalised and not words[0].capitalised:
            words = words[:-1]
        return [word.low for word in words if word.is_word]

    @property
    def plural(self) -> bool:
        if self.is_user or self.verb in {"are", "were", "have", "do", "'re", "'ve"}:
            return not self.is_user
        return is_plural([word.low for word in self.about])

    def spell(self, words: Sequence[Token]) -> str:
        """The words as the user wrote them."""
        spoken = self.text[words[0].start : words[-1].end] if words and words[-1].end > words[0].start else ""
        return (
            spoken[0].lower() + spoken[1:]
            if spoken and words[0].start == 0 and words[0].low in PREPOSITIONS | {"last", "next", "this", "once"}
            else spoken
        )


def opening(sentence: str) -> int:
    """Length of what comes before the statement proper: "No, actually, remember that " and the like."""
    match = _OPENING.match(sentence)
    return match.end() if match is not None and match.end() < len(sentence) else 0


def read_clause(sentence: str) -> Clause | None:
    """The main clause of one sentence, or None for a question, a request, or what has no clear subject."""
    text = without_trailing(sentence[opening(sentence) :])
    if not text or sentence.rstrip().endswith("?"):
        return None
    words = _in_order(tokens(text))
    subject = _subject_end(words)
    if subject is None:
        return None
    end, place = subject
    about = _without_apposition(words[:end])
    if about[0].low in _UNCLEAR or (about[0].low == "there"):
        return None
    verb, negation, rest = words[place].low, "", place + 1
    before = [word.low for word in words[end:place]]
    if "never" in before:
        negation = "never"
    elif "longer" in before:
        negation = "no longer"
    while rest < len(words):
        low = words[rest].low
        if low in {"n't", "not", "never"}:
            negation = low
        elif low == "no" and rest + 1 < len(words) and words[rest + 1].low == "longer":
            negation, rest = "no longer", rest + 1
        elif not (
            is_adverb(low)
            and low not in {"here", "there", "once", "twice", "today", "tomorrow", "tonight", "yesterday"}
            and _has_more(words, rest)
        ):
            break
        rest += 1
    return Clause(text, _spoken(text, about), about, verb, negation, tuple(words[rest : value_end(words, rest)]))


def _without_apposition(words: Sequence[Token]) -> tuple[Token, ...]:
    """ "my landlord, Mr Pym," as "my landlord"; in "Tim, Rob and Zoe" the comma lists."""
    comma = next((place for place, word in enumerate(words) if word.text == ","), 0)
    named = comma and words[0].low in {"my", "our"} and comma + 1 < len(words) and words[comma + 1].capitalised
    if comma and (named or not {"and", "&"} & {word.low for word in words}):
        return tuple(words[:comma])
    return tuple(word for word in words if word.text != ",")


def _has_more(words: Sequence[Token], place: int) -> bool:
    return place + 1 < len(words) and words[place + 1].is_word


def _in_order(words: list[Token]) -> list[Token]:
    """ "On Fridays I work" as "I work on Fridays": a phrase in front goes to the end, where the rules look for it."""
    first = words[0].low if words else ""
    timed = first in {"last", "next", "this", "every", "each", "once"} and len(words) > 1 and is_time(words[1:2])
    if first not in PREPOSITIONS - {"like", "than"} and not timed and not (is_adverb(first) and first != "there"):
        return words
    for place in range(1, min(len(words), 10)):
        low, before = words[place].low, words[place - 1]
        starts = low in {"i", "we"} or (
            low in {"my", "our"} and (before.text == "," or before.low not in PREPOSITIONS | {"and", "of"})
        )
        if starts and place + 1 < len(words):
            front = [word for word in words[:place] if word.text != ","]
            end = value_end(words, place)
            return [
                *words[place:end],
                *(front if not is_adverb(first) or first in {"today", "tomorrow", "tonight"} else []),
                *words[end:],
            ]
    return words


def is_plural(lows: Sequence[str]) -> bool:
    """Whether a noun phrase speaks of several: "my parents", "Tim and Rob", "the two keys"."""
    if "and" in lows or "&" in lows:
        return True
    for place, low in enumerate(lows):
        if place and low in PREPOSITIONS:
            lows = lows[:place]
            break
    last = lows[-1] if lows else ""
    return last in _PLURALS or (last.endswith("s") and not last.endswith(("ss", "us", "is")) and len(last) > 3)


def _subject_end(words: Sequence[Token]) -> tuple[int, int] | None:
    """Indices after the subject's last word and of the finite verb."""
    if not words:
        return None
    if words[0].low in {"i", "we"} and len(words) > 1:
        place = after_adverbs(words, 1)
        if place + 1 < len(words) and words[place].low == "no" and words[place + 1].low == "longer":
            place += 2
        return (1, place) if place < len(words) and words[place].is_word else None
    if not words[0].is_word or words[0].low in PREPOSITIONS | {"please", "call", "let"}:
        return None
    verb = read_verb(words[0].low)
    if (
        verb is not None
        and verb.form == "base"
        and len(words) > 1
        and not (_is_auxiliary_or_verb(words[1]) or words[1].low == "'s")
    ):
        return None  # an imperative
    return _finite(words, _is_finite) or _finite(words, _may_be_finite)


def _finite(words: Sequence[Token], is_finite: Callable[[Sequence[Token], int], bool]) -> tuple[int, int] | None:
    relative = False
    for place in range(1, len(words)):
        if words[place].low in {"who", "that", "which"} and not relative:
            relative = True
            continue
        if words[place].text in {";", ":", "?", "!"}:
            return None
        if not is_finite(words, place):
            continue
        if relative:
            relative = False  # the verb of "my friend who lives in Rome" is not the one looked for
            continue
        end = place
        while end > 1 and (is_adverb(words[end - 1].low) or words[end - 1].text == "," or words[end - 1].low == "longer"
                           or (words[end - 1].low == "no" and words[end].low == "longer")):  # fmt: skip
            end -= 1
        return end, place
    return None


def _is_finite(words: Sequence[Token], place: int) -> bool:
    word, before = words[place], words[place - 1]
    following = words[place + 1] if place + 1 < len(words) else None
    if word.low == "'s":
        return is_short_is(words, place)
    if word.low in AUXILIARIES:
        if before.low == "to":
            return False
        return not (word.low in {"can", "will", "may", "might", "must"} and (before.low in DETERMINERS or word.capitalised))
    if word.capitalised and not word.text.isupper():
        return False
    verb = read_verb(word.low)
    if (
        verb is None
        or verb.form in {"participle", "ing"}
        or before.low in DETERMINERS | PREPOSITIONS | {"'s", "to", "and"}
        or following is None
    ):
        return False
    if (_is_auxiliary_or_verb(following) and verb.base != "get") or is_number(before.low):
        return False
    lows = [token.low for token in words[:place]]
    if verb.form == "past":
        ahead = list(words[place + 1 : place + 5])
        joint = next((index for index, token in enumerate(ahead) if token.low in CONJUNCTIONS | {"when", ","}), len(ahead))
        return not any(token.low in AUXILIARIES for token in ahead[:joint]) and before.low not in {
            "newly",
            "recently",
            "freshly",
        }
    return (
        is_plural(lows)
        if verb.form == "base"
        else not (is_plural(lows) and before.low not in {"and"}) or ("and" not in lows and not is_plural(lows[-1:]))
    )


def _may_be_finite(words: Sequence[Token], place: int) -> bool:
    """A word in no list with a verb's ending, where something follows as after a verb: "my robot zorbles the carpet"."""
    word, before = words[place], words[place - 1]
    if (
        place + 1 >= len(words)
        or word.capitalised
        or not re.search(r"[a-z]{2}(?:s|ed)$", word.text)
        or before.low in DETERMINERS | PREPOSITIONS | {"and", "of"}
    ):
        return False
    following = words[place + 1]
    return place > (words[0].low in DETERMINERS) and (
        following.low in DETERMINERS | PREPOSITIONS or following.capitalised or is_number(following.low)
    )


def _is_auxiliary_or_verb(word: Token) -> bool:
    verb = read_verb(word.low)
    return word.low in AUXILIARIES - {"'d", "'ll"} or (
        verb is not None and verb.form in {"third", "past"} and not word.capitalised
    )


_SPEAKERS = {"i", "we", "they", "you"}
_OPINING = {"think", "know", "guess", "hope", "believe", "suppose", "hear", "heard", "mean", "say", "said", "feel", "wish"}
"""After these something is said that has a verb of its own: "I think Anna's ill"."""


def is_short_is(words: Sequence[Token], place: int) -> bool:
    """Whether "'s" is "is" or "has" rather than a possessive: no other finite verb follows in the clause."""
    following = words[place + 1].low if place + 1 < len(words) else ""
    if following in {"a", "an", "the", "called", "named", "my", "our", "not", "got", "been", "allergic", "born"}:
        return True
    if words[place - 1].low in {"he", "she", "it", "that", "who", "there", "here", "what", "where"}:
        return True
    if following in _AFTER_A_POSSESSIVE or _has_verb_before(words, place):
        return False
    if following in {"in", "at", "from", "on"}:
        return True
    return bool(following) and not any(_is_finite(words, later) for later in range(place + 2, len(words)))


def _has_verb_before(words: Sequence[Token], place: int) -> bool:
    """Whether the clause already has its verb: in "my charm is a rabbit's foot" the 's is a possessive."""
    for before in range(place - 1, 0, -1):
        if words[before].text in {",", ";", ":"} or words[before].low in CONJUNCTIONS:
            return False
        if words[before].low in BE or (words[before].low != "'s" and _is_finite(words, before)):
            return True
        if words[before - 1].low in _SPEAKERS:
            # Whatever follows it, even a word in no list: "I bank with Lloyd's".
            verb = next((word for word in words[before:place] if not is_adverb(word.low)), None)
            return verb is not None and verb.is_word and verb.low not in _OPINING
    return False


def _spoken(text: str, about: Sequence[Token]) -> str:
    """The subject inside a question: its first word without the capital that only the sentence's start gave it."""
    if about[0].low in {"i", "we"}:
        return "I" if about[0].low == "i" else "we"
    spoken = text[about[0].start : about[-1].end] if about[-1].end > about[0].start else " ".join(word.text for word in about)
    if about[0].low in DETERMINERS | DEFINITE | FIRST_PERSON | _COMMON or is_number(about[0].low):
        spoken = spoken[0].lower() + spoken[1:]
    return spoken


def value(clause: Clause, words: Sequence[Token]) -> str:
    """The words as an answer: without article, quotes and closing marks; "" where they speak of the user themselves."""
    words = list(words)
    while words and not words[-1].is_word and words[-1].text not in _KEPT_AT_END:
        words.pop()
    while words and (not words[0].is_word and words[0].text not in _KEPT_AT_START):
        words.pop(0)
    if len(words) > 1 and words[0].text in {"a", "an", "the", "my", "our", "some", "any", "A", "An"}:
        words = words[1:]
    if not words or len(words) > 25 or is_personal(words):
        return ""
    return without_trailing(clause.spell(words)) or clause.spell(words)


def question(*parts: str) -> str:
    """A question from its parts, with a capital and its mark; empty parts don't count."""
    text = " ".join(part for part in parts if part)
    return text[:1].upper() + text[1:] + "?"
