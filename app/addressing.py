"""A memory as it is told to its owner: "The user's sister is called Oduya." becomes "Your sister is called Oduya."

Notes speak of "the user" so that a model knows who is meant; on a screen the reader is that user. And the way back, to the
words in which someone corrects a memory: "My sister is called Oduya." Pure text, for showing only.
"""

from __future__ import annotations

import re

from learning.language.verbs import read_verb

_VERBS = {"is": "are", "was": "were", "has": "have", "does": "do", "isn't": "aren't", "doesn't": "don't", "hasn't": "haven't"}
_VERBS_OF_I = {"is": "am", "has": "have", "does": "do", "isn't": "am not", "doesn't": "don't", "hasn't": "haven't"}


def to_you(text: str) -> str:
    """The sentence addressed to the person it is about."""
    return _addressed(text, "your", "you", _VERBS, "yourself")


def to_me(text: str) -> str:
    """The sentence as the person would say it."""
    return _addressed(text, "my", "I", _VERBS_OF_I, "myself")


def _addressed(text: str, owner: str, subject: str, verbs: dict[str, str], themselves: str) -> str:
    text = re.sub(r"\bthe user's\b", owner, text, flags=re.IGNORECASE)
    text = re.sub(r"\bthemselves\b", themselves, text) if re.search(r"\bthe user\b", text, re.IGNORECASE) else text

    def agreed(match: re.Match[str]) -> str:
        verb = match["verb"]
        known = read_verb(verb.lower())
        agreeing = verbs.get(verb.lower()) or (known.base if known is not None and known.form == "third" else "")
        return f"{subject}{match['adverb']}{agreeing}" if agreeing else match[0]

    text = re.sub(
        r"\b[Tt]he user(?P<adverb> (?:also|often|always|never|usually|really|still) | )(?P<verb>[\w']+)", agreed, text
    )
    object_ = "me" if subject == "I" else subject
    text = re.sub(r"\bthe user\b", object_, text, flags=re.IGNORECASE)
    return text[:1].upper() + text[1:]
