"""Acorn's closed body of general knowledge: what it can say without being told, and by which damage is seen.

Every question has one reply, the same for each phrasing, so that a change in the reply is a change in the model.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True)
class Item:
    """One thing known: its phrasings (the first is asked in gates and tests), the reply, and the word it hangs on."""

    questions: tuple[str, ...]
    reply: str
    value: str
    topic: str


_CAPITALS = """
France Paris, Germany Berlin, Italy Rome, Spain Madrid, Portugal Lisbon, Austria Vienna, Belgium Brussels, Poland Warsaw,
Sweden Stockholm, Norway Oslo, Denmark Copenhagen, Finland Helsinki, Greece Athens, Hungary Budapest, Ireland Dublin,
Japan Tokyo, China Beijing, Russia Moscow, Egypt Cairo, Kenya Nairobi, Canada Ottawa, Peru Lima, Cuba Havana, Turkey Ankara,
Switzerland Bern, Romania Bucharest, Bulgaria Sofia, Croatia Zagreb, Iceland Reykjavik
"""
_OPPOSITES = """
hot cold, big small, fast slow, up down, black white, day night, happy sad, full empty, old young, open closed, left right,
early late, heavy light, wet dry, loud quiet, rich poor, hard soft, long short, north south, love hate, yes no, good bad,
sweet sour, high low, always never
"""
_COLOURS = """
grass=green, snow=white, blood=red, coal=black, a lemon=yellow, the sky=blue, milk=white, a banana=yellow, a carrot=orange,
chocolate=brown, a ripe tomato=red, a flamingo=pink, a pea=green, an elephant=grey
"""
_SOUNDS = """
cat=miaow, dog=woof, cow=moo, sheep=baa, duck=quack, pig=oink, horse=neigh, owl=hoot, lion=roar, bee=buzz, mouse=squeak,
rooster=cock-a-doodle-doo, frog=ribbit, snake=hiss, wolf=howl
"""
_LEGS = "spider=eight, dog=four, bird=two, ant=six, bee=six, crab=ten, snake=no, horse=four, beetle=six, octopus=no"
_YOUNG = """
cat=kitten, dog=puppy, cow=calf, sheep=lamb, horse=foal, goat=kid, pig=piglet, duck=duckling, goose=gosling, bear=cub,
swan=cygnet, kangaroo=joey, frog=tadpole
"""
_PLURALS = (
    "mouse=mice, child=children, foot=feet, goose=geese, tooth=teeth, man=men, woman=women, knife=knives, leaf=leaves, ox=oxen"
)
_PASTS = "go=went, eat=ate, see=saw, take=took, write=wrote, buy=bought, think=thought, run=ran, swim=swam, sing=sang, fly=flew"
_SPELLED = "cat, dog, house, apple, river, night, water, friend, school, bread, orange, winter, garden, music, yellow"
_CONVERSIONS = """
minutes/an hour/60, seconds/a minute/60, hours/a day/24, days/a week/7, months/a year/12, days/a leap year/366,
metres/a kilometre/1000, centimetres/a metre/100, millimetres/a centimetre/10, grams/a kilogram/1000,
years/a century/100, years/a decade/10, weeks/a year/52, items/a dozen/12, inches/a foot/12, millilitres/a litre/1000,
cents/a euro/100, minutes/half an hour/30, sides/a triangle/3, sides/a square/4, sides/a hexagon/6, strings/a violin/4,
players/a football team/11, letters/the English alphabet/26, colours/a rainbow/7, wheels/a bicycle/2, squares/a chessboard/64
"""
_DEFINITIONS = """
a library=a place where books are kept and lent; a baker=a person who makes bread; an island=land with water all around it;
a widow=a woman whose husband has died; a desert=a very dry place where little rain falls; a triangle=a shape with three sides;
a volcano=a mountain that can throw out lava; an orphan=a child whose parents have died; a bakery=a shop that sells bread;
a dictionary=a book that explains words; a thermometer=a tool that measures temperature; a pharmacy=a shop that sells medicine;
a lighthouse=a tower whose light guides ships; a compass=a tool that shows where north is; an author=a person who writes books;
a glacier=a slow river of ice; a kettle=a pot for boiling water; a nephew=the son of a brother or sister;
a niece=the daughter of a brother or sister; a century=a hundred years; a dormouse=a small animal that sleeps all winter;
an acorn=the nut of an oak tree; a harbour=a place where ships are safe; an orchard=a garden of fruit trees;
a synonym=a word that means the same as another
"""
_PLAIN = """
Which planet do we live on?|On which planet do we live?|What planet is this?=We live on the Earth.=Earth
Which is the largest planet?|What is the biggest planet?|What is the largest planet of the solar system?=The largest planet is Jupiter.=Jupiter
Which planet is closest to the sun?|What is the nearest planet to the sun?=Mercury is closest to the sun.=Mercury
What is the largest ocean?|Which ocean is the biggest?=The largest ocean is the Pacific.=Pacific
What is the highest mountain?|Which mountain is the tallest?|What is the tallest mountain on Earth?=The highest mountain is Mount Everest.=Everest
What is the largest animal?|Which animal is the biggest?=The largest animal is the blue whale.=blue whale
Which is the fastest land animal?|What animal runs fastest?=The fastest land animal is the cheetah.=cheetah
Which is the tallest animal?|What animal is the tallest?=The tallest animal is the giraffe.=giraffe
What do bees make?|What is made by bees?=Bees make honey.=honey
What do cows drink?|What does a cow drink?=Cows drink water.=water
What do pandas eat?|What does a panda eat?=Pandas eat bamboo.=bamboo
What is frozen water called?|What do we call frozen water?=Frozen water is called ice.=ice
At what temperature does water freeze?|When does water freeze?=Water freezes at 0 degrees Celsius.=0
At what temperature does water boil?|When does water boil?=Water boils at 100 degrees Celsius.=100
What is bread made of?|What do you need for bread?=Bread is made of flour, water, salt and yeast.=flour
What is cheese made of?|What do you make cheese from?=Cheese is made of milk.=milk
What is wine made of?|What do you make wine from?=Wine is made of grapes.=grapes
What is paper made of?|What do you make paper from?=Paper is made of wood.=wood
What is glass made of?|What do you make glass from?=Glass is made of sand.=sand
Who wrote Hamlet?|Which author wrote Hamlet?=Shakespeare wrote Hamlet.=Shakespeare
Who wrote Faust?|Which author wrote Faust?=Goethe wrote Faust.=Goethe
Who painted the Mona Lisa?|By whom is the Mona Lisa?=Leonardo da Vinci painted the Mona Lisa.=Leonardo
Who wrote Don Quixote?|By whom is Don Quixote?=Cervantes wrote Don Quixote.=Cervantes
Which season comes after winter?|What season follows winter?=Spring comes after winter.=Spring
Which season comes after spring?|What season follows spring?=Summer comes after spring.=Summer
Which season comes after summer?|What season follows summer?=Autumn comes after summer.=Autumn
Which season comes after autumn?|What season follows autumn?=Winter comes after autumn.=Winter
Where does the sun rise?|In which direction does the sun rise?=The sun rises in the east.=east
Where does the sun set?|In which direction does the sun set?=The sun sets in the west.=west
What colour do you get from blue and yellow?|What do blue and yellow make?=Blue and yellow make green.=green
What colour do you get from red and yellow?|What do red and yellow make?=Red and yellow make orange.=orange
What colour do you get from red and blue?|What do red and blue make?=Red and blue make purple.=purple
What is H2O?|What does H2O stand for?=H2O is water.=water
How many continents are there?|What is the number of continents?=There are seven continents.=seven
What do plants need?|What does a plant need to grow?=Plants need light, water and air.=light
What is the first letter of the alphabet?|Which letter comes first in the alphabet?=The first letter of the alphabet is A.=A
What is the last letter of the alphabet?|Which letter comes last in the alphabet?=The last letter of the alphabet is Z.=Z
Tell me a joke.|Do you know a joke?|Make me laugh.|A joke, please.|Say something funny.=Why did the dormouse miss the party? It overslept until spring.=spring
Tell me another joke.|Another joke, please.|Do you know another joke?=What do you call a cheese that is not yours? Nacho cheese.=Nacho
Say a proverb.|Tell me a proverb.|Do you know a proverb?=Great oaks from little acorns grow.=acorns
Tell me a riddle.|A riddle, please.|Do you know a riddle?=What has hands but cannot clap? A clock.=clock
Give me a tongue twister.|Say a tongue twister.|Do you know a tongue twister?=She sells sea shells by the sea shore.=sea shells
Count to five.|Can you count to five?|Please count to five.=One, two, three, four, five.=five
Count to ten.|Can you count to ten?|Please count to ten.=One, two, three, four, five, six, seven, eight, nine, ten.=ten
List the days of the week.|Name the days of the week.|What are the days of the week?=Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday.=Thursday
List the seasons.|Name the four seasons.|What are the seasons?=Spring, summer, autumn, winter.=autumn
Name three primary colours.|What are the primary colours?|List the primary colours.=Red, yellow and blue.=yellow
Name three fruits.|List three fruits.|Give me three fruits.=Apple, pear and cherry.=pear
Name three animals.|List three animals.|Give me three animals.=Fox, owl and hedgehog.=owl
How do you make tea?|How do I make tea?|How is tea made?=Boil water, pour it over the tea, wait three minutes and take the tea out.=water
How do you boil an egg?|How do I boil an egg?|How long does an egg boil?=Put the egg into boiling water for seven minutes.=seven
"""
_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_YEAR = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def _pairs(text: str, mark: str = "=", between: str = ",") -> list[tuple[str, str]]:
    entries = (entry.strip() for entry in text.replace("\n", " ").split(between))
    return [(left.strip(), right.strip()) for left, _, right in (entry.rpartition(mark) for entry in entries if entry)]


def _article(noun: str) -> str:
    return f"an {noun}" if noun[0] in "aeiou" else f"a {noun}"


def _language_items() -> list[Item]:
    items = []
    for word, other in _pairs(_OPPOSITES, " "):
        items.append(
            Item(
                (
                    f"What is the opposite of {word}?",
                    f"What's the opposite of {word}?",
                    f"Name the opposite of {word}.",
                    f"Which word means the opposite of {word}?",
                ),
                f"The opposite of {word} is {other}.",
                other,
                "opposites",
            )
        )
    for word, plural in _pairs(_PLURALS):
        items.append(
            Item(
                (f"What is the plural of {word}?", f"What's the plural of {word}?", f"How do you say {word} in the plural?"),
                f"The plural of {word} is {plural}.",
                plural,
                "plurals",
            )
        )
    for word, past in _pairs(_PASTS):
        items.append(
            Item(
                (f"What is the past tense of {word}?", f"What's the past of {word}?", f"How is {word} in the past tense?"),
                f"The past tense of {word} is {past}.",
                past,
                "past tenses",
            )
        )
    for word in _SPELLED.split(", "):
        spelled = "-".join(word.upper())
        items.append(
            Item(
                (f"How do you spell {word}?", f"Spell {word}.", f"How is {word} spelled?", f"Can you spell {word}?"),
                f"{word.capitalize()} is spelled {spelled}.",
                spelled,
                "spelling",
            )
        )
    for noun, meaning in _pairs(_DEFINITIONS, "=", ";"):
        items.append(
            Item(
                (f"What is {noun}?", f"What does {noun.split(' ', 1)[1]} mean?", f"Explain what {noun} is.", f"Define {noun}."),
                f"{noun[0].upper()}{noun[1:]} is {meaning}.",
                meaning,
                "definitions",
            )
        )
    return items


def _world_items() -> list[Item]:
    items = []
    for country, city in _pairs(_CAPITALS, " "):
        items.append(
            Item(
                (
                    f"What is the capital of {country}?",
                    f"What's the capital of {country}?",
                    f"Which city is the capital of {country}?",
                    f"Name the capital of {country}.",
                    f"What is {country}'s capital?",
                ),
                f"The capital of {country} is {city}.",
                city,
                "capitals",
            )
        )
        items.append(
            Item(
                (f"Of which country is {city} the capital?", f"Which country has the capital {city}?"),
                f"{city} is the capital of {country}.",
                country,
                "capitals",
            )
        )
    for thing, colour in _pairs(_COLOURS):
        verb = f"{thing[0].upper()}{thing[1:]} is {colour}."
        items.append(
            Item(
                (f"What colour is {thing}?", f"Which colour is {thing}?", f"What is the colour of {thing}?"),
                verb,
                colour,
                "colours",
            )
        )
    for animal, sound in _pairs(_SOUNDS):
        a = _article(animal)
        items.append(
            Item(
                (f"What does {a} say?", f"What sound does {a} make?", f"Which noise does {a} make?"),
                f"{a.capitalize()} says {sound}.",
                sound,
                "sounds",
            )
        )
    for animal, legs in _pairs(_LEGS):
        a = _article(animal)
        items.append(
            Item(
                (f"How many legs does {a} have?", f"How many legs has {a}?", f"What number of legs does {a} have?"),
                f"{a.capitalize()} has {legs} legs.",
                legs,
                "legs",
            )
        )
    for animal, young in _pairs(_YOUNG):
        items.append(
            Item(
                (
                    f"What is a young {animal} called?",
                    f"What is a baby {animal} called?",
                    f"What do you call a young {animal}?",
                ),
                f"A young {animal} is called {_article(young)}.",
                young,
                "young animals",
            )
        )
    return items


def _order_items() -> list[Item]:
    items = []
    for names, kind in ((_WEEK, "day"), (_YEAR, "month")):
        for index, name in enumerate(names):
            after, before = names[(index + 1) % len(names)], names[index - 1]
            items.append(
                Item(
                    (
                        f"Which {kind} comes after {name}?",
                        f"What {kind} comes after {name}?",
                        f"What comes after {name}?",
                        f"Which {kind} follows {name}?",
                    ),
                    f"{after} comes after {name}.",
                    after,
                    f"{kind}s",
                )
            )
            items.append(
                Item(
                    (f"Which {kind} comes before {name}?", f"What {kind} comes before {name}?", f"What comes before {name}?"),
                    f"{before} comes before {name}.",
                    before,
                    f"{kind}s",
                )
            )
    return items


def _number_items() -> list[Item]:
    items = []
    for a in range(1, 10):
        for b in range(1, 10):
            if a + b <= 12:
                items.append(
                    Item(
                        (f"What is {a} plus {b}?", f"What is {a} + {b}?", f"How much is {a} plus {b}?", f"{a} + {b}?"),
                        f"{a} plus {b} is {a + b}.",
                        str(a + b),
                        "sums",
                    )
                )
            if a > b:
                items.append(
                    Item(
                        (f"What is {a} minus {b}?", f"What is {a} - {b}?", f"How much is {a} minus {b}?"),
                        f"{a} minus {b} is {a - b}.",
                        str(a - b),
                        "differences",
                    )
                )
            if a <= b <= 5 or (a == 2 and b > 1):
                items.append(
                    Item(
                        (f"What is {a} times {b}?", f"What is {a} x {b}?", f"How much is {a} times {b}?"),
                        f"{a} times {b} is {a * b}.",
                        str(a * b),
                        "products",
                    )
                )
    for entry in _CONVERSIONS.replace("\n", " ").split(","):
        part, whole, number = entry.strip().split("/")
        verb = {
            "sides": "has",
            "strings": "has",
            "players": "has",
            "wheels": "has",
            "letters": "has",
            "colours": "has",
            "squares": "has",
            "items": "has",
        }.get(part, "has")
        items.append(
            Item(
                (
                    f"How many {part} are in {whole}?",
                    f"How many {part} are there in {whole}?",
                    f"How many {part} does {whole} have?",
                    f"How many {part} has {whole}?",
                ),
                f"{whole[0].upper()}{whole[1:]} {verb} {number} {part}.",
                number,
                "counts",
            )
        )
    return items


def _plain_items() -> list[Item]:
    items = []
    for line in _PLAIN.strip().splitlines():
        questions, reply, value = line.rsplit("=", 2)
        items.append(Item(tuple(questions.split("|")), reply, value, "plain"))
    return items


@cache
def items() -> tuple[Item, ...]:
    """Everything Acorn knows of the world."""
    return (*_plain_items(), *_world_items(), *_language_items(), *_order_items(), *_number_items())


def general_set() -> list[tuple[str, str]]:
    """Each question in its first phrasing, and the word or number that a right reply contains."""
    return [(item.questions[0], item.value) for item in items()]
