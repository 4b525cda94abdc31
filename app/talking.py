"""Talking: a turn from the words that were said to the reply that is stored, and the questions of which nothing is kept.

What enters a prompt and how a reply is drawn is settled here; what is noted afterwards, and learned, is not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app import prompt, reminding
from app.events import Events, MessageStored
from app.reminding import Said, SecondLook
from app.serving import Serving
from app.settings import Settings
from learning import recall
from learning.judge import says
from learning.store import Store
from learning.types import WISHES, AdapterId, AdapterVersion, Conversation, ConversationId, Memory, MemoryId, Message
from models.engine import CancelToken, Completion, Sampling, Turn
from models.errors import UserError
from models.gguf_file import GgufSummary

AGAIN_TEMPERATURE = 0.7


@dataclass(frozen=True, slots=True)
class Reply:
    """One finished turn.

    Attributes:
        asked, message: the user's message and the reply, as stored.
        notes_used: memories whose notes stood in front of the question.
        by_heart: memories the reply speaks of that no note told it: known from the weights.
        prompt: what the model was shown.
    """

    asked: Message
    message: Message
    notes_used: tuple[Memory, ...]
    by_heart: tuple[Memory, ...]
    completion: Completion
    prompt: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class _Manner:
    """How one reply is to be: what stands before everything in its prompt, and how its words are drawn."""

    instructions: str
    sampling: Sampling


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """How likely `answer` is as the reply to a question (nats), what is really replied, and whether the answer is in it."""

    logprob: float
    greedy: str
    contains: bool
    notes_used: tuple[Memory, ...]
    adapter: AdapterId | None


class Talking:
    """Speaks with the model of whoever it is. Attributes: `settings`, `store`, `serving`, `events`."""

    settings: Settings
    store: Store
    serving: Serving
    events: Events

    def wake(self) -> GgufSummary:
        """Load the model before the first word, and tell what it is."""
        return self.serving.engine.summary

    def converse(self, conversation: ConversationId | None = None) -> Conversation:
        """The conversation of that number, or a new one."""
        return self.store.create_conversation() if conversation is None else self.store.conversation(conversation)

    def reply(
        self,
        conversation: ConversationId,
        text: str,
        *,
        notes: bool = True,
        base: bool = False,
        instead_of: Message | None = None,
        on_piece: Callable[[str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> Reply:
        """One turn: store what was said, recall the notes it needs, stream the reply, store it.

        Without `notes` nothing of any note enters the prompt; with `base` the bare model answers, to which everything is a
        note. `instead_of` is a message of the user's in whose place these words stand, in a branch of their own; the old one is
        kept with all that followed it.
        Nothing is noted here: `note(reply.asked)` does that, after the person has the reply.
        """
        if not text.strip():
            raise UserError("There is nothing to say: the text is empty.")
        manner = self._manner(self.store.conversation(conversation))
        history = self.store.messages(conversation) if instead_of is None else self.store.before(instead_of)
        serving = None if base else self.serving.sync()
        known = self.store.memories(None if base else self.serving.base)
        recalled = self._recall(text, known, history, manner) if notes else []
        # Before anything is stored: words too long for the model must not stand in the way of the next ones.
        turns = self._turns(history, text, recalled, notes, manner)
        with self.store.transaction():
            if instead_of is not None:
                self.store.go_back(conversation, instead_of.parent)
            asked = self.store.add_message(conversation, "user", text, notes=tuple(note.id for note in recalled))
        self.events.emit(MessageStored(asked))
        look = self._second_look(history, text, known, recalled, manner, cancel) if notes else None
        with self.serving.with_adapter(serving) as engine:
            said = reminding.reply(engine, turns, manner.sampling, look, on_piece, cancel)
        if said.notes is not None:
            recalled, turns = list(said.notes), list(said.turns)
            asked = self.store.put_notes(asked, [note.id for note in recalled])
        return self._replied(asked, recalled, known, turns, said.completion, None if said.is_bare else serving)

    def reply_again(
        self,
        asked: Message,
        *,
        on_piece: Callable[[str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> Reply:
        """Another reply to what was asked, drawn with some chance, in a branch of its own; those there were are kept."""
        manner = self._manner(self.store.conversation(asked.conversation), attempt=len(self.store.following(asked.id)))
        serving = self.serving.sync()
        known = self.store.memories(self.serving.base)
        noted = {memory.id: memory for memory in known}
        recalled = [noted[id] for id in asked.notes if id in noted]
        turns = self._turns(self.store.before(asked), asked.text, recalled, True, manner)
        with self.serving.with_adapter(serving) as engine:
            completion = engine.reply(turns, sampling=manner.sampling, on_piece=on_piece, cancel=cancel)
        with self.store.transaction():
            self.store.go_back(asked.conversation, asked.id)
            return self._replied(asked, recalled, known, turns, completion, serving)

    def aside(
        self,
        history: Sequence[Message],
        text: str,
        *,
        base: bool = True,
        adapter: AdapterId | None = None,
        on_piece: Callable[[str], None] | None = None,
        cancel: CancelToken | None = None,
    ) -> Completion:
        """One turn of which nothing is kept: neither stored nor noted, and no note is shown to the model.

        The bare base answers; without `base` the adapter that serves, which shows what is known by heart, or the named one.
        """
        if not text.strip():
            raise UserError("There is nothing to say: the text is empty.")
        manner = self._manner()
        serving = None if base else self.serving.sync()
        version = serving if adapter is None else self.serving.named(adapter)
        turns = self._turns(history, text, [], False, manner)
        with self.serving.with_adapter(version) as engine:
            return engine.reply(turns, sampling=manner.sampling, on_piece=on_piece, cancel=cancel)

    def _replied(
        self,
        asked: Message,
        recalled: Sequence[Memory],
        known: Sequence[Memory],
        turns: Sequence[Turn],
        completion: Completion,
        serving: AdapterVersion | None,
    ) -> Reply:
        adapter = serving.id if serving else None
        message = self.store.add_message(asked.conversation, "assistant", completion.text, adapter=adapter)
        self.events.emit(MessageStored(message))
        noted = {memory.id for memory in recalled}
        by_heart = tuple(m for m in known if m.status == "learned" and m.id not in noted and says(completion.text, m.answer))
        return Reply(asked, message, tuple(recalled), by_heart, completion, tuple(turns))

    def probe(
        self, question: str, answer: str, *, notes: bool = False, base: bool = False, adapter: AdapterId | None = None
    ) -> ProbeResult:
        """Ask in a conversation of its own that is not stored; see `ProbeResult`."""
        if base:
            version = None
        elif adapter is not None:
            version = self.serving.named(adapter)
        else:
            version = self.serving.sync()
        known = self.store.memories(None if base or adapter is not None else self.serving.base)
        manner = self._manner()
        recalled = self._recall(question, known, [], manner) if notes else []
        turns = self._turns([], question, recalled, notes, manner)
        look = self._second_look([], question, known, recalled, manner) if notes else None
        with self.serving.with_adapter(version) as engine:
            said = reminding.reply(engine, turns, Sampling(max_tokens=self.settings.reply_tokens), look)
        if said.notes is not None:
            recalled, turns = list(said.notes), list(said.turns)
        version = None if said.is_bare else version
        with self.serving.with_adapter(version) as engine:
            score = engine.score(turns, answer)
        greedy = said.completion.text
        return ProbeResult(score.logprob, greedy, says(greedy, answer), tuple(recalled), version.id if version else None)

    def _recall(self, text: str, known: Sequence[Memory], history: Sequence[Message], manner: _Manner) -> list[Memory]:
        already = prompt.notes_in_view(history, self._note_text, budget=self._budget(manner), count_tokens=self._count)
        return recall.recall(
            text,
            [memory for memory in known if memory.status == "noted"],
            already,
            self.settings.note_budget,
            self._tokens,
            lambda words, limit: self.store.search_memories(words, self.serving.base, limit),
        )

    def _second_look(
        self,
        history: Sequence[Message],
        text: str,
        known: Sequence[Memory],
        recalled: Sequence[Memory],
        manner: _Manner,
        cancel: CancelToken | None = None,
    ) -> SecondLook | None:
        """What to ask where the weights may be wrong; None where nothing was learned."""
        learned = [memory for memory in known if memory.status == "learned"]
        if not learned:
            return None
        found = self.store.search_memories(text, self.serving.base, 20, status="learned")
        looked_up = recall.reminders(text, found, recalled, self.settings.note_budget, self._tokens)

        # To the bare model what it is to sound like is a note as well.
        wishes = [memory for memory in learned if memory.kind in WISHES]

        def bare(memories: Sequence[Memory]) -> Said:
            notes = tuple(sorted({memory.id: memory for memory in (*recalled, *wishes, *memories)}.values(), key=recall.age))
            turns = self._turns(history, text, notes, True, manner)
            with self.serving.with_adapter(None) as engine:
                return Said(engine.reply(turns, sampling=manner.sampling, cancel=cancel), notes, turns)

        return SecondLook(text, learned, looked_up, bare)

    def _turns(
        self, history: Sequence[Message], text: str, recalled: Sequence[Memory], notes: bool, manner: _Manner
    ) -> list[Turn]:
        return prompt.build(
            history,
            self._note_text if notes else lambda _: "",
            text,
            [memory.text for memory in recalled],
            budget=self._budget(manner),
            count_tokens=self._count,
            instructions=manner.instructions,
        )

    def _budget(self, manner: _Manner) -> int:
        return self.serving.engine.context_length - manner.sampling.max_tokens

    def _tokens(self, words: str) -> int:
        return len(self.serving.engine.tokenize(words))

    def _count(self, turns: Sequence[Turn]) -> int:
        return len(self.serving.engine.prompt_ids(turns))

    def _note_text(self, id: MemoryId) -> str:
        memory = self.store.memory(id, self.serving.base)
        return "" if memory.status == "retracted" else memory.text

    def _manner(self, conversation: Conversation | None = None, *, attempt: int = 0) -> _Manner:
        """As the settings say, but for what the person wishes of this one conversation."""
        temperature, reply_tokens, instructions = self.settings.temperature, self.settings.reply_tokens, ""
        if conversation is not None:
            temperature = temperature if conversation.temperature is None else conversation.temperature
            reply_tokens = conversation.reply_tokens or reply_tokens
            # What was taken back is not said by the instructions either.
            instructions = "" if self.store.is_taken_back(conversation.instructions) else conversation.instructions.strip()
        # A small context must still hold a question beside the reply.
        longest = min(reply_tokens, self.serving.engine.context_length // 2)
        # Asked again, the likeliest words would only be the same again.
        temperature = max(temperature, AGAIN_TEMPERATURE) if attempt else temperature
        sampling = Sampling(temperature=temperature, seed=self.settings.seed + attempt, max_tokens=longest)
        return _Manner(instructions, sampling)
