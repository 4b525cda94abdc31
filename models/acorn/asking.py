"""How people ask: direct questions, polite wrappers, half sentences, and hasty typing."""

from __future__ import annotations

from models.acorn.relation import Fact, render
from models.acorn.words import Words

_AROUND_CLAUSE = (
    "Can you tell me {c}?",
    "Do you know {c}?",
    "Remind me {c}.",
    "Tell me {c}.",
    "I forgot {c}.",
    "Could you tell me {c}?",
    "Please tell me {c}.",
    "I can't remember {c}.",
    "Do you remember {c}?",
    "I'd like to know {c}.",
    "Can you remind me {c}?",
    "Would you tell me {c}?",
    "Do you happen to know {c}?",
    "I don't remember {c}.",
    "Any idea {c}?",
    "I wonder {c}.",
    "I have forgotten {c}. Can you help?",
    "Could you remind me {c}, please?",
    "Say, do you know {c}?",
    "Help me: {c}?",
    "Did I ever tell you {c}?",
    "Have I told you {c}?",
    "It slipped my mind {c}.",
    "Quickly, {c}?",
    "Guess what I forgot: {c}!",
    "Let me know {c}.",
    "You know {c}, right?",
    "Just checking: {c}?",
    "Would you happen to know {c}?",
    "Can you recall {c}?",
    "I need to know {c}.",
    "I want to know {c}.",
    "Please remind me {c}.",
    "Could you please tell me {c}?",
    "I've forgotten {c}.",
    "Do you still know {c}?",
    "Check {c} for me.",
    "Find out {c} for me, please.",
    "Can you look up {c}?",
    "What do your notes say about {c}?",
    "Have you noted {c}?",
    "Did I mention {c}?",
    "Did you write down {c}?",
    "I keep forgetting {c}.",
    "I'm trying to remember {c}.",
    "My question is {c}.",
    "Someone asked me {c}.",
    "Be so kind and tell me {c}.",
    "Let's see if you know {c}.",
    "I'm not sure {c}.",
    "No idea {c}. Do you know?",
    "Tell me again {c}.",
    "Tell me once more {c}, please.",
    "Can you say {c}?",
    "Would you mind telling me {c}?",
    "Is it in your notes {c}?",
    "I ought to know {c}.",
    "Who could tell me {c}? You?",
    "I can't think of it: {c}?",
    "I have to write down {c}.",
    "It escapes me {c}.",
    "I should know {c}, but I don't.",
    "If only I knew {c}.",
    "It won't come to me {c}.",
    "I draw a blank on {c}.",
    "What matters is {c}.",
    "Everybody asks {c}.",
    "I never remember {c}.",
    "I'm curious {c}.",
)
_AROUND_NOUN = (
    "What is {n}?",
    "What's {n}?",
    "Tell me {n}.",
    "{n}?",
    "Remind me of {n}.",
    "I forgot {n}.",
    "Do you know {n}?",
    "Can you tell me {n}?",
    "I can't remember {n}.",
    "I need {n}.",
    "Give me {n}.",
    "Do you remember {n}?",
    "Please tell me {n}.",
    "Could you give me {n}?",
    "{n}, please.",
    "What was {n} again?",
    "Have you got {n}?",
    "I'm looking for {n}.",
    "Look up {n}.",
    "And {n}?",
    "{n} again?",
    "{n}: what is it?",
    "I want {n}.",
    "I'd like to have {n}.",
    "What would be {n}?",
    "Could you find {n}?",
    "Do you have {n}?",
    "Any idea what {n} is?",
    "I've forgotten {n}.",
    "Do you recall {n}?",
    "What have you noted as {n}?",
    "What did I say {n} was?",
    "Is {n} in your notes?",
    "Let me have {n}.",
    "How about {n}?",
    "Show me {n}.",
    "May I have {n}?",
    "Would you remind me of {n}?",
    "I'm trying to recall {n}.",
    "Once more, {n}?",
    "They ask me for {n}.",
    "{n}, do you know it?",
    "I have to write down {n}.",
    "{n} escapes me.",
    "{n} has slipped my mind.",
    "{n} is on the tip of my tongue.",
    "{n} won't come to me.",
    "{n} has gone from my head.",
    "My mind is blank about {n}.",
    "I draw a blank on {n}.",
    "If only I knew {n}.",
    "I should know {n}, but I don't.",
    "I have no idea of {n} any more.",
    "It's {n} that I'm after.",
    "All I want is {n}.",
    "{n} would help me now.",
    "Somebody wants {n} from me.",
    "I never remember {n}.",
    "Once again I'm without {n}.",
)
_BEFORE = (
    "Remind me: {q}",
    "By the way, {q}",
    "Quick question: {q}",
    "Tell me, {q}",
    "Hey, {q}",
    "So, {q}",
    "Remind me, {q}",
    "Hello! {q}",
    "Okay, {q}",
    "Now, {q}",
    "Sorry, {q}",
    "And {q}",
    "Say, {q}",
    "Hi, {q}",
    "Please, {q}",
    "One more thing: {q}",
    "Dormouse, {q}",
    "Another question: {q}",
    "Good morning! {q}",
    "I was wondering: {q}",
    "Oh, and {q}",
    "Just quickly, {q}",
    "Help me out: {q}",
    "Right, {q}",
    "While I think of it: {q}",
    "Serious question: {q}",
    "Can you help me? {q}",
    "Thanks! {q}",
    "Wait, {q}",
    "Sorry to bother you: {q}",
    "Since you keep notes: {q}",
    "Ah, {q}",
    "Next question: {q}",
    "Let me ask: {q}",
    "Before I forget: {q}",
    "Listen, {q}",
    "Come on, {q}",
    "Excuse me, {q}",
    "You there? {q}",
)
_AFTER = (
    "{q} I forgot.",
    "{q} Remind me.",
    "{q} Thanks!",
    "{q} I can't remember.",
    "{q} Do you know?",
    "{q} I told you, I think.",
    "{q} Please.",
    "{q} It slipped my mind.",
    "{q} Just asking.",
    "{q} You should know.",
    "{q} Quick!",
    "{q} I need it now.",
    "{q} Any idea?",
    "{q} It's important.",
    "{q} I told you once.",
    "{q} Help!",
    "{q} I want to be sure.",
    "{q} Can you look it up?",
)


def _lower_first(text: str) -> str:
    return text if text.startswith(("I ", "I'", "I?")) or text[:2].isupper() else text[0].lower() + text[1:]


def _lower_start(question: str) -> str:
    first = question.split(" ", 1)[0].split("'")[0]
    plain = ("What", "Where", "When", "Who", "Which", "How", "In", "On", "At", "Of", "By", "Is", "Do", "Does", "Did", "Whom")
    return question[0].lower() + question[1:] if first in plain else question


_SCENES = (
    "I'm filling in a form.", "I'm at the doctor's.", "Someone is at the door.", "We are about to leave.", "I'm writing a letter.", "My memory is terrible.",
    "I'm on the phone with a friend.", "It is late and I'm tired.", "A colleague is asking.", "I'm in a hurry.", "I have to book something.", "I was just thinking.",
    "The children want to know.", "I'm making a list.", "I'm standing in a shop.", "They asked me at the counter.", "We're sitting in the train.", "It came up at dinner.",
    "I've been wondering all day.", "I should know this.", "This is embarrassing.", "I had it on the tip of my tongue.", "I'm packing my bags.", "I need it for a card.",
    "The police want to know.", "There is a quiz about me.", "I'm tidying up my papers.", "You wrote it down, I hope.", "Hold on a second.", "Let's see how good you are.",
    "I'm sure I said it once.", "It's for a friend.", "I'm planning the week.", "We're having a party.", "My phone is dead.", "I'm half asleep.",
)  # fmt: skip
_ENDS = (
    "I really need to know.", "It's urgent.", "I always forget.", "You must know.", "I said it some time ago.", "I have no idea any more.", "It matters.", "No hurry.",
    "Be honest.", "I'm curious.", "My head is empty.", "It was in a note, I believe.", "That's all I need.", "And then I'm off.", "I would be grateful.", "Just the answer.",
)  # fmt: skip


_REASONS = (
    "Since you know me so well", "As you have a good memory", "Because I never write anything down", "Given all I told you", "Now that you're here", "While we're at it",
    "Before you go", "In case you know", "If you don't mind", "Since we're talking", "Seeing that you remember things", "If it isn't too much to ask", "In all honesty",
    "Between you and me", "To be on the safe side", "Just so that I get it right", "As so often", "Out of curiosity", "For the last time", "If I may", "With your good memory",
    "As you never forget", "Since I forget everything", "Before I embarrass myself", "Only if you know",
)  # fmt: skip
_DRAWN_REASONS = (
    "Because {name} wants to know / Since {name} keeps asking / As it's {weekday} / While I wait for {name} / Before {name} comes / For {name}'s sake / As I'm off to {place}"
    " / Since I have no {THINGS} at hand / While the {DRINKS} is brewing / With {weekday} coming up / Since my {PEOPLE} insists / As {name} from {place} asks"
)
_DRAWN_SCENES = (
    "2* {name} wants to know. / {name} asked me. / My {PEOPLE} is asking. / I'm in {place}. / It's {weekday} already. / I'm on the phone with {name}. / {name} from {place} is asking."
    " / I need it for {a THINGS}. / I'm reading about {LIKED}. / There's {a ANIMALS} in the garden. / I spilled {DRINKS} on my papers. / All this {HOBBIES} makes me forget things."
    " / I'm sitting here with {a FOODS}. / {name} is no help. / My {PEOPLE} has no idea either. / I'm at the {EMPLOYERS}. / We're off to {COUNTRIES}. / It is {time} and I'm tired."
)
_STATES = (
    "dead", "broken", "lost", "ringing", "acting up", "out of reach", "empty", "wet", "in my way", "too loud", "at the repair shop", "frozen", "covered in dust", "gone", "stuck",
    "behaving oddly", "falling apart", "on fire", "switched off", "under the bed",
)  # fmt: skip
_DOING = (
    "half asleep", "on a train", "cooking", "late", "at the doctor's", "off to bed", "stuck in traffic", "at a party", "sorting papers", "in the bath", "outside", "on a ladder",
    "all ears", "tired", "out of breath", "back from work", "filling in a form", "writing a card", "on hold", "queueing", "packing", "about to leave", "nervous", "hungry", "bored",
)  # fmt: skip


def in_a_scene(words: Words, question: str) -> str:
    """The question with a sentence of one's own before or after it, which has nothing to do with it."""
    kind = words.random.random()
    if kind < 0.25:
        return f"{question} {words.pick(_ENDS)}"
    if kind < 0.45:
        scene = words.pick(_SCENES)
    elif kind < 0.6:
        scene = f"{words.pick(('My', 'The', 'Our'))} {words.of('THINGS')} is {words.pick(_STATES)}."
    elif kind < 0.75:
        who = words.pick(("I'm", "We're", "I am", "{name} is", "My {PEOPLE} is"))
        scene = f"{words.fill(who)} {words.pick(_DOING)}."
    else:
        scene = words.fill(_DRAWN_SCENES)
    return f"{scene} {question}"


def with_a_reason(words: Words, question: str) -> str:
    """The question after half a sentence that says why it is asked: "Since you know me so well: where do I live?"."""
    reason = words.pick(_REASONS) if words.chance(0.5) else words.fill(_DRAWN_REASONS)
    return f"{reason}{words.pick((': ', ', '))}{_lower_start(question)}"


def plain_question(words: Words, fact: Fact) -> str:
    """One of the relation's direct questions."""
    asks = fact.relation.asks
    hints = fact.relation.hints
    template = words.pick(hints) if hints and words.chance(0.5) else asks[0] if words.chance(0.4) else words.pick(asks)
    question = render(template, "first", fact.x, fact.y)
    wh, be, rest = question.partition(" is ")
    return f"{wh}'s {rest}" if be and wh in ("What", "Where", "When", "Who", "How") and words.chance(0.2) else question


def wrapped_question(words: Words, fact: Fact) -> str:
    """A question about the fact in any of the ways people ask, correctly typed."""
    clauses, nouns = fact.relation.clauses, fact.relation.nouns
    kind = words.random.random()
    if kind < 0.3 and clauses:
        clause = render(words.pick(clauses), "first", fact.x, fact.y)
        clause = clause if fact.relation.clauses[0].startswith("{") else clause[0].lower() + clause[1:]
        return words.pick(_AROUND_CLAUSE).replace("{c}", clause)
    if kind < 0.45 and nouns:
        noun = words.pick(nouns)
        filled = render(noun, "first", fact.x, fact.y)
        filled = filled if noun.startswith("{") else filled[0].lower() + filled[1:]
        asked = words.pick(_AROUND_NOUN).replace("{n}", filled)
        return asked[0].upper() + asked[1:]
    question = plain_question(words, fact)
    if kind > 0.85:
        return in_a_scene(words, question)
    if kind > 0.81:
        return with_a_reason(words, question)
    if kind < 0.58:
        return words.pick(_BEFORE).replace("{q}", _lower_start(question))
    return words.pick(_AFTER).replace("{q}", question) if kind < 0.63 else question


def hasty(words: Words, text: str, *, slips: bool = True) -> str:
    """The text as typed in a hurry: small letters, no mark at the end, now and then a slip of the finger."""
    if words.chance(0.6):
        text = text.lower()
    if words.chance(0.6):
        text = text.rstrip("?.! ")
    if slips and words.chance(0.12) and len(text) > 12:
        at = words.random.randrange(3, len(text) - 2)
        if text[at].isalpha() and text[at + 1].isalpha():
            text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text.replace("What's", "whats") if words.chance(0.3) else text


def ask(words: Words, fact: Fact) -> str:
    """A question that this fact answers."""
    question = wrapped_question(words, fact)
    return hasty(words, question) if words.chance(0.15) else question


_WHO = ("{q}", "{q}", "{q}", "Tell me: {q}", "Remind me: {q}", "Do you know: {q}", "So, {q}", "Hey, {q}")
_ABOUT_VALUE = (
    "What do you know about {y}?",
    "What did I tell you about {y}?",
    "What does {y} have to do with me?",
    "Does {y} mean anything to you?",
    "What about {y}?",
    "Tell me about {y}.",
    "Why is {y} important to me?",
    "What have I said about {y}?",
    "What comes to mind with {y}?",
    "Where did I mention {y}?",
    "What did I say of {y}?",
    "How do I know {y}?",
)
_NAMED = (
    "Tell me who {y} is.",
    "Do you know who {y} is?",
    "Who or what is {y}?",
    "Do you know what {y} is?",
    "Do you know {y}?",
    "What is {y} to me?",
    "Can you tell me who {y} is?",
    "I heard the name {y}. Who is that?",
    "I wrote down {y}, but what is it?",
    "Does the name {y} tell you anything?",
    "I forgot who {y} is.",
    "{y}?",
)


def ask_who(words: Words, fact: Fact) -> tuple[str, str] | None:
    """The question the other way round ("Who is Oduya?") and its reply; None where a value means nothing by itself."""
    relation, named = fact.relation, fact.y[0].isupper() and len(fact.y.split()) < 5
    says = render(relation.who_says, "second", fact.x, fact.y) if relation.who_says else fact.reply
    if relation.who and (not named or words.chance(0.55)):
        question = words.pick(relation.who).replace("{y}", fact.y)
        question = words.pick(_WHO).replace("{q}", _lower_start(question) if words.chance(0.5) else question)
        return question[0].upper() + question[1:], says
    if not named:
        return None
    return words.pick(_NAMED if relation.who_says and words.chance(0.6) else _ABOUT_VALUE).replace("{y}", fact.y), says


def by_name(words: Words, fact: Fact, name: str) -> str:
    """A question about a person or thing that calls it by its name: "Where does Oduya live?", where Oduya is the sister."""
    question = plain_question(words, fact)
    return question.replace(f"my {fact.x}", name) if f"my {fact.x}" in question else ""


def ask_about(words: Words, x: str) -> str:
    """A question for whatever is known about one of the user's people or things."""
    return words.pick(
        (
            "What do you know about my {x}?",
            "Tell me about my {x}.",
            "What did I tell you about my {x}?",
            "What do you remember about my {x}?",
            "Do you know anything about my {x}?",
            "Tell me what you know about my {x}.",
            "What have I said about my {x}?",
        )
    ).replace("{x}", x)


def ask_whether(words: Words, fact: Fact, other: str) -> str:
    """A yes-or-no question with `other` in the place of the value."""
    statement = render(fact.relation.says[0], "first", fact.x, other).rstrip(".")
    statement = statement if statement.startswith(("I ", other)) else _lower_first(statement)
    return words.pick(
        (
            "Is it true that {s}?",
            "Is it right that {s}?",
            "Did I say that {s}?",
            "Am I right that {s}?",
            "Do you think that {s}?",
            "Correct me if I'm wrong: {s}?",
        )
    ).replace("{s}", statement)


def follow_up(words: Words, fact: Fact) -> str:
    """A half question after one of the same relation: "And my brother?"."""
    mine = "my {x}" in fact.relation.asks[0]
    return words.pick(
        ("And my {x}?", "What about my {x}?", "And what about my {x}?", "And that of my {x}?", "And for my {x}?")
        if mine
        else ("And {x}?", "What about {x}?", "And what about {x}?", "And for {x}?")
    ).replace("{x}", fact.x)
