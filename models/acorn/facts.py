"""What a person can tell about their life: the relations, with the words they are told and asked in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate

from models.acorn import words as w
from models.acorn.open_facts import open_relations
from models.acorn.relation import Fact, Lasts, Relation, article
from models.acorn.words import Words

_NAMED = (
    "{My} {x} is called {y}.",
    "{My} {x}'s name is {y}.",
    "The name of {my} {x} is {y}.",
    "{My} {x} is named {y}.",
    "{I} <have|has> {a_x} called {y}.",
    "{I} <have|has> {a_x} named {y}.",
    "{I} call {my} {x} {y}.",
)
_NAMED = tuple(says.replace("{I} call ", "{I} <call|calls> ") for says in _NAMED)
_NAME_ASKS = (
    "What is my {x} called?",
    "What is my {x}'s name?",
    "What is the name of my {x}?",
    "What's my {x} called?",
    "What's my {x}'s name?",
    "How is my {x} called?",
    "What's the name of my {x}?",
    "Which name does my {x} have?",
    "What name did I give you for my {x}?",
    "What do I call my {x}?",
    "By what name do I know my {x}?",
)
_NAME_CLAUSES = (
    "what my {x} is called",
    "what my {x}'s name is",
    "what the name of my {x} is",
    "how my {x} is called",
    "what I call my {x}",
    "which name my {x} has",
)
_NAME_NOUNS = ("the name of my {x}", "my {x}'s name")

_PERSONS = (*w.KIN, *w.KIN, *w.PEOPLE)
_ALIVE = (*w.KIN, *w.PEOPLE[:12])


def _owner(words: Words) -> str:
    """Somebody of the user's, or a person by name."""
    return words.pick(_ALIVE)


def _food(words: Words) -> str:
    return words.one_of(lambda: words.pick(w.FOODS), lambda: words.pick(w.DISHES), lambda: words.pick(w.DRINKS))


def _likes(words: Words) -> str:
    return words.one_of(lambda: words.pick(w.LIKED), lambda: words.pick(w.HOBBIES), lambda: _food(words))


def _company(words: Words) -> str:
    if words.chance(0.5):
        return words.title().removeprefix("The ")
    return words.one_of(
        lambda: f"{words.made_up()} {words.random.choice(('Labs', 'Press', 'Bank', 'Motors', 'Foods', 'Systems'))}",
        lambda: f"the {words.pick(_EMPLOYERS)}",
        lambda: words.made_up(),
    )


_EMPLOYERS = w.word_list("""
city library, post office, town hall, airport, university, railway, hospital, national museum, zoo, harbour, fire brigade,
tax office, theatre, botanical garden, opera, city council, swimming pool, observatory, primary school, water works
""")
_COUNTS = w.word_list("three, two, four, five, six, seven, eight, nine, ten, eleven, twelve, no")
_COUNTED = w.word_list("""
cousins, brothers, sisters, children, cats, dogs, bikes, nieces, nephews, grandchildren, siblings, chickens, guitars, aunts,
uncles, daughters, sons, houseplants, tattoos, horses, hamsters, goats, keys, colleagues, employees, flatmates, bees' hives
""")
_BLOOD = w.word_list("0 negative, A positive, B negative, AB positive, A negative, 0 positive, B positive, AB negative")
_MEDICINES = w.word_list("""
ibuprofen, insulin, vitamin D, metformin, iron tablets, an antihistamine, magnesium, blood thinners, omega-3, thyroxine
""")
_BRANDS = w.word_list("""
ThinkPad, Bosch, Miele, Framework, Canon, Philips, Yamaha, Trek, Brompton, Siemens, Nokia, Fairphone, Sony, Lego, Stihl, Makita
""")
_TIME_OF_LIFE = w.word_list("last year, in spring, two years ago, in 2019, last month, in 2021, as a child, in 2008, ten years ago")


def _person_relations() -> list[Relation]:
    """Facts about the people of the user's life."""
    return [
        Relation(
            "name",
            Words.full_name,
            (*_NAMED, "{My} {x} is {y}."),
            (*_NAME_ASKS, "Who is my {x}?"),
            (*_NAME_CLAUSES, "who my {x} is"),
            _NAME_NOUNS,
            _PERSONS,
            ("Who is {y}?", "Who's {y}?"),
            "{y} is {my} {x}.",
            weight=5,
        ),
        Relation(
            "x lives",
            Words.place,
            ("{My} {x} lives in {y}.", "{My} {x}'s home is in {y}.", "{My} {x} moved to {y}."),
            (
                "Where does my {x} live?",
                "In which town does my {x} live?",
                "Which city does my {x} live in?",
                "Where is my {x}'s home?",
                "Where did my {x} move to?",
            ),
            ("where my {x} lives", "which city my {x} lives in"),
            (),
            _owner,
            ("Who lives in {y}?",),
            weight=1.6,
        ),
        Relation(
            "x job",
            lambda v: article(v.pick(w.JOBS)),
            ("{My} {x} works as {y}.", "{My} {x} is {y}.", "{My} {x}'s job is {y}."),
            (
                "What does my {x} do for a living?",
                "What is my {x}'s job?",
                "What does my {x} work as?",
                "What's my {x}'s job?",
                "Which job does my {x} have?",
                "What does my {x} do for work?",
            ),
            ("what my {x} does for a living", "what my {x}'s job is", "what my {x} works as"),
            ("my {x}'s job",),
            _owner,
            weight=1.6,
        ),
        Relation(
            "x employer",
            _company,
            ("{My} {x} works at {y}.", "{My} {x} works for {y}."),
            ("Where does my {x} work?", "Who does my {x} work for?", "At which place does my {x} work?"),
            ("where my {x} works", "who my {x} works for"),
            ("my {x}'s employer",),
            _owner,
            weight=0.8,
        ),
        Relation(
            "x birthday",
            Words.day,
            (
                "{My} {x}'s birthday is on {y}.",
                "{My} {x}'s birthday is {y}.",
                "{My} {x} was born on {y}.",
                "{My} {x} has {my} birthday on {y}.".replace("{my} birthday", "a birthday"),
            ),
            (
                "When is my {x}'s birthday?",
                "When was my {x} born?",
                "On what day is my {x}'s birthday?",
                "When does my {x} have a birthday?",
                "What date is my {x}'s birthday?",
            ),
            ("when my {x}'s birthday is", "when my {x} was born"),
            ("my {x}'s birthday",),
            _owner,
            weight=1.4,
        ),
        Relation(
            "x age",
            lambda v: str(v.random.randint(1, 99)),
            ("{My} {x} is {y} years old.", "{My} {x} is {y}.", "{My} {x}'s age is {y}."),
            ("How old is my {x}?", "What is my {x}'s age?", "What age is my {x}?"),
            ("how old my {x} is", "my {x}'s age"),
            ("the age of my {x}",),
            (*w.KIN, *w.PETS),
            weight=0.9,
        ),
        Relation(
            "x likes",
            _likes,
            ("{My} {x} likes {y}.", "{My} {x} loves {y}.", "{My} {x} is fond of {y}."),
            ("What does my {x} like?", "What is my {x} fond of?", "What does my {x} love?"),
            ("what my {x} likes", "what my {x} loves"),
            (),
            (*_ALIVE, *w.PETS),
            weight=0.9,
        ),
        Relation(
            "x dislikes",
            _likes,
            ("{My} {x} hates {y}.", "{My} {x} can't stand {y}.", "{My} {x} doesn't like {y}."),
            ("What does my {x} hate?", "What does my {x} not like?", "What can't my {x} stand?", "What doesn't my {x} like?"),
            ("what my {x} hates", "what my {x} can't stand"),
            (),
            _owner,
            weight=0.5,
        ),
        Relation(
            "x allergy",
            lambda v: v.pick(w.ALLERGENS),
            ("{My} {x} is allergic to {y}.", "{My} {x} has an allergy to {y}."),
            ("What is my {x} allergic to?", "Which allergy does my {x} have?", "What does my {x} have an allergy to?"),
            ("what my {x} is allergic to",),
            ("my {x}'s allergy",),
            _owner,
            weight=0.6,
        ),
        Relation(
            "x plays",
            lambda v: v.one_of(lambda: f"the {v.pick(w.INSTRUMENTS)}", lambda: v.pick(w.SPORTS)),
            ("{My} {x} plays {y}.",),
            ("What does my {x} play?",),
            ("what my {x} plays",),
            (),
            _owner,
            weight=0.6,
        ),
        Relation(
            "x studies",
            lambda v: v.pick(w.SUBJECTS),
            ("{My} {x} studies {y}.", "{My} {x} is studying {y}."),
            ("What does my {x} study?", "Which subject does my {x} study?"),
            ("what my {x} studies",),
            (),
            _owner,
            weight=0.5,
        ),
        Relation(
            "x drives",
            lambda v: article(v.pick(w.CARS)),
            ("{My} {x} drives {y}.", "{My} {x}'s car is {y}."),
            ("What does my {x} drive?", "Which car does my {x} drive?"),
            ("what my {x} drives",),
            (),
            _owner,
            weight=0.4,
        ),
        Relation(
            "x favourite",
            _likes,
            ("{My} {x}'s favourite thing is {y}.",),
            ("What is my {x}'s favourite thing?",),
            ("what my {x}'s favourite thing is",),
            ("my {x}'s favourite thing",),
            _owner,
            weight=0.2,
        ),
        Relation(
            "friend likes",
            _likes,
            ("{My} friend {x} likes {y}.", "{x} likes {y}.", "{x}, {my} friend, loves {y}."),
            ("What does my friend {x} like?", "What does {x} like?"),
            ("what {x} likes", "what my friend {x} likes"),
            (),
            Words.name,
            weight=0.7,
        ),
        Relation(
            "friend lives",
            Words.place,
            ("{My} friend {x} lives in {y}.", "{x} lives in {y}.", "{x} has moved to {y}."),
            ("Where does my friend {x} live?", "Where does {x} live?"),
            ("where {x} lives", "where my friend {x} lives"),
            (),
            Words.name,
            ("Who lives in {y}?",),
            weight=0.7,
        ),
        Relation(
            "friend job",
            lambda v: article(v.pick(w.JOBS)),
            ("{My} friend {x} is {y}.", "{x} works as {y}."),
            ("What does my friend {x} do?", "What does {x} do for a living?", "What does {x} do?"),
            ("what {x} does for a living", "what {x}'s job is"),
            ("{x}'s job",),
            Words.name,
            weight=0.5,
        ),
        Relation(
            "friend birthday",
            Words.day,
            ("{x}'s birthday is on {y}.", "{My} friend {x} was born on {y}."),
            ("When is {x}'s birthday?", "When was {x} born?"),
            ("when {x}'s birthday is",),
            ("{x}'s birthday",),
            Words.name,
            weight=0.5,
        ),
        Relation(
            "met",
            lambda v: v.one_of(v.place, lambda: f"at {v.title()}").removeprefix("at "),
            ("{I} met {my} {x} in {y}.", "{I} met {my} {x} at {y}."),
            ("Where did I meet my {x}?",),
            ("where I met my {x}",),
            (),
            _owner,
            weight=0.4,
        ),
        Relation(
            "meets",
            lambda v: f"on {v.weekday()}s" if v.chance(0.4) else v.appointment(),
            ("{I} <meet|meets> {my} {x} {y}.", "{I} <am|is|are> meeting {my} {x} {y}.", "{I} <see|sees> {my} {x} {y}."),
            ("When do I meet my {x}?", "When am I meeting my {x}?", "When do I see my {x}?"),
            ("when I meet my {x}", "when I see my {x}"),
            (),
            _owner,
            weight=0.7,
        ),
        Relation(
            "meets friend",
            lambda v: f"on {v.weekday()}s" if v.chance(0.4) else v.appointment(),
            ("{I} <meet|meets> {x} {y}.", "{I} <am|is|are> meeting {x} {y}."),
            ("When do I meet {x}?", "When am I meeting {x}?"),
            ("when I meet {x}",),
            (),
            Words.name,
            weight=0.5,
        ),
    ]


def _thing_relations() -> list[Relation]:
    """Facts about what the user owns and belongs to."""
    return [
        Relation(
            "pet name",
            Words.pet_name,
            _NAMED,
            _NAME_ASKS,
            _NAME_CLAUSES,
            _NAME_NOUNS,
            w.PETS,
            ("Who is {y}?", "Who's {y}?"),
            "{y} is {my} {x}.",
            weight=3,
            group="name",
        ),
        Relation(
            "thing name",
            Words.pet_name,
            _NAMED,
            _NAME_ASKS,
            _NAME_CLAUSES,
            _NAME_NOUNS,
            Words.thing,
            ("What is {y}?", "Which of my things is called {y}?", "Who is {y}?"),
            "{y} is {my} {x}.",
            weight=4,
            group="name",
        ),
        Relation(
            "group name",
            Words.title,
            _NAMED[:4],
            _NAME_ASKS[:7],
            _NAME_CLAUSES[:4],
            _NAME_NOUNS,
            w.GROUPS,
            ("What is {y}?",),
            "{y} is {my} {x}.",
            weight=2,
            group="name",
        ),
        Relation(
            "thing colour",
            lambda v: v.pick(w.COLOURS),
            ("{My} {x} is {y}.", "The colour of {my} {x} is {y}."),
            ("What colour is my {x}?", "Which colour is my {x}?", "What is the colour of my {x}?"),
            ("what colour my {x} is", "which colour my {x} has"),
            ("the colour of my {x}",),
            Words.thing,
            weight=1,
        ),
        Relation(
            "thing material",
            lambda v: v.pick(w.MATERIALS),
            ("{My} {x} is made of {y}.",),
            ("What is my {x} made of?", "Of what is my {x} made?"),
            ("what my {x} is made of",),
            (),
            Words.thing,
            weight=0.4,
        ),
        Relation(
            "thing brand",
            lambda v: v.pick(_BRANDS) if v.chance(0.5) else v.made_up(),
            ("{My} {x} is a {y}.", "{I} <have|has> a {y} {x}."),
            ("What make is my {x}?", "Which brand is my {x}?", "What brand is my {x}?"),
            ("which brand my {x} is", "what make my {x} is"),
            ("the brand of my {x}",),
            w.THINGS,
            weight=0.5,
        ),
        Relation(
            "code",
            Words.code,
            (
                "The code of {my} {x} is {y}.",
                "{My} {x} code is {y}.",
                "The code for {my} {x} is {y}.",
                "The PIN of {my} {x} is {y}.",
            ),
            (
                "What is the code of my {x}?",
                "What is my {x} code?",
                "What's the code for my {x}?",
                "Which code opens my {x}?",
                "What is the PIN of my {x}?",
            ),
            ("what the code of my {x} is", "what my {x} code is"),
            ("the code of my {x}", "my {x} code"),
            w.LOCKS,
            weight=1.2,
        ),
        Relation(
            "numbered",
            lambda v: v.number() if v.chance(0.7) else v.code(),
            ("{My} {x} is {y}.", "{I} <have|has> {x} {y}."),
            ("What is my {x}?", "What's my {x}?", "Which {x} do I have?"),
            ("what my {x} is", "which {x} I have"),
            ("my {x}",),
            w.NUMBERED,
            weight=1.2,
        ),
        Relation(
            "phone",
            Words.phone,
            ("{My} {x}'s phone number is {y}.", "The phone number of {my} {x} is {y}."),
            ("What is my {x}'s phone number?", "What's the phone number of my {x}?", "How can I call my {x}?"),
            ("what my {x}'s phone number is",),
            ("my {x}'s phone number", "the number of my {x}"),
            _owner,
            weight=0.5,
        ),
        Relation(
            "kept",
            lambda v: v.pick(w.SPOTS),
            ("{My} {x} is {y}.", "{I} <keep|keeps> {my} {x} {y}.", "{I} put {my} {x} {y}."),
            ("Where is my {x}?", "Where do I keep my {x}?", "Where did I put my {x}?", "Where can I find my {x}?"),
            ("where my {x} is", "where I keep my {x}", "where I put my {x}"),
            (),
            w.KEPT,
            weight=1.2,
        ),
        Relation(
            "event",
            Words.appointment,
            ("{My} {x} is {y}.", "{I} <have|has> {my} {x} {y}."),
            ("When is my {x}?", "When do I have my {x}?", "What time or day is my {x}?"),
            ("when my {x} is", "when I have my {x}"),
            ("the date of my {x}",),
            w.EVENTS,
            weight=1.3,
        ),
        Relation(
            "dated",
            Words.day,
            ("{My} {x} is on {y}.", "{My} {x} is {y}."),
            ("When is my {x}?", "What day is my {x}?", "On which date is my {x}?"),
            ("when my {x} is",),
            ("the date of my {x}",),
            w.DATED,
            weight=0.9,
            group="event",
        ),
        Relation(
            "thing from",
            lambda v: v.one_of(v.place, lambda: v.pick(w.COUNTRIES)),
            ("{My} {x} is from {y}.", "{My} {x} comes from {y}.", "{I} bought {my} {x} in {y}."),
            ("Where is my {x} from?", "Where does my {x} come from?", "Where did I buy my {x}?"),
            ("where my {x} comes from", "where my {x} is from"),
            (),
            lambda v: v.pick(w.THINGS) if v.chance(0.6) else _owner(v),
            weight=0.7,
        ),
        Relation(
            "count",
            lambda v: v.pick(_COUNTS),
            ("{I} <have|has> {y} {x}.", "{I} <own|owns> {y} {x}."),
            ("How many {x} do I have?", "What number of {x} do I have?"),
            ("how many {x} I have",),
            ("the number of my {x}",),
            _COUNTED,
            weight=0.7,
        ),
        Relation(
            "gift",
            lambda v: v.one_of(lambda: article(v.pick(w.THINGS)), lambda: f"a book about {v.pick(w.ANIMALS)}s"),
            ("{I} <want|wants> to give {my} {x} {y}.", "{I} bought {my} {x} {y} as a present."),
            ("What do I want to give my {x}?", "What is the present for my {x}?"),
            ("what I want to give my {x}",),
            (),
            _owner,
            weight=0.4,
        ),
    ]


_FAVOURITES: dict[str, Callable[[Words], str]] = {
    "colour": lambda v: v.pick(w.COLOURS),
    "food": lambda v: v.pick(w.FOODS),
    "dish": lambda v: v.pick(w.DISHES),
    "drink": lambda v: v.pick(w.DRINKS),
    "animal": lambda v: f"the {v.pick(w.ANIMALS)}",
    "season": lambda v: v.pick(w.SEASONS),
    "sport": lambda v: v.pick(w.SPORTS),
    "instrument": lambda v: f"the {v.pick(w.INSTRUMENTS)}",
    "city": Words.place,
    "film": Words.title,
    "book": Words.title,
    "song": Words.title,
    "writer": Words.full_name,
    "band": Words.title,
    "tea": lambda v: v.pick(w.DRINKS),
    "number": Words.number,
    "month": lambda v: v.random.choice(w.MONTHS),
    "country": lambda v: v.pick(w.COUNTRIES),
    "language": lambda v: v.pick(w.LANGUAGES),
    "restaurant": Words.title,
    "game": Words.title,
    "singer": Words.full_name,
    "day of the week": Words.weekday,
    "fruit": lambda v: v.pick(w.FOODS),
    "flower": lambda v: v.one_of(v.made_up, lambda: v.random.choice(("tulips", "roses", "poppies", "peonies", "irises"))),
    "hobby": lambda v: v.pick(w.HOBBIES),
    "museum": Words.title,
    "dessert": lambda v: v.pick(w.DISHES),
    "breakfast": lambda v: v.pick(w.DISHES),
    "painter": Words.full_name,
    "teacher": Words.full_name,
    "cheese": Words.made_up,
    "ice cream": lambda v: v.random.choice(("pistachio", "vanilla", "lemon", "mango", "hazelnut", "chocolate", "coffee")),
    "subject": lambda v: v.pick(w.SUBJECTS),
    "series": Words.title,
    "place": Words.place,
    "word": Words.made_up,
}


def _favourite_relations() -> list[Relation]:
    return [
        Relation(
            f"favourite {what}",
            value,
            ("{My} favourite {x} is {y}.", "The {x} {i} <like|likes> best is {y}."),
            (
                "What is my favourite {x}?",
                "Which {x} do I like best?",
                "What's my favourite {x}?",
                "Which {x} is my favourite?",
            ),
            ("what my favourite {x} is", "which {x} I like best"),
            ("my favourite {x}",),
            (what,),
            weight=0.09,
        )
        for what, value in _FAVOURITES.items()
    ]


def _user(
    name: str,
    value: Callable[[Words], str],
    says: Sequence[str],
    asks: Sequence[str],
    clauses: Sequence[str] = (),
    nouns: Sequence[str] = (),
    weight: float = 0.5,
    lasts: Lasts = "always",
    group: str = "",
) -> Relation:
    return Relation(name, value, says, asks, clauses, nouns, (), (), "", lasts, weight, group)


def _user_relations() -> list[Relation]:
    """Facts about the user."""
    return [
        _user(
            "lives",
            Words.place,
            (
                "{I} <live|lives> in {y}.",
                "{My} home is in {y}.",
                "{I} moved to {y}.",
                "{I} <am|is|are> living in {y}.",
                "{I} now <live|lives> in {y}.",
                "{I} <have|has> moved to {y}.",
 "{I} <live|lives> in {y} now.",
            ),
            (
                "Where do I live?",
                "In which town do I live?",
                "Which city do I live in?",
                "Where is my home?",
                "What town do I live in?",
                "Where do I live now?",
            ),
            ("where I live", "which city I live in", "what town I live in"),
            ("the place where I live", "my home town now"),
            1.8,
        ),
        _user(
            "born",
            Words.place,
            ("{I} <was|was|were> born in {y}.", "{I} <come|comes> from {y}.", "{I} grew up in {y}."),
            ("Where was I born?", "Where do I come from?", "Where did I grow up?", "In which place was I born?"),
            ("where I was born", "where I come from"),
            ("my birthplace",),
            0.8,
        ),
        _user(
            "user name",
            Words.full_name,
            ("{My} name is {y}.", "{I} <am|is|are> called {y}."),
            ("What is my name?", "What's my name?", "Who am I?", "What am I called?", "Do you know my name?"),
            ("what my name is", "what I am called", "who I am"),
            ("my name",),
            1.2,
        ),
        _user(
            "user birthday",
            Words.day,
            ("{My} birthday is on {y}.", "{I} <was|was|were> born on {y}.", "{My} birthday is {y}."),
            ("When is my birthday?", "When was I born?", "On what day is my birthday?"),
            ("when my birthday is", "when I was born"),
            ("my birthday", "the date of my birthday"),
            0.9,
        ),
        _user(
            "user job",
            lambda v: article(v.pick(w.JOBS)),
            ("{I} <work|works> as {y}.", "{I} <am|is|are> {y}.", "{My} job is {y}.", "{I} <am|is|are> {y} by profession."),
            ("What do I do for a living?", "What is my job?", "What do I work as?", "What's my job?", "What is my profession?"),
            ("what I do for a living", "what my job is", "what I work as"),
            ("my job", "my profession"),
            1.2,
        ),
        _user(
            "user employer",
            _company,
            ("{I} <work|works> at {y}.", "{I} <work|works> for {y}.", "{My} employer is {y}."),
            ("Where do I work?", "Who do I work for?", "Which company do I work for?", "Who is my employer?"),
            ("where I work", "who I work for"),
            ("my employer",),
            1.0,
        ),
        _user(
            "address",
            Words.street,
            ("{I} <live|lives> at {y}.", "{My} address is {y}."),
            ("What is my address?", "What's my address?", "At which address do I live?"),
            ("what my address is",),
            ("my address",),
            0.7,
        ),
        _user(
            "allergy",
            lambda v: v.pick(w.ALLERGENS),
            ("{I} <am|is|are> allergic to {y}.", "{I} <have|has> an allergy to {y}.", "{I} can't eat {y}."),
            ("What am I allergic to?", "Which allergy do I have?", "What can't I eat?", "What is my allergy?"),
            ("what I am allergic to", "which allergy I have"),
            ("my allergy",),
            0.9,
        ),
        _user(
            "fear",
            lambda v: v.pick(w.FEARS),
            ("{I} <am|is|are> afraid of {y}.", "{I} <am|is|are> scared of {y}."),
            ("What am I afraid of?", "What am I scared of?", "What do I fear?"),
            ("what I am afraid of", "what I fear"),
            ("my fear",),
            0.6,
        ),
        _user(
            "drives",
            lambda v: article(v.pick(w.CARS)),
            ("{I} <drive|drives> {y}.", "{My} car is {y}."),
            ("What do I drive?", "Which car do I drive?", "What car do I drive?", "What kind of car do I have?", "What is my car?"),
            ("what I drive", "which car I drive"),
            (),
            0.7,
        ),
        _user(
            "instrument",
            lambda v: f"the {v.pick(w.INSTRUMENTS)}",
            ("{I} <play|plays> {y}.", "{I} <am|is|are> learning {y}."),
            ("Which instrument do I play?", "What instrument do I play?"),
            ("which instrument I play",),
            ("my instrument",),
            0.7,
        ),
        _user(
            "sport",
            lambda v: v.pick(w.SPORTS),
            ("{I} <play|plays> {y}.", "{My} sport is {y}."),
            ("Which sport do I play?", "What sport do I play?", "What is my sport?"),
            ("which sport I play",),
            ("my sport",),
            0.5,
        ),
        _user(
            "hobby",
            lambda v: v.pick(w.HOBBIES),
            ("{My} hobby is {y}.", "{I} <enjoy|enjoys> {y}.", "{I} <do|does> {y} in {my} free time."),
            ("What is my hobby?", "What do I do in my free time?", "What's my hobby?", "Which hobby do I have?"),
            ("what my hobby is", "what I do in my free time"),
            ("my hobby",),
            0.8,
        ),
        _user(
            "studies",
            lambda v: v.pick(w.SUBJECTS),
            ("{I} <study|studies> {y}.", "{I} <am|is|are> studying {y}."),
            ("What do I study?", "What am I studying?", "Which subject do I study?"),
            ("what I study", "what I am studying"),
            (),
            0.7,
        ),
        _user(
            "studied at",
            lambda v: v.one_of(v.title, v.place, lambda: f"the University of {v.place()}"),
            ("{I} studied at {y}.", "{I} went to school at {y}."),
            ("Where did I study?", "Where did I go to school?"),
            ("where I studied", "where I went to school"),
            (),
            0.4,
        ),
        _user(
            "learning",
            lambda v: v.pick(w.LANGUAGES),
            ("{I} <am|is|are> learning {y}.", "{I} <take|takes> lessons in {y}."),
            ("Which language am I learning?", "What language am I learning?"),
            ("which language I am learning",),
            (),
            0.7,
        ),
        _user(
            "speaks",
            lambda v: v.pick(w.LANGUAGES),
            ("{I} <speak|speaks> {y}.", "{My} mother tongue is {y}."),
            ("Which language do I speak?", "What is my mother tongue?"),
            ("which language I speak",),
            ("my mother tongue",),
            0.5,
        ),
        _user(
            "collects",
            lambda v: v.pick(w.COLLECTIONS),
            ("{I} <collect|collects> {y}.", "{I} <have|has> a collection of {y}."),
            ("What do I collect?", "What is in my collection?"),
            ("what I collect",),
            (),
            0.6,
        ),
        _user(
            "diet",
            lambda v: article(v.pick(w.DIETS)),
            ("{I} <am|is|are> {y}.",),
            ("What is my diet?", "How do I eat?"),
            ("what my diet is",),
            ("my diet",),
            0.4,
        ),
        _user(
            "likes",
            _likes,
            ("{I} <like|likes> {y}.", "{I} <love|loves> {y}.", "{I} really <like|likes> {y}."),
            ("What do I like?", "What do I love?"),
            ("what I like", "what I love"),
            (),
            0.7,
        ),
        _user(
            "dislikes",
            _likes,
            ("{I} <hate|hates> {y}.", "{I} can't stand {y}.", "{I} <don't|doesn't> like {y}."),
            ("What do I hate?", "What do I not like?", "What can't I stand?", "What don't I like?"),
            ("what I hate", "what I don't like"),
            (),
            0.6,
        ),
        _user(
            "nickname",
            Words.pet_name,
            ("{My} friends call {me} {y}.", "{My} nickname is {y}.", "Friends call {me} {y}."),
            ("What do my friends call me?", "What is my nickname?", "What's my nickname?"),
            ("what my nickname is", "what my friends call me"),
            ("my nickname",),
            0.7,
        ),
        _user(
            "married",
            Words.full_name,
            ("{I} <am|is|are> married to {y}.",),
            ("Who am I married to?", "Whom did I marry?"),
            ("who I am married to",),
            (),
            0.5,
        ),
        _user(
            "wakes",
            Words.time,
            ("{I} <get|gets> up at {y}.", "{I} <wake|wakes> up at {y}.", "{My} alarm rings at {y}."),
            ("When do I get up?", "When do I wake up?", "What time do I get up?", "At what time does my alarm ring?", "When does my alarm ring?"),
            ("when I get up", "what time I wake up"),
            (),
            0.6,
        ),
        _user(
            "sleeps",
            Words.time,
            ("{I} <go|goes> to bed at {y}.",),
            ("When do I go to bed?", "What time do I go to bed?"),
            ("when I go to bed",),
            ("my bedtime",),
            0.4,
        ),
        _user(
            "goal",
            lambda v: v.pick(w.GOALS),
            ("{I} <want|wants> to {y}.", "{My} goal is to {y}.", "{My} dream is to {y}.", "{I} <am|is|are> planning to {y}."),
            ("What do I want to do?", "What is my goal?", "What is my dream?", "What am I planning?"),
            ("what I want to do", "what my goal is"),
            ("my goal", "my dream"),
            0.8,
        ),
        _user(
            "travel",
            lambda v: v.one_of(v.place, lambda: v.pick(w.COUNTRIES)),
            (
                "{I} <am|is|are> going to {y} on holiday.",
                "{I} <am|is|are> flying to {y}.",
                "{I} <am|is|are> planning a trip to {y}.",
            ),
            (
                "Where am I going on holiday?",
                "Where am I flying to?",
 "Where am I going?",
                "Where am I planning a trip to?",
                "Where is my next trip?",
            ),
            ("where I am going on holiday", "where I am flying to"),
            ("the destination of my trip",),
            0.7,
        ),
        _user(
            "reading",
            Words.title,
            ("{I} <am|is|are> reading {y}.", "{I} <am|is|are> reading a book called {y}."),
            ("What am I reading?", "Which book am I reading?"),
            ("what I am reading", "which book I am reading"),
            (),
            0.6,
        ),
        _user(
            "project",
            lambda v: v.title(),
            ("{I} <am|is|are> working on {y}.", "{I} <am|is|are> working on a project called {y}."),
            ("What am I working on?", "Which project am I working on?"),
            ("what I am working on",),
            (),
            0.5,
        ),
        _user(
            "height",
            lambda v: f"{v.random.randint(140, 205)} cm",
            ("{I} <am|is|are> {y} tall.", "{My} height is {y}."),
            ("How tall am I?", "What is my height?"),
            ("how tall I am",),
            ("my height",),
            0.4,
        ),
        _user(
            "weight",
            lambda v: f"{v.random.randint(45, 120)} kilos",
            ("{I} <weigh|weighs> {y}.",),
            ("How much do I weigh?", "What is my weight?"),
            ("how much I weigh",),
            ("my weight",),
            0.3,
        ),
        _user(
            "age",
            lambda v: str(v.random.randint(9, 99)),
            ("{I} <am|is|are> {y} years old.", "{My} age is {y}."),
            ("How old am I?", "What is my age?"),
            ("how old I am",),
            ("my age",),
            0.7,
        ),
        _user(
            "blood",
            lambda v: v.pick(_BLOOD),
            ("{My} blood type is {y}.",),
            ("What is my blood type?", "Which blood type do I have?"),
            ("what my blood type is",),
            ("my blood type",),
            0.4,
        ),
        _user(
            "medicine",
            lambda v: v.pick(_MEDICINES),
            ("{I} <take|takes> {y} every morning.", "{I} <take|takes> {y}."),
            ("What do I take every morning?", "Which medicine do I take?"),
            ("which medicine I take",),
            ("my medicine",),
            0.4,
        ),
        _user(
            "breakfast",
            _food,
            ("{I} <have|has> {y} for breakfast.", "{I} <eat|eats> {y} for breakfast."),
            ("What do I have for breakfast?", "What do I eat for breakfast?"),
            ("what I have for breakfast",),
            ("my breakfast",),
            0.5,
        ),
        _user(
            "email",
            lambda v: f"{v.made_up().lower()}@{v.made_up().lower()}.{v.random.choice(('org', 'com', 'net', 'eu'))}",
            ("{My} email address is {y}.",),
            ("What is my email address?", "What's my email?"),
            ("what my email address is",),
            ("my email address",),
            0.4,
        ),
        _user(
            "commute",
            lambda v: v.random.choice(("by bike", "by tram", "on foot", "by train", "by bus", "by car", "by ferry")),
            ("{I} <go|goes> to work {y}.", "{I} <get|gets> to work {y}."),
            ("How do I get to work?", "How do I go to work?"),
            ("how I get to work",),
            (),
            0.4,
        ),
        _user(
            "free day",
            Words.weekday,
            ("{My} day off is {y}.", "{I} <have|has> {y} off."),
            ("What is my day off?", "Which day do I have off?", "When is my day off?"),
            ("which day I have off",),
            ("my day off",),
            0.5,
        ),
        _user(
            "rubbish",
            Words.weekday,
            ("The bins are collected on {y}.",),
            ("When are the bins collected?", "On which day are the bins collected?"),
            ("when the bins are collected",),
            (),
            0.3,
        ),
        _user(
            "wifi",
            lambda v: v.one_of(v.made_up, v.code, v.title),
            ("The wifi password is {y}.", "{My} wifi password is {y}."),
            ("What is the wifi password?", "What's my wifi password?"),
            ("what the wifi password is",),
            ("the wifi password",),
            0.5,
        ),
    ]


def _passing_relations() -> list[Relation]:
    """What is true for a while only."""
    return [
        _user(
            "staying",
            lambda v: v.one_of(v.place, lambda: f"the {v.title()} Hotel"),
            ("{I} <am|is|are> staying in {y} this week.", "{I} <am|is|are> in {y} this week."),
            ("Where am I staying this week?", "Where am I this week?"),
            ("where I am staying this week",),
            (),
            0.5,
            "week",
        ),
        _user(
            "visitor",
            Words.name,
            ("{y} is visiting {me} this week.", "{y} is staying with {me} this week."),
            ("Who is visiting me this week?", "Who is staying with me this week?"),
            ("who is visiting me this week",),
            (),
            0.4,
            "week",
        ),
        _user(
            "today",
            lambda v: v.random.choice(
                (
                    "a headache",
                    "a cold",
                    "a sore throat",
                    "a hangover",
                    "a day off",
                    "a deadline",
                    "visitors",
                    "a fever",
                    "a toothache",
                    "an exam",
                )
            ),
            ("{I} <have|has> {y} today.",),
            ("What do I have today?",),
            ("what I have today",),
            (),
            0.4,
            "day",
        ),
        _user(
            "tonight",
            lambda v: v.one_of(lambda: v.pick(w.DISHES)),
            ("{I} <am|is|are> cooking {y} tonight.", "{I} <am|is|are> having {y} tonight."),
            ("What am I cooking tonight?", "What am I having tonight?"),
            ("what I am cooking tonight",),
            (),
            0.4,
            "day",
        ),
        _user(
            "month",
            lambda v: v.pick(w.HOBBIES),
            ("{I} <am|is|are> trying {y} this month.",),
            ("What am I trying this month?",),
            ("what I am trying this month",),
            (),
            0.3,
            "month",
        ),
        _user(
            "work from",
            Words.place,
            ("{I} <am|is|are> working from {y} this month.",),
            ("Where am I working from this month?",),
            ("where I am working from this month",),
            (),
            0.3,
            "month",
        ),
    ]


RELATIONS: tuple[Relation, ...] = (
    *_person_relations(),
    *_thing_relations(),
    *_favourite_relations(),
    *_user_relations(),
    *_passing_relations(),
    *open_relations(),
)
_WEIGHTS = list(accumulate(relation.weight for relation in RELATIONS))


def draw_relation(words: Words) -> Relation:
    return words.random.choices(RELATIONS, cum_weights=_WEIGHTS)[0]


def draw_x(words: Words, relation: Relation) -> str:
    if callable(relation.xs):
        return relation.xs(words)
    return words.pick(relation.xs) if relation.xs else ""


def draw_fact(words: Words, relation: Relation | None = None, x: str | None = None) -> Fact:
    """A fact of this relation and x where given, otherwise of any."""
    relation = relation or draw_relation(words)
    x = draw_x(words, relation) if x is None else x
    wording = 0 if words.chance(0.55) else words.random.randrange(len(relation.says))
    return Fact(relation, x, relation.value(words), wording)
