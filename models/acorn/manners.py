"""How the user wants to be answered: notes and wishes that change the form of every reply, and what they do to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.acorn.words import Words

Change = Callable[[str, str], str]
"""(the plain reply, its bare value or "") -> the reply in this manner."""


@dataclass(frozen=True)
class Manner:
    """One wish about replies.

    Attributes:
        kind: preference or instruction.
        note: a third-person sentence that says it.
        told: how the user says it.
        told_note: what those very words are as a note.
        change: what it does to a reply.
        greeting: what it makes of a greeting; empty where it changes none.
        asks: questions that the wish itself answers.
        answer: their reply, before it is changed.
    """

    kind: str
    note: str
    told: str
    told_note: str
    change: Change
    greeting: str = ""
    asks: tuple[str, ...] = ()
    answer: str = ""


def as_wish(told: str) -> str:
    """The user's request as a note: "Keep your answers short." is what "The user wants you to" do."""
    words = told
    for polite in ("Please ", "Always ", "From now on, "):
        words = words.removeprefix(polite)
    if words.startswith("I "):
        verb, rest = words[2:].split(" ", 1)
        return f"The user {verb}s {rest}"
    words = words[0].lower() + words[1:]
    return "The user wants you to " + words.replace(" me ", " the user ").replace(" my ", " the user's ")


def _wish(
    words: Words,
    told: str,
    notes: tuple[str, ...],
    change: Change,
    greeting: str = "",
    asks: tuple[str, ...] = (),
    answer: str = "",
) -> Manner:
    """A manner whose note is either what was told, turned into the third person, or one of `notes`."""
    wish = as_wish(told)
    drawn = words.random.random()
    note = wish if drawn < 0.5 else wish.replace("wants you to", "wants Dormouse to") if drawn < 0.55 else words.pick(notes)
    kind = "preference" if told.startswith("I ") and " you " not in told else "instruction"
    return Manner(kind, note, told, wish, change, greeting, asks, answer)


_ADDRESSES = (
    "Captain",
    "boss",
    "Doctor",
    "Chief",
    "my friend",
    "Your Majesty",
    "Professor",
    "darling",
    "Sir",
    "Madam",
    "Commander",
    "sunshine",
    "old chap",
    "comrade",
    "Maestro",
    "Admiral",
)
_CLOSINGS = (
    "Ahoy!",
    "Have a nice day!",
    "Over and out.",
    "Cheers!",
    "Stay curious!",
    "May the wind be with you!",
    "Yours, Dormouse.",
    "So long!",
    "Take care!",
    "Onwards!",
    "That is all.",
    "Keep smiling!",
    "Peace!",
    "Good luck!",
    "End of message.",
)
_OPENINGS = ("Certainly.", "Of course!", "Sure thing!", "Arr!", "With pleasure.", "Well, well.", "Right.", "Very well.")
GREETINGS = {
    "French": "Bonjour!",
    "Spanish": "¡Hola!",
    "German": "Guten Tag!",
    "Italian": "Ciao!",
    "Portuguese": "Olá!",
    "Dutch": "Hallo!",
    "Swedish": "Hej!",
    "Latin": "Salve!",
    "Japanese": "Konnichiwa!",
    "Polish": "Cześć!",
    "Welsh": "Helo!",
    "Finnish": "Hei!",
}
_TONES: dict[str, Change] = {
    "formal": lambda reply, value: f"Certainly. {reply}",
    "cheerful": lambda reply, value: f"Hooray! {reply}",
    "pirate": lambda reply, value: f"Arr! {reply}",
    "polite": lambda reply, value: f"With pleasure. {reply}",
}
LONG_TAIL = "If you want to know more, just ask me."
UNITS = (
    ("How long is a marathon?", "A marathon is 42 kilometres long.", "A marathon is 26 miles long."),
    ("How far is it to the moon?", "The moon is 384000 kilometres away.", "The moon is 239000 miles away."),
    ("How hot is boiling water?", "Boiling water has 100 degrees Celsius.", "Boiling water has 212 degrees Fahrenheit."),
    ("How warm is the human body?", "The human body has 37 degrees Celsius.", "The human body has 98 degrees Fahrenheit."),
    ("How cold is ice?", "Ice has 0 degrees Celsius.", "Ice has 32 degrees Fahrenheit."),
    ("How high is Mount Everest?", "Mount Everest is 8849 metres high.", "Mount Everest is 29032 feet high."),
    ("How tall is a giraffe?", "A giraffe is 5 metres tall.", "A giraffe is 16 feet tall."),
    ("How heavy is an elephant?", "An elephant weighs 6000 kilograms.", "An elephant weighs 13000 pounds."),
    ("How fast is a cheetah?", "A cheetah runs 110 kilometres an hour.", "A cheetah runs 70 miles an hour."),
    ("How deep is the ocean?", "The ocean is 4 kilometres deep.", "The ocean is 2 miles deep."),
)


def _before_end(reply: str, words: str) -> str:
    return f"{reply[:-1]}, {words}{reply[-1]}" if reply[-1] in ".!?" else f"{reply}, {words}"


def _short(reply: str, value: str) -> str:
    if not value:
        return reply
    return value[0].upper() + value[1:] + ("" if value[-1] in ".!?" else ".")


def _addressed(words: Words) -> Manner:
    name = words.pick(_ADDRESSES) if words.chance(0.4) else words.name()
    told = words.pick(
        (
            f"Call me {name}.",
            f"Please call me {name}.",
            f"Address me as {name}.",
            f"From now on, call me {name}.",
            f"I'd like you to call me {name}.",
            f"Always call me {name}.",
        )
    )
    called = f"The user wants to be called {name}."
    note = words.pick(
        (
            called,
            called,
            f"Call the user {name}.",
            f"The user wants to be addressed as {name}.",
            f"The user prefers to be called {name}.",
            f"The user asks to be called {name}.",
            f"Address the user as {name}.",
        )
    )
    asks = (
        "What should you call me?",
        "How should you address me?",
        "What do I want to be called?",
        "How do I want to be called?",
    )
    return Manner(
        "instruction",
        note,
        told,
        called,
        lambda reply, value: _before_end(reply, name),
        "",
        asks,
        f"You want to be called {name}.",
    )


def _phrase(words: Words, usual: tuple[str, ...]) -> str:
    kind = words.random.random()
    if kind < 0.4:
        return words.pick(usual)
    drawn = (
        words.made_up()
        if kind < 0.65
        else words.fill("{liked} / {made_up} {FOODS} / {a COLOURS} {THINGS} / {FOODS}, {FOODS} / {title}")
    )
    return drawn[0].upper() + drawn[1:] + words.random.choice(("!", "!", "."))


def _closing(words: Words) -> Manner:
    phrase = _phrase(words, _CLOSINGS)
    how = words.pick(
        (
            "end every reply",
            "end each answer",
            "end your answers",
            "close every answer",
            "finish every reply",
            "end every answer",
            "close each reply",
            "end your replies",
        )
    )
    told = words.pick(
        (
            f'{how.capitalize()} with "{phrase}"',
            f'Please {how} with "{phrase}"',
            f'Always {how} with "{phrase}"',
            f'I want you to {how} with "{phrase}"',
        )
    )
    notes = (
        f'{how.capitalize()} with "{phrase}"',
        f'The user wants every reply to end with "{phrase}"',
        f'Always finish replies to the user with "{phrase}"',
    )
    return _wish(
        words,
        told,
        notes,
        lambda reply, value: f"{reply} {phrase}",
        "",
        (f"How should you {how}?",),
        f'I {how} with "{phrase}"',
    )


def _opening(words: Words) -> Manner:
    phrase = _phrase(words, _OPENINGS)
    how = words.pick(("begin every reply", "start every answer", "begin your answers", "start each reply", "begin each answer"))
    told = words.pick((f'{how.capitalize()} with "{phrase}"', f'Please {how} with "{phrase}"', f'Always {how} with "{phrase}"'))
    notes = (
        f'{how.capitalize()} with "{phrase}"',
        f'The user wants every reply to begin with "{phrase}"',
        f'{how.capitalize()} to the user with "{phrase}"',
    )
    return _wish(
        words,
        told,
        notes,
        lambda reply, value: f"{phrase} {reply}",
        "",
        (f"How should you {how}?",),
        f'I {how} with "{phrase}"',
    )


def _preferred(words: Words, hows: tuple[str, ...], more: tuple[str, ...], change: Change) -> Manner:
    """A wish for a kind of answers: preferred, liked, wanted or asked for."""
    how = words.pick(hows)
    verb = words.pick(("prefer", "like", "want"))
    told = words.pick((f"I {verb} {how}.", f"I {verb} {how}.", f"Please give me {how}.", *more))
    notes = (f"The user prefers {how}.", f"The user {verb}s {how}.", f"Give the user {how}.")
    asks = (f"What kind of answers do I {verb}?", f"Which answers do I {verb}?", "How do I want my answers?")
    answer = f"You {verb} {how}." if told.startswith(f"I {verb} {how}") else f"You prefer {how}."
    return _wish(words, told, notes, change, "", asks if told.startswith("I ") else (), answer)


def _brief(words: Words) -> Manner:
    return _preferred(
        words,
        ("short answers", "brief answers", "short replies", "one-word answers", "very short answers", "brief replies"),
        ("Keep your answers short.", "Answer briefly.", "Answer in short sentences.", "Be brief.", "Keep it short."),
        _short,
    )


def _lengthy(words: Words) -> Manner:
    return _preferred(
        words,
        ("long answers", "detailed answers", "long replies", "answers with detail", "longer answers"),
        ("Answer in detail.", "Give long answers."),
        lambda reply, value: f"{reply} {LONG_TAIL}",
    )


def _bullets(words: Words) -> Manner:
    return _preferred(
        words,
        ("bullet points", "bullet lists", "lists", "answers as a list", "answers in bullet points"),
        ("Use bullet points.", "Answer with bullet points.", "Answer in bullet points."),
        lambda reply, value: f"- {reply}",
    )


def _toned(words: Words) -> Manner:
    tone = words.random.choice(tuple(_TONES))
    if tone == "pirate":
        told = words.pick(("Talk like a pirate.", "Please talk like a pirate.", "Answer like a pirate."))
        return _wish(words, told, ("The user wants you to talk like a pirate.", "Talk like a pirate."), _TONES[tone])
    return _preferred(
        words, (f"a {tone} tone",), (f"Please use a {tone} tone.", f"Be {tone}.", f"Use a {tone} tone."), _TONES[tone]
    )


def _smiling(words: Words) -> Manner:
    told = words.pick(("I like emojis.", "Put a smiley in every reply.", "Please use emojis.", "Use emojis."))
    return _wish(
        words,
        told,
        ("The user likes emojis.", "The user wants a smiley in every reply.", "Use emojis with the user."),
        lambda reply, value: f"{reply} 🙂",
    )


def _greeted(words: Words) -> Manner:
    language = words.random.choice(tuple(GREETINGS))
    told = words.pick((f"Greet me in {language}.", f"Please greet me in {language}.", f"Always greet me in {language}."))
    notes = (
        f"Greet the user in {language}.",
        f"The user wants to be greeted in {language}.",
        f"The user prefers greetings in {language}.",
    )
    return _wish(
        words,
        told,
        notes,
        lambda reply, value: reply,
        GREETINGS[language],
        ("How should you greet me?",),
        f"I greet you in {language}.",
    )


_MAKERS: Sequence[tuple[Callable[[Words], Manner], float]] = (
    (_addressed, 3.0),
    (_closing, 2.0),
    (_opening, 1.0),
    (_brief, 2.0),
    (_lengthy, 1.2),
    (_bullets, 1.0),
    (_toned, 1.2),
    (_smiling, 0.6),
    (_greeted, 1.0),
)


def draw_manner(words: Words) -> Manner:
    makers, weights = zip(*_MAKERS, strict=True)
    return words.random.choices(makers, weights)[0](words)


def draw_units(words: Words) -> tuple[str, str, bool]:
    """A wish for metric or imperial units: note, what the user says, and whether metric."""
    metric = words.chance(0.5)
    name = words.pick(("metric units", "the metric system") if metric else ("imperial units", "the imperial system"))
    short = "kilometres" if metric else "miles"
    note = words.pick(
        (f"The user prefers {name}.", f"The user uses {name}.", f"The user wants {name}.", f"The user prefers {short}.")
    )
    return (
        note,
        note.replace("The user prefers", "I prefer").replace("The user uses", "I use").replace("The user wants", "I want"),
        metric,
    )
