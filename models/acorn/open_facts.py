"""Relations with no list of their own: any attribute, any verb. They teach that the words of a question lead to the note.

"My ringtone is Ode to Joy." and "I repair old clocks." are not worth a hand-made relation each, and there is no end of them.
"""

from __future__ import annotations

from models.acorn import words as w
from models.acorn.relation import Relation
from models.acorn.words import Words

_ATTRIBUTES = w.word_list("""
ringtone, star sign, usual order, dream job, lucky charm, middle name, maiden name, username, screen name, first language, hair
colour, eye colour, jacket size, ring size, glove size, password hint, motto, monthly rent, hourly wage, budget, savings goal,
daily goal, training goal, record, best time, handicap, rank, degree, major, thesis topic, diploma, passport number, tax number,
account name, plan, tariff, meeting point, parking spot, bus stop, tram stop, exit, stop, floor, seat, coat size, costume,
role, part, solo, theme song, wedding song, first car, first pet, first concert, first job, last job, next stop, next book,
next project, side project, weekend plan, holiday plan, usual table, usual pizza, pizza topping, sandwich filling, salad dressing,
ice cream flavour, tea brand, coffee brand, toothpaste, shampoo, perfume, aftershave, soap, wallpaper, curtain colour, door
colour, roof colour, carpet, garden gate, heating system, power supplier, insurer, doctor's office, clinic, ward, therapy, dose,
pulse, resting pulse, blood sugar, eye prescription, diagnosis, religion, party, union, club, regiment, nationality, accent,
dialect, home town, birthplace, constellation, spirit animal, patron saint, hero, idol, role model, enemy, rival, secret, wish,
worst habit, weakness, strength, talent, superpower, guilty pleasure, comfort food, signature dish, secret ingredient, brand,
browser, text editor, operating system, search engine, programming language, keyboard layout, time zone, currency, area code
""")
_VERBS = w.word_list("""
wear, carry, use, need, own, grow, brew, repair, teach, write, watch, miss, sell, build, restore, breed, rent, avoid, admire,
support, follow, read, cook, bake, paint, draw, study, practise, prefer, recommend, visit, drink, eat, order, buy, knit, sew,
keep, train, feed, ride, drive, sail, fly, lead, run, manage, design, make, produce, import, hunt, catch, photograph, film,
record, mix, edit, translate, review, trade, polish, tune, sculpt, sponsor, miss, fear, respect, dislike, enjoy, remember
""")
_OBJECTS = (*w.COLLECTIONS, *w.FOODS, *w.DISHES, *w.DRINKS, *w.HOBBIES[:20], *w.LIKED)
_PLACED = w.word_list("""
cabin, allotment, holiday home, storage unit, garage, studio, workshop, office, boat, cottage, flat, shop, old school, house,
parents' house, gym, beehives, horse, market stall, dance school, village, mountain hut, houseboat, classroom, restaurant, farm
""")


def _anything(words: Words) -> str:
    return words.one_of(
        words.made_up, words.made_up, words.title, words.number, words.place, lambda: words.pick(w.COLOURS), words.name,
        lambda: words.pick(_OBJECTS), lambda: words.pick(w.ANIMALS), words.code,
    )


def _object(words: Words) -> str:
    if words.chance(0.5):
        return words.pick(_OBJECTS)
    thing = words.pick(w.THINGS)
    return words.one_of(
        words.title, lambda: f"a {words.pick(w.COLOURS)} {thing}", lambda: f"{words.made_up()} {thing}s", words.made_up,
        lambda: f"{thing}s", lambda: f"{words.pick(w.MATERIALS)} {thing}s",
    )


def _attribute(words: Words) -> str:
    kind = words.random.random()
    if kind < 0.55:
        return words.pick(_ATTRIBUTES)
    if kind < 0.9:
        owner = words.pick(w.KIN) if words.chance(0.6) else words.pick(w.PEOPLE) if words.chance(0.5) else words.pick(w.PETS)
        return f"{owner}'s {words.pick(_ATTRIBUTES)}"
    return f"{words.pick(w.THINGS)}'s {words.pick(_ATTRIBUTES)}"


def _thirds(verb: str) -> str:
    if verb.endswith(("s", "sh", "ch", "x")):
        return f"{verb}es"
    return f"{verb[:-1]}ies" if verb.endswith("y") and verb[-2] not in "aeiou" else f"{verb}s"


def open_relations() -> list[Relation]:
    relations = [
        Relation("attribute", _anything, ("{My} {x} is {y}.", "{My} {x} is called {y}."),
                 ("What is my {x}?", "What's my {x}?", "Which is my {x}?"), ("what my {x} is",), ("my {x}",), _attribute, weight=3),
        Relation("placed", Words.place, ("{My} {x} is in {y}.", "{I} <have|has> {my} {x} in {y}."),
                 ("Where is my {x}?", "In which place is my {x}?", "Where do I have my {x}?"), ("where my {x} is",), (), _PLACED,
                 weight=0.8),
    ]
    for verb in dict.fromkeys(_VERBS):
        does = f"<{verb}|{_thirds(verb)}>"
        relations.append(
            Relation(f"verb {verb}", _object, (f"{{I}} {does} {{y}}.", f"{{I}} often {does} {{y}}."),
                     (f"What do I {verb}?", f"What do I often {verb}?"), (f"what I {verb}",), weight=0.05)
        )
        relations.append(
            Relation(f"x verb {verb}", _object, (f"{{My}} {{x}} {_thirds(verb)} {{y}}.",),
                     (f"What does my {{x}} {verb}?",), (f"what my {{x}} {_thirds(verb)}",), (),
                     lambda words: words.pick(w.KIN) if words.chance(0.6) else words.pick(w.PEOPLE), weight=0.04)
        )
    return relations
