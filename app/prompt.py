"""What a turn shows the model: persona, the conversation with its notes where they stood, and the newest words.

The engine keeps what it has evaluated as long as a prompt begins like the last one, so history must look the same from turn
to turn: a note stays at the message it was first put to, and where a conversation outgrows its budget the oldest exchanges
go in one large step, not one by one. Both follow from the messages alone, so no state is kept here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from learning.types import MemoryId, Message
from models.engine import Turn
from models.errors import UserError
from models.instructions import PERSONA, with_notes

# Room for the newest words and their notes, and how much of the history stays after a step.
_NEWEST_SHARE = 0.35
_KEPT_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class _Exchange:
    """What the user said (usually one message) and the reply, as turns, with the memories whose notes stand in it."""

    turns: tuple[Turn, ...]
    notes: frozenset[MemoryId]


def build(
    messages: Sequence[Message],
    note_text: Callable[[MemoryId], str],
    text: str,
    notes: Sequence[str],
    *,
    budget: int,
    count_tokens: Callable[[Sequence[Turn]], int],
    instructions: str = "",
) -> list[Turn]:
    """The turns of a prompt whose last one is `text` behind its `notes`.

    Args:
        messages: the conversation so far; suppressed messages are left out with the rest of their exchange.
        note_text: a memory as a note, "" if it must not be shown any more.
        budget: tokens of the whole prompt.
        count_tokens: tokens of turns as the model sees them.
        instructions: what the person wishes of the replies in this conversation.

    Raises:
        UserError: the newest words with the instructions are over the budget.
    """
    persona = Turn("system", f"{PERSONA}\n\n{instructions}" if instructions else PERSONA)
    newest = Turn("user", with_notes(notes, text))
    needed = count_tokens([persona, newest])
    if needed > budget:
        if instructions and count_tokens([Turn("system", PERSONA), newest]) <= budget:
            raise UserError(f"This conversation's instructions are too long for this model ({budget} tokens). Shorten them.")
        raise UserError(f"The message is too long for this model ({needed} of {budget} tokens). Say it in parts.")
    kept = _kept(_exchanges(messages, note_text), budget, count_tokens)
    prompt = [persona, *_turns(kept), newest]
    while kept and count_tokens(prompt) > budget:
        kept = kept[max(1, len(kept) // 2) :]
        prompt = [persona, *_turns(kept), newest]
    return prompt


def notes_in_view(
    messages: Sequence[Message],
    note_text: Callable[[MemoryId], str],
    *,
    budget: int,
    count_tokens: Callable[[Sequence[Turn]], int],
) -> frozenset[MemoryId]:
    """Memories whose notes a prompt over `messages` still shows; only these need not be put to the next turn again."""
    kept = _kept(_exchanges(messages, note_text), budget, count_tokens)
    return frozenset(note for exchange in kept for note in exchange.notes)


def _kept(exchanges: Sequence[_Exchange], budget: int, count_tokens: Callable[[Sequence[Turn]], int]) -> list[_Exchange]:
    """The newest exchanges that a prompt shows. Replays the conversation, so that an earlier step is taken again."""
    room = int(budget * (1 - _NEWEST_SHARE))
    costs = [count_tokens(exchange.turns) for exchange in exchanges]
    start, used = 0, 0
    for place, cost in enumerate(costs):
        used += cost
        if used > room:
            while start <= place and used > room * _KEPT_SHARE:
                used -= costs[start]
                start += 1
    return list(exchanges[start:])


def _turns(exchanges: Sequence[_Exchange]) -> list[Turn]:
    return [turn for exchange in exchanges for turn in exchange.turns]


def _exchanges(messages: Sequence[Message], note_text: Callable[[MemoryId], str]) -> list[_Exchange]:
    """Pairs of what was said and what was replied; some chat templates accept nothing but such pairs.

    A message that got no reply (it was cancelled) joins the next one, for it was said all the same.
    """
    exchanges: list[_Exchange] = []
    said: list[Message] = []
    for message in messages:
        if message.role == "user":
            said.append(message)
        elif said:
            exchange = _exchange(said, message, note_text)
            said = []
            if exchange is not None:
                exchanges.append(exchange)
    return exchanges


def _exchange(said: Sequence[Message], reply: Message, note_text: Callable[[MemoryId], str]) -> _Exchange | None:
    if reply.suppressed or not reply.text.strip() or said[-1].suppressed:
        return None
    parts: list[str] = []
    shown: set[MemoryId] = set()
    for message in said:
        if message.suppressed:
            continue
        notes = {note: note_text(note) for note in message.notes}
        shown.update(note for note, words in notes.items() if words)
        parts.append(with_notes([words for words in notes.values() if words], message.text))
    return _Exchange((Turn("user", "\n\n".join(parts)), Turn("assistant", reply.text)), frozenset(shown))
