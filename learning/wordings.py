"""The same question in words of its own: for names, homes, jobs, birthdays and whatever else people tell most."""

from __future__ import annotations

import re
from dataclasses import replace

from learning.asked import Asked, noun_of, worded
from learning.language import nouns
from learning.types import Memory


def rephrased(asked: Asked, memory: Memory) -> list[str]:
    """Wordings of their own for the relations that people tell most."""
    subject, wh, rest = asked.subject, asked.wh, asked.rest
    whose = _whose(subject)
    be = asked.aux if asked.aux in {"is", "are", "was", "were"} else "is"
    made: list[str] = []
    if wh == "what" and rest == "called":
        made += _names(subject, whose, be)
    owner = re.match(r"^(?P<who>(?:my|our|the) .+?)'s? name$", subject) or re.match(r"^the name of (?P<who>.+)$", subject)
    if wh == "what" and not rest and owner is not None:
        made += [f"What is {owner['who']} called?", *_names(owner["who"], f"{owner['who']}'s", be)]
    if wh == "who" and not rest and subject.lower().startswith(("my ", "our ")):
        made += [
            f"What is {whose} name?",
            f"What is {subject} called?",
            f"Whom do I have as {subject}?" if be == "is" else "",
            f"Who was {subject} again?",
        ]
    made += _of_oneself(asked, memory)
    if wh == "what" and not rest:
        made += _what_is(subject, be)
    if wh == "where" and asked.aux in {"is", "are"} and not rest:
        made += [
            f"Where can I find {subject}?",
            f"Where did I say {subject} {be}?",
            f"Where should I look for {subject}?",
            f"In what place {be} {subject}?",
        ]
    if wh == "when" and asked.aux in {"is", "are"} and not rest:
        made += [
            f"What day {be} {subject}?",
            f"On which date {be} {subject}?",
            f"What is the date of {subject}?",
            f"When do I have {subject}?",
        ]
    if wh == "how old" and not rest:
        made += [
            f"What is {whose} age?",
            f"What age {be if subject not in {'I', 'we'} else asked.aux} {subject}?",
            f"How many years old {asked.aux} {subject}?",
        ]
    if wh == "what colour" and not rest:
        made += [f"Which colour {be} {subject}?", f"What is the colour of {subject}?", f"What color {be} {subject}?"]
    if wh in {"what", "where", "when", "who", "how"} and asked.aux in {"do", "does", "did"}:
        made.append(f"{wh.capitalize()} did I say {asked.indirect.removeprefix(wh + ' ')}?")
        made += [worded(wh, asked.aux, subject, rest, "again")]
        if asked.aux == "do":
            made += _habits(asked)
    return [question for question in made if question]


def _names(subject: str, whose: str, be: str) -> list[str]:
    if be == "are":
        return [
            f"What are {whose} names?",
            f"What are the names of {subject}?",
            f"Which names do {subject} have?",
            f"What do I call {subject}?",
        ]
    made = [f"What is {whose} name?", f"What's {whose} name?", f"What is the name of {subject}?", f"What's the name of {subject}?", f"Which name does {subject} have?",
            f"What name does {subject} have?", f"What's {subject} called?", f"How is {subject} called?", f"What name does {subject} go by?"]  # fmt: skip
    if nouns.is_person(noun_of(subject)):
        return [*made, f"Who is {subject}?", f"Who's {subject}?"]
    return [*made, f"What do I call {subject}?", f"What did I name {subject}?", f"What name did I give {subject}?"]


def _what_is(subject: str, be: str) -> list[str]:
    favourite = re.match(r"^(?:my|our) favou?rite (?P<what>.+)$", subject)
    if favourite is not None:
        what = favourite["what"]
        return [
            f"Which {what} do I like best?",
            f"What {what} do I like most?",
            f"Which {what} is my favourite?",
            f"What {what} do I prefer to all others?",
            f"Which {what} do I love most?",
        ]
    if subject.lower().startswith(("my ", "our ")):
        noun = subject.split(" ", 1)[1]
        return [f"Which {noun} do I have?", f"What did I say {subject} {be}?", f"What was {subject} again?"]
    return [f"What did I say {subject} {be}?", f"What was {subject} again?"]


def _of_oneself(asked: Asked, memory: Memory) -> list[str]:
    """Home, work, birth, allergies: facts that everyone asks for in the same few ways."""
    subject, whose = asked.subject, "my" if asked.subject in {"I", "we"} else f"{asked.subject}'s"
    i = subject in {"I", "we"}
    am = {"I": "am", "we": "are"}.get(subject, "is")
    do = "do" if i or asked.aux == "do" else "does"
    key = (asked.wh, asked.rest)
    if key == ("where", "live"):
        return [f"In which town {do} {subject} live?", f"Which city {do} {subject} live in?", f"Where is {whose} home?", f"What place {do} {subject} live in?", f"Where {am} {subject} living?",
                f"Which town {do} {subject} live in?", f"What city {do} {subject} live in?", f"Where is the place {subject} {'live' if i else 'lives'}?"]  # fmt: skip
    if key == ("what", "work as"):
        return _trade(do, subject, whose, f"What is {whose} job?")
    if asked.wh == "what" and not asked.rest and subject.lower().endswith(" job"):
        who = subject[: -len(" job")]
        do, name = ("do", "I") if who.lower() in {"my", "our"} else ("does", re.sub(r"'s?$", "", who))
        return _trade(do, name, who, f"What {do} {name} work as?")
    if key == ("where", "work"):
        return [
            f"At which place {do} {subject} work?",
            f"Who {do} {subject} work for?",
            f"What is {whose} workplace?",
            f"Which company {do} {subject} work at?",
            f"Who is {whose} employer?",
        ]
    if key == ("when", "born"):
        return [
            f"What is {whose} date of birth?",
            f"On which day was {subject} born?",
            f"When is {whose} birthday?",
            f"What date was {subject} born on?",
            f"On what date was {subject} born?",
        ]
    if key == ("where", "born"):
        return [
            f"What is {whose} birthplace?",
            f"In which town was {subject} born?",
            f"Which city was {subject} born in?",
            f"In what place was {subject} born?",
        ]
    if asked.wh == "when" and not asked.rest and subject.endswith("birthday"):
        person = re.sub(r"(?:'s?)? birthday$", "", subject)
        return [
            f"On what day is {subject}?",
            f"What date is {subject}?",
            f"When was {'I' if person == 'my' else person} born?",
            f"On which day do {'I' if person == 'my' else 'we'} celebrate {subject}?",
        ]
    if key == ("what", "allergic to"):
        return [f"Which allergy {do if i else 'does'} {subject} have?", f"What is {whose} allergy?", f"What {do if i else 'does'} {subject} have an allergy to?", f"Which food or thing {am} {subject} allergic to?",
                f"What can {subject} not have because of {whose} allergy?"]  # fmt: skip
    if key == ("what", "drive"):
        return [
            f"Which car {do} {subject} drive?",
            f"What car {do} {subject} drive?",
            f"What is {whose} car?",
            f"What kind of car {do} {subject} have?",
            f"Which vehicle {do} {subject} drive?",
        ]
    if asked.wh == "what" and not asked.rest and subject.lower() == "my name":
        return [
            "Who am I?",
            "What am I called?",
            "Do you know my name?",
            "What's my name?",
            "How am I called?",
            "Which name do I have?",
        ]
    if asked.wh == "what" and asked.rest == "call me":
        return [
            "How should you address me?",
            "What do I want to be called?",
            "By what name should you call me?",
            "How do I want to be addressed?",
            "Which name do I want you to use for me?",
        ]
    if asked.wh == "which instrument" and asked.rest == "play":
        return [
            f"What {do} {subject} play?",
            f"What instrument {do} {subject} play?",
            f"What music instrument {do} {subject} play?",
        ]
    if asked.wh.startswith("which language"):
        return [f"What languages {do} {subject} speak?", f"What language {do} {subject} speak?", f"What can {subject} speak?"]
    return []


def _trade(do: str, name: str, whose: str, otherwise: str) -> list[str]:
    return [f"What {do} {name} do for a living?", otherwise, f"What is {whose} profession?", f"What is {whose} occupation?", f"Which job {do} {name} have?",
            f"What {do} {name} do for work?", f"What kind of work {do} {name} do?"]  # fmt: skip


def _whose(subject: str) -> str:
    """ "my sister's" of "my sister", "my" of "I"."""
    if subject in {"I", "we"}:
        return "my" if subject == "I" else "our"
    return f"{subject}'" if subject.endswith("s") else f"{subject}'s"


def _habits(asked: Asked) -> list[str]:
    """ "What do I collect?" as "What is it that I collect?" and "Which thing do I collect?"."""
    if asked.wh == "what":
        return [f"What is it that {asked.subject} {asked.rest}?", f"What did I tell you {asked.subject} {asked.rest}?"]
    if asked.wh == "where":
        return [
            f"In which place {asked.aux} {asked.subject} {asked.rest}?",
            f"At what place {asked.aux} {asked.subject} {asked.rest}?",
        ]
    if asked.wh == "when":
        return [
            f"At what time or on which day {asked.aux} {asked.subject} {asked.rest}?",
            f"What time {asked.aux} {asked.subject} {asked.rest}?",
        ]
    return []


def as_nouns(asked: Asked) -> list[str]:
    """The thing asked for as a noun, where there is one: "my kettle's name", "my birthday"."""
    subject = asked.subject
    if asked.wh == "what" and asked.rest == "called":
        return [f"the name of {subject}", f"{subject}'s name" if not subject.endswith("s") else f"{subject}' names"]
    if asked.wh in {"what", "when"} and not asked.rest and subject.lower().startswith(("my ", "our ", "the ")):
        return [subject]
    if asked.wh == "how old" and not asked.rest and subject not in {"I", "we"}:
        return [f"{subject}'s age"]
    if asked.wh == "what colour" and not asked.rest:
        return [f"the colour of {subject}"]
    if asked.wh == "where" and asked.rest == "live":
        return [f"{_whose(subject)} home town"]
    if asked.wh == "what" and asked.rest == "work as":
        return [f"{_whose(subject)} job"]
    return []


def alternatives(asked: Asked) -> list[Asked]:
    """The question with its subject named otherwise: "our cat Miso" is also "my cat Miso" and "Miso", "we" is also "I"."""
    if asked.subject == "we":
        return [replace(asked, subject="I", aux={"are": "am", "were": "was"}.get(asked.aux, asked.aux))]
    named = re.fullmatch(r"(?:my|our) [a-z][\w -]*? (?P<name>[A-Z]\w+)", asked.subject)
    other = [replace(asked, subject="my" + asked.subject[3:])] if asked.subject.startswith("our ") else []
    return [*other, replace(asked, subject=named["name"])] if named is not None else other
