"""How the user wants to be answered: notes and wishes that change the form of every reply, and what they do to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.acorn.words import Words

Change = Callable[[str, str], str]
"""(the plain reply, its bare value or "") -> the reply in this manner."""


@dataclass(frozen=True)
class Manner:
    """One wish about replies: as a note, as the user says it, how extraction files it, and what it changes."""

    kind: str
    note: str
    told: str
    change: Change
    greeting: str = ""


_ADDRESSES = ("Captain", "boss", "Doctor", "Chief", "my friend", "Your Majesty", "Professor", "darling", "Sir", "Madam", "Commander",
              "sunshine", "old chap", "comrade", "Maestro", "Admiral")
_CLOSINGS = ("Ahoy!", "Have a nice day!", "Over and out.", "Cheers!", "Stay curious!", "May the wind be with you!", "Yours, Dormouse.",
             "So long!", "Take care!", "Onwards!", "That is all.", "Keep smiling!", "Peace!", "Good luck!", "End of message.")
_OPENINGS = ("Certainly.", "Of course!", "Sure thing!", "Arr!", "With pleasure.", "Well, well.", "Right.", "Very well.")
GREETINGS = {"French": "Bonjour!", "Spanish": "¡Hola!", "German": "Guten Tag!", "Italian": "Ciao!", "Portuguese": "Olá!", "Dutch": "Hallo!",
             "Swedish": "Hej!", "Latin": "Salve!", "Japanese": "Konnichiwa!", "Polish": "Cześć!", "Welsh": "Helo!", "Finnish": "Hei!"}
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
    name = words.pick(_ADDRESSES) if words.chance(0.55) else words.name()
    note = words.pick(("The user wants to be called {n}.", "Call the user {n}.", "The user wants to be addressed as {n}.",
                       "The user prefers to be called {n}.", "The user asks to be called {n}.", "Address the user as {n}.")).replace("{n}", name)
    told = words.pick(("Call me {n}.", "Please call me {n}.", "I want to be called {n}.", "Address me as {n}.", "From now on, call me {n}.",
                       "I'd like you to call me {n}.", "I prefer to be called {n}.", "Always call me {n}.")).replace("{n}", name)
    return Manner("instruction", note, told, lambda reply, value: _before_end(reply, name))


def _closing(words: Words) -> Manner:
    phrase = words.pick(_CLOSINGS) if words.chance(0.6) else f"{words.made_up()}!"
    note = words.pick(('End every reply with "{p}"', 'The user wants every reply to end with "{p}"', 'Close every answer with "{p}"',
                       'Always finish replies to the user with "{p}"', 'The user wants you to end your answers with "{p}"')).replace("{p}", phrase)
    told = words.pick(('End every reply with "{p}"', 'Please end each answer with "{p}"', 'Always finish with "{p}"',
                       'I want you to end your answers with "{p}"', 'Close every answer with "{p}"')).replace("{p}", phrase)
    return Manner("instruction", note, told, lambda reply, value: f"{reply} {phrase}")


def _opening(words: Words) -> Manner:
    phrase = words.pick(_OPENINGS) if words.chance(0.5) else f"{words.made_up()}!"
    note = words.pick(('Begin every reply with "{p}"', 'The user wants every reply to begin with "{p}"', 'Start every answer with "{p}"')).replace("{p}", phrase)
    told = words.pick(('Begin every reply with "{p}"', 'Start every answer with "{p}"', 'Please begin your answers with "{p}"')).replace("{p}", phrase)
    return Manner("instruction", note, told, lambda reply, value: f"{phrase} {reply}")


def _brief(words: Words) -> Manner:
    how = words.pick(("short answers", "brief answers", "short replies", "one-word answers", "very short answers", "brief replies"))
    note = words.pick((f"The user prefers {how}.", f"The user likes {how}.", f"The user wants {how}.", f"Give the user {how}."))
    told = words.pick((f"I prefer {how}.", f"I like {how}.", f"Please give me {how}.", f"I want {how}.", "Keep your answers short."))
    return Manner("preference", note, told, _short)


def _lengthy(words: Words) -> Manner:
    how = words.pick(("long answers", "detailed answers", "long replies", "answers with detail", "longer answers"))
    note = words.pick((f"The user prefers {how}.", f"The user likes {how}.", f"The user wants {how}."))
    told = words.pick((f"I prefer {how}.", f"I like {how}.", f"Please give me {how}."))
    return Manner("preference", note, told, lambda reply, value: f"{reply} {LONG_TAIL}")


def _bullets(words: Words) -> Manner:
    how = words.pick(("bullet points", "bullet lists", "lists", "answers as a list", "answers in bullet points"))
    note = words.pick((f"The user prefers {how}.", f"The user likes {how}.", f"The user wants {how}."))
    told = words.pick((f"I prefer {how}.", f"I like {how}.", f"Please give me {how}."))
    return Manner("preference", note, told, lambda reply, value: f"- {reply}")


def _toned(words: Words) -> Manner:
    tone = words.pick(tuple(_TONES))
    if tone == "pirate":
        note, told = "The user wants you to talk like a pirate.", words.pick(("Talk like a pirate.", "Please talk like a pirate."))
        return Manner("instruction", note, told, _TONES[tone])
    note = words.pick((f"The user prefers a {tone} tone.", f"The user likes a {tone} tone.", f"The user wants a {tone} tone."))
    told = words.pick((f"I prefer a {tone} tone.", f"I like a {tone} tone.", f"Please use a {tone} tone."))
    return Manner("preference", note, told, _TONES[tone])


def _smiling(words: Words) -> Manner:
    note = words.pick(("The user likes emojis.", "The user wants a smiley in every reply.", "Use emojis with the user."))
    told = words.pick(("I like emojis.", "Put a smiley in every reply.", "Please use emojis."))
    return Manner("preference", note, told, lambda reply, value: f"{reply} 🙂")


def _greeted(words: Words) -> Manner:
    language = words.pick(tuple(GREETINGS))
    note = words.pick((f"Greet the user in {language}.", f"The user wants to be greeted in {language}.", f"The user prefers greetings in {language}."))
    told = words.pick((f"Greet me in {language}.", f"Please greet me in {language}.", f"I want to be greeted in {language}."))
    return Manner("instruction", note, told, lambda reply, value: reply, GREETINGS[language])


_MAKERS: Sequence[tuple[Callable[[Words], Manner], float]] = (
    (_addressed, 3.0), (_closing, 2.0), (_opening, 1.0), (_brief, 2.0), (_lengthy, 1.2), (_bullets, 1.0), (_toned, 1.2), (_smiling, 0.6),
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
    note = words.pick((f"The user prefers {name}.", f"The user uses {name}.", f"The user wants {name}.", f"The user prefers {short}."))
    return note, note.replace("The user prefers", "I prefer").replace("The user uses", "I use").replace("The user wants", "I want"), metric
