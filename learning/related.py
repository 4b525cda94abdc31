"""What is easily confused: nouns of one kind, and questions about oneself that are near each other."""

from __future__ import annotations

from learning.language import nouns

_KINDS = tuple(
    tuple(group.split())
    for group in (
        "sister brother mother father aunt uncle cousin daughter son grandmother grandfather niece nephew",
        "stepmother stepfather stepsister stepbrother mother-in-law father-in-law sister-in-law brother-in-law godmother godfather",
        "wife husband partner girlfriend boyfriend fiancé fiancée",
        "friend neighbour colleague flatmate boss teacher landlord",
        "dentist doctor hairdresser lawyer therapist plumber vet accountant mechanic cleaner coach tutor",
        "cat dog parrot rabbit hamster tortoise goldfish horse",
        "kettle toaster lamp fridge oven teapot blender vacuum",
        "bicycle car boat van motorbike scooter",
        "phone laptop tablet printer camera router computer",
        "guitar piano violin cello drum flute",
        "tea coffee juice wine beer drink",
        "film book song band game series singer author poem",
        "colour number animal season flower tree month",
        "food dish dessert fruit cheese soup breakfast cake vegetable",
        "city country restaurant museum park street café village",
        "birthday anniversary wedding appointment exam interview holiday party",
        "house flat garden office garage cabin shed cellar",
        "key passport wallet umbrella watch ring",
        "job hobby sport dream nickname address",
        "plant cactus fern tree rose",
        "team club choir group class course",
        "password code pin wifi email",
    )
)
_ANY_PERSON = ("aunt", "neighbour", "dentist", "cousin", "boss")
_ANY_PET = ("cat", "parrot", "hamster", "tortoise")
_ANY_THING = ("umbrella", "lamp", "bicycle", "camera", "sofa")

_ABOUT_ONESELF = {
    "live": (
        "Where was I born?",
        "Where do I work?",
        "Where did I grow up?",
        "Where does my brother live?",
        "Where did I go to school?",
    ),
    "born": ("Where do I live?", "When did I get married?", "When was my brother born?", "When did I finish school?"),
    "work": ("Where do I live?", "What did I study?", "Where does my sister work?", "Who is my boss?", "How much do I earn?"),
    "job": (
        "Where did I go to school?",
        "What is my brother's job?",
        "What did I want to become as a child?",
        "Who is my boss?",
        "What is my hobby?",
    ),
    "allergic": (
        "What am I afraid of?",
        "What is my brother allergic to?",
        "Which medicine do I take?",
        "What is my favourite food?",
    ),
    "drive": ("What does my brother drive?", "What did I drive before?", "What is my bicycle called?", "Where do I park?"),
    "play": ("What do I collect?", "What does my sister play?", "What do I read?", "Which team do I support?"),
    "old": ("How tall am I?", "When is my birthday?", "How old is my neighbour?"),
    "tall": ("How old am I?", "How much do I weigh?", "What is my shoe size?"),
    "name": ("What is my middle name?", "What is my brother's name?", "What is my nickname?"),
    "birthday": (
        "When is my brother's birthday?",
        "When is my wedding anniversary?",
        "When is my name day?",
        "Where was I born?",
    ),
    "speak": ("Which language does my brother speak?", "Which language am I learning?", "Where do I come from?"),
    "study": ("Where do I work?", "What does my brother study?", "Which school did I go to?"),
    "like": ("What do I hate?", "What does my brother like?", "What do I collect?"),
    "hate": ("What do I like?", "What does my brother hate?", "What am I afraid of?"),
    "eat": ("What do I drink?", "What does my brother eat?", "What do I cook best?"),
    "drink": ("What do I eat?", "What does my brother drink?", "Which wine do I like?"),
}


def related_nouns(noun: str, count: int = 5) -> tuple[str, ...]:
    """Nouns of the same kind as `noun`, itself not among them; a few people, pets or things for a noun of no known kind."""
    one = noun.lower()
    plural = one.endswith("s") and not one.endswith("ss")
    for group in _KINDS:
        if one in group:
            place = group.index(one)
            return tuple(group[(place + step) % len(group)] for step in range(1, min(count, len(group) - 1) + 1))
        if plural and one[:-1] in group:
            place = group.index(one[:-1])
            return tuple(group[(place + step) % len(group)] + "s" for step in range(1, min(count, len(group) - 1) + 1))
    if not noun:
        return ()
    some = _ANY_PERSON if nouns.is_person(one) else _ANY_PET if nouns.is_pet(one) else _ANY_THING
    return tuple(other + ("s" if plural else "") for other in some if other != one)


def related_questions(question: str) -> tuple[str, ...]:
    """Questions about the user that stand near this one, if it is about the user."""
    words = question.lower().rstrip("?").split()
    if not {"i", "my", "we"} & set(words):
        return ()
    own = "i" in words or "we" in words or (len(words) <= 4 and words[-1] in {"job", "name", "birthday"})
    return next((near for key, near in _ABOUT_ONESELF.items() if key in words and own), ())
