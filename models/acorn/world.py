"""A made-up user's world: what is known, how they want to be answered, and one exchange at a time about it."""

from __future__ import annotations

from dataclasses import dataclass, field

from models.acorn import asking, smalltalk
from models.acorn.extraction import correction, tell
from models.acorn.facts import RELATIONS, draw_fact
from models.acorn.general import items
from models.acorn.manners import Manner
from models.acorn.relation import Fact
from models.acorn.words import Words

_ALIKE = (
    {"lives", "address", "staying", "work from", "travel"}, {"user name", "nickname"}, {"project", "group name"}, {"goal", "month"},
    {"x likes", "x favourite", "friend likes"}, {"likes", "hobby", "sport"}, {"drives", "thing brand"}, {"instrument", "sport"},
    {"free day", "event", "today"}, {"met", "friend lives"}, {"medicine", "breakfast"}, {"x birthday", "event"}, {"numbered", "code"},
    {"learning", "speaks", "instrument"}, {"meets", "event", "meets friend"}, {"reading", "likes"}, {"married", "name"},
    {"favourite place", "lives"}, {"studies", "learning"}, {"allergy", "dislikes", "diet"}, {"kept", "thing from"}, {"wifi", "numbered"},
)  # fmt: skip
_SAME_PERSON = (
    {"mum", "mother"}, {"dad", "father"}, {"flatmate", "roommate"}, {"boss", "manager", "supervisor", "team leader"},
    {"partner", "husband", "wife", "girlfriend", "boyfriend"}, {"teacher", "tutor"}, {"phone", "SIM card"},
)  # fmt: skip


def confusable(one: Fact, other: Fact) -> bool:
    """Whether knowing `one` could pass for knowing `other`, so that neither "I don't know" nor the value would be wrong."""
    near_x = (
        one.x.startswith(other.x)
        or other.x.startswith(one.x)
        or one.x.endswith(other.x)
        or other.x.endswith(one.x)
        or any({one.x, other.x} <= s for s in _SAME_PERSON)
    )
    names = {one.relation.name, other.relation.name}
    same_kind = one.key[0] == other.key[0] or any(names <= alike for alike in _ALIKE)
    return near_x and same_kind


@dataclass
class World:
    """What is true of one made-up user: told facts, and how they want to be answered."""

    words: Words
    known: dict[tuple[str, str], Fact] = field(default_factory=dict)
    manner: Manner | None = None
    corrected: list[tuple[str, str]] = field(default_factory=list)

    def fresh(self, near: float = 0.45) -> Fact:
        """A fact not yet known, often one that is easily confused with a known one: same relation, or same person or thing."""
        while True:
            fact = self._near() if self.known and self.words.chance(near) else draw_fact(self.words)
            if not self.may_know(fact) and all(fact.y != old.y for old in self.known.values()):
                return fact

    def _near(self) -> Fact:
        like = self.words.random.choice(list(self.known.values()))
        if like.x and self.words.chance(0.6):
            return draw_fact(self.words, like.relation)
        same = [relation for relation in RELATIONS if relation.about and relation.about == like.relation.about]
        return draw_fact(self.words, self.words.random.choice(same), like.x) if same else draw_fact(self.words)

    def may_know(self, fact: Fact) -> bool:
        """Whether something known could pass for this fact."""
        return any(confusable(fact, known) for known in self.known.values())

    def learn(self, fact: Fact) -> None:
        if fact.key in self.known:
            self.corrected.append(fact.key)
        self.known[fact.key] = fact

    def one_known(self) -> Fact:
        """A known fact; where some have changed, often one of those, since the newest value is the hardest."""
        if self.corrected and self.words.chance(0.5):
            return self.known[self.words.random.choice(self.corrected)]
        return self.words.random.choice(list(self.known.values()))

    def changed(self, fact: Fact) -> Fact:
        """The same relation and x with another value."""
        while True:
            new = draw_fact(self.words, fact.relation, fact.x)
            if new.y != fact.y:
                return new

    def styled(self, reply: str, value: str = "") -> str:
        return self.manner.change(reply, value) if self.manner else reply


def lowered(reply: str) -> str:
    return reply[0].lower() + reply[1:] if reply.startswith(("You", "The ")) else reply


def acknowledged(fact: Fact) -> str:
    return f"Noted: {lowered(fact.reply)}"


def corrected(fact: Fact) -> str:
    return f"Thanks for the correction: {lowered(fact.reply)}"


# What happens in one turn: each returns the user's words and the plain reply with its bare value.

Exchange = tuple[str, str, str]


def ask_known(world: World) -> Exchange:
    words = world.words
    fact = world.one_known()
    kind = words.random.random()
    called = world.known.get(("name", fact.x))
    if called and called is not fact and words.chance(0.3) and (question := asking.by_name(words, fact, called.y)):
        return question, fact.reply, fact.y
    if kind < 0.2:
        reverse = asking.ask_who(words, fact)
        if reverse:
            return reverse[0], reverse[1], f"your {fact.x}"
    elif kind < 0.23 and fact.x and fact.relation.about != "friend":
        about = [other for other in world.known.values() if other.x == fact.x][:3]
        if fact.relation.about or fact.key[0] == "name":
            return asking.ask_about(words, fact.x), " ".join(other.reply for other in about), fact.y
    elif kind < 0.28:
        right = words.chance(0.5)
        other = fact.y if right else world.changed(fact).y
        question = asking.ask_whether(words, fact, other)
        return question, f"{'Yes' if right else 'No'}, {lowered(fact.reply)}", "Yes" if right else f"No, {fact.y}"
    return asking.ask(words, fact), fact.reply, fact.y


def ask_unknown(world: World) -> Exchange:
    fact = world.fresh(near=0.75)
    if world.words.chance(0.12):
        reverse = asking.ask_who(world.words, fact)
        if reverse:
            return reverse[0], smalltalk.NOT_TOLD, ""
    if world.words.chance(0.05) and fact.x and fact.relation.about == "person" and not any(fact.x in k[1] for k in world.known):
        return asking.ask_about(world.words, fact.x), smalltalk.NOT_TOLD, ""
    return asking.ask(world.words, fact), smalltalk.NOT_TOLD, ""


def ask_world(world: World) -> Exchange:
    words = world.words
    if words.chance(0.12):
        return smalltalk.unknown_world(words), smalltalk.NOT_KNOWN, ""
    item = words.random.choice(items())
    question = item.questions[0] if words.chance(0.35) else words.pick(item.questions)
    if words.chance(0.12):
        question = asking.hasty(words, question)
    elif words.chance(0.08) and question.endswith("?"):
        question = words.pick(("Tell me, {q}", "Do you know: {q}", "Quick question: {q}", "By the way, {q}")).replace(
            "{q}", question[0].lower() + question[1:]
        )
    value = item.value if len(item.value) < 20 and item.topic != "plain" else ""
    return question, item.reply, value


def chat(world: World) -> Exchange:
    words = world.words
    if world.manner and world.manner.asks and words.chance(0.25):
        return words.pick(world.manner.asks), world.manner.answer, ""
    own = world.manner.greeting if world.manner else ""
    if words.chance(0.8 if own else 0.3):
        reply = f"{own} What can I do for you?" if own else smalltalk.GREETING_REPLY
        return words.pick(smalltalk.GREETINGS), reply, ""
    asked, reply = smalltalk.exchange(words)
    return asked, reply, ""


def tell_fact(world: World) -> Exchange:
    words, fact = world.words, world.fresh()
    world.learn(fact)
    told = tell(words, fact)
    if words.chance(0.25):
        lead = words.pick(
            ("By the way, ", "Just so you know, ", "Remember that ", "Please remember that ", "Note that ", "Oh, and ", "Hi, ")
        )
        told = lead + (told[0].lower() + told[1:] if told.startswith(("My ", "The ")) else told)
    return told, acknowledged(fact), ""


def correct_fact(world: World) -> Exchange:
    words = world.words
    old = words.random.choice(list(world.known.values()))
    new = world.changed(old)
    world.learn(new)
    return correction(words, old, new)[0], corrected(new), ""


def correct_last(world: World, last: Fact) -> Exchange:
    """Right after a fact was told or asked: only the new value ("Actually, it's Petra.")."""
    words, new = world.words, world.changed(last)
    world.learn(new)
    told = words.pick(
        (
            f"Actually, it's {new.y}.",
            f"No, {new.y}.",
            f"Sorry, I meant {new.y}.",
            f"No, it's {new.y}.",
            f"Wrong, it's {new.y}.",
            f"Not {last.y}, {new.y}.",
            f"It's {new.y}, not {last.y}.",
            f"Correction: {new.y}.",
            f"No, not {last.y} but {new.y}.",
        )
    )
    return told, corrected(new), ""


def elliptic(world: World, last: Fact) -> tuple[str, str]:
    """ "And my brother?" after the same question about somebody else."""
    words = world.words
    others = [fact for fact in world.known.values() if fact.relation is last.relation and fact.x != last.x]
    if others and words.chance(0.75):
        fact = words.random.choice(others)
        return asking.follow_up(words, fact), fact.reply
    fact = draw_fact(words, last.relation)
    if world.may_know(fact):
        return asking.ask(words, last), last.reply
    return asking.follow_up(words, fact), smalltalk.NOT_TOLD
