"""Which memories are durable enough for weights. Pure: the time and the patience are handed in.

What the person told or confirmed is due the next night. What was merely mentioned must first stand unchallenged for a
while or be said again. What holds for a time only, and secrets, never go into weights: weights cannot be searched for a
password, nor a password be changed in them. All of it stays a note and is used as one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from learning.types import Kept, Memory, MemoryId

PATIENCE = timedelta(hours=24)
"""How long something mentioned once must stand before it is learned."""


@dataclass(frozen=True, slots=True)
class Due:
    """A memory that the next night may learn."""

    memory: MemoryId


def is_due(memory: Memory, evidence_count: int, now: datetime, patience: timedelta = PATIENCE) -> Due | Kept:
    """Whether tonight may learn this memory, else why it stays a note; `evidence_count` messages say it."""
    reason = _kept_because(memory, evidence_count, now, patience)
    return Kept(memory.id, reason) if reason else Due(memory.id)


def sensitive(text: str) -> str:
    """What kind of secret the text holds, or "". Rather a harmless note too many kept out than one secret let in."""
    for reason, found in _SECRETS:
        if found.search(text):
            return reason
    if any(_passes_luhn(number) for number in _card_numbers(text)):
        return "a card number"
    if any(_passes_mod_97(number) for number in _IBAN.findall(text)):
        return "a bank account"
    if any(_looks_random(word) for word in re.findall(r"[A-Za-z0-9_+/=.-]{20,}", text)):
        return "a key"
    return ""


def _kept_because(memory: Memory, evidence_count: int, now: datetime, patience: timedelta) -> str:
    if memory.status in ("retracted", "superseded"):
        return "undone" if memory.status == "retracted" else "corrected since"
    if memory.expires_at is not None:
        return f"holds only until {memory.expires_at:%Y-%m-%d}"
    # Question and answer are read as one sentence: neither "What is my PIN?" nor "4711" is a secret by itself.
    if secret := sensitive(f"{memory.text}\n{memory.question.rstrip(' ?')}: {memory.answer}"):
        return f"looks like {secret}; secrets are never put into weights"
    if memory.kept_out:
        return "never to be learned into weights, as you wished"
    if memory.held_until is not None and now < memory.held_until:
        return f"held back by you until {memory.held_until:%Y-%m-%d %H:%M} UTC"
    # A correction that waited would leave the old value in the weights for another day.
    if memory.source != "extracted" or memory.supersedes is not None or evidence_count > 1:
        return ""
    ripe = memory.created_at + patience
    return "" if now >= ripe else f"mentioned once; due from {ripe.day} {ripe:%B %Y}, or when said again"


_SAYS = r"(?:\bis\b|\bare\b|\bwas\b|\bto\b|['\u2019]s\b|=|:)"
_PASSWORD = (
    r"\b(?:pass ?-?(?:word|code|phrase)s?|passwd|passwort|kennwort|mot de passe|contraseñas?|senhas?|"
    r"(?:recovery|seed|backup) (?:phrase|words|codes?|keys?)|credentials?|"
    r"(?:api|secret|private|access|auth|encryption|licen[cs]e|product)[ -]?(?:key|token)s?)\b"
)
_CODE = (
    r"\b(?:pins?|puk|cv[cv]2?|otp|combination|(?:account|card|pin)[ -]?number|"
    r"(?:door|gate|alarm|safe|lock(?:er)?|garage|entry|access|security|unlock|sim|phone|bank|card|verification|2fa)[ -]?"
    r"(?:codes?|combination|pins?))\b"
)

_SECRETS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY|\bAGE-SECRET-KEY-1", re.IGNORECASE)),
    (
        "a key",
        re.compile(
            r"\b(?:sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{16,}|\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}"
            r"|\bglpat-[\w-]{16,}|\bxox[abposr]-[\w-]{10,}|\bA(?:KIA|SIA)[0-9A-Z]{16}\b|\bAIza[\w-]{30,}|\bhf_[A-Za-z0-9]{20,}"
            r"|\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{20,}|\beyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
        ),
    ),
    ("a password", re.compile(rf"{_PASSWORD}[^.?!\n]{{0,60}}?{_SAYS}\s*\S", re.IGNORECASE)),
    (
        "a password",
        re.compile(
            rf"(?:\bis\b|\bas\b|\buses?\b)[^.?!\n]{{0,40}}{_PASSWORD}(?=\s*(?:$|[.,;!?\n]|for\b|to\b|of\b|on\b|at\b|in\b))",
            re.IGNORECASE,
        ),
    ),
    ("a PIN or code", re.compile(rf"{_CODE}[^.?!\n]{{0,40}}?\b\d(?:[ -]?\d){{2,11}}\b", re.IGNORECASE)),
    ("a PIN or code", re.compile(rf"\b\d(?:[ -]?\d){{2,11}}\b[^.?!\n]{{0,30}}?{_CODE}", re.IGNORECASE)),
    (
        "a social security number",
        re.compile(r"\b\d{3}-\d{2}-\d{4}\b|\bsocial security n\w+[^.?!\n]{0,30}\d{3}", re.IGNORECASE),
    ),
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b")


def _card_numbers(text: str) -> Iterator[str]:
    """Runs of 13 to 19 digits, spaced or hyphened, that begin as payment cards do (ISO/IEC 7812: 2 to 6)."""
    for run in re.findall(r"(?<!\d)[2-6](?:[ -]?\d){12,18}(?!\d)", text):
        yield re.sub(r"\D", "", run)


def _passes_luhn(digits: str) -> bool:
    """The check digit of ISO/IEC 7812-1, annex B: every second digit from the right is doubled."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def _passes_mod_97(iban: str) -> bool:
    """The check of ISO 13616: the country and check digits moved to the end, letters as 10 to 35, remainder 1."""
    bare = iban.replace(" ", "")
    return int("".join(str(int(character, 36)) for character in bare[4:] + bare[:4])) % 97 == 1


def _looks_random(word: str) -> bool:
    """Whether a long word mixes digits and letters as keys and hashes do, and words, paths and dates do not."""
    pieces = max(re.split(r"[/._-]", word), key=len)
    letters, digits = len(re.findall(r"[A-Za-z]", pieces)), len(re.findall(r"\d", pieces))
    switches = len(re.findall(r"\d[A-Za-z]|[A-Za-z]\d", pieces))
    return len(pieces) >= 20 and letters >= 4 and digits >= 3 and switches >= 4
