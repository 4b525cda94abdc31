"""What kind of thing a noun is, where the question depends on it: who or what, its breed, its colour, its job.

Closed or slowly growing classes only. Whatever is in none of them is asked about with "what", which is never wrong.
"""

from __future__ import annotations

import re

PEOPLE = frozenset(
    """mother father mum mom dad mama papa parent sister brother sibling son daughter child kid baby wife husband partner spouse girlfriend boyfriend
    fiance fiancé fiancée fiancee grandmother grandfather grandma grandpa granny grandson granddaughter grandparent aunt uncle cousin niece nephew
    stepmother stepfather stepsister stepbrother stepson stepdaughter godmother godfather godson goddaughter twin friend mate pal flatmate roommate
    housemate neighbour neighbor colleague coworker co-worker boss manager supervisor teacher tutor professor mentor coach trainer instructor
    student pupil apprentice intern dentist doctor gp physician surgeon therapist psychologist psychiatrist physio physiotherapist nurse midwife
    vet veterinarian optician pharmacist hairdresser barber lawyer solicitor notary accountant banker broker landlord landlady tenant plumber
    electrician mechanic gardener cleaner babysitter nanny baker butcher grocer priest pastor rabbi imam editor publisher agent captain
    bandmate teammate singer drummer bassist guitarist idol hero president mayor in-law mother-in-law father-in-law sister-in-law
    brother-in-law son-in-law daughter-in-law ex principal headmaster chef author artist actor actress director""".split()
)
PETS = frozenset(
    """cat dog puppy kitten horse pony rabbit bunny hamster guinea-pig parrot budgie canary tortoise turtle goldfish fish snake lizard gecko
    ferret rat mouse gerbil chicken hen goat sheep donkey pig cow pet iguana cockatoo parakeet spider tarantula hedgehog""".split()
)
VEHICLES = frozenset("car van truck bike bicycle motorbike motorcycle scooter boat camper tractor".split())
DEVICES = frozenset(
    "phone laptop computer tablet camera guitar piano printer tv television headphones watch keyboard bass violin".split()
)
FAMILY_COUNT = frozenset("sibling brother sister child kid son daughter cousin aunt uncle niece nephew grandchild".split())
CONDITIONS = frozenset(
    """asthma diabetes migraine migraines eczema epilepsy arthritis anaemia anemia insomnia adhd autism dyslexia hayfever tinnitus coeliac celiac
    allergy allergies intolerance anxiety depression psoriasis""".split()
)
EVENTS = frozenset(
    """birthday appointment anniversary deadline exam meeting wedding flight party interview lesson class shift holiday vacation concert
    trip surgery operation graduation train bus concert check-up checkup dinner lunch breakfast rehearsal training practice course match game
    nameday payday move due bedtime""".split()
)
OCCUPATIONS = frozenset(
    """nurse chef cook clerk vet midwife carpenter pilot nun monk priest lawyer judge student pupil secretary model guide coach spy apprentice
    intern freelancer baker plumber surgeon mechanic technician electrician librarian politician musician physician magician architect
    accountant consultant assistant attendant merchant sergeant lieutenant scientist author sculptor tailor sailor butcher au-pair barista
    ceo cto cfo paralegal paramedic mathematician historian diplomat athlete postman fireman policeman policewoman doctor professor
    gp housewife teacher shepherd blacksmith cop detective concierge host hostess stewardess waitress actress seamstress retiree pensioner""".split()
)
_NOT_OCCUPATIONS = PEOPLE - OCCUPATIONS - {"teacher", "tutor", "professor", "trainer", "gardener", "cleaner", "banker", "broker", "barber", "dentist",
                                          "therapist", "psychologist", "psychiatrist", "physiotherapist", "optician", "pharmacist", "hairdresser",
                                          "solicitor", "notary", "grocer", "babysitter", "nanny", "pastor", "rabbi", "imam", "editor", "publisher",
                                          "singer", "drummer", "bassist", "guitarist", "director", "actor", "artist", "captain", "instructor"} | {
    "member", "lover", "hater", "beginner", "smoker", "drinker", "eater", "sleeper", "riser", "vegetarian", "learner", "reader", "runner", "swimmer",
    "river", "winner", "loser", "foreigner", "newcomer", "believer", "christian", "supporter", "survivor", "minor", "senior", "junior",
    "pessimist", "optimist", "perfectionist", "feminist", "minimalist", "introvert", "extrovert", "libertarian", "vegan", "player", "hoarder",
    "follower", "owner", "volunteer", "donor", "twin", "stranger", "number", "letter", "paper", "summer", "winter", "computer", "tiger", "retriever",
    "terrier", "setter", "pointer", "hamster", "colour", "color", "flower", "chair", "fair"}  # fmt: skip
_OCCUPATION_ENDING = re.compile(r"(?:er|or|ist|eer|ician|woman|man|wright|smith)$")
COLOURS = frozenset(
    """red green blue yellow orange purple violet pink brown black white grey gray silver gold golden beige turquoise teal navy maroon crimson
    scarlet lilac indigo cream bronze khaki ginger blond blonde hazel olive magenta cyan burgundy mauve tabby charcoal ivory""".split()
)
_SHADES = frozenset(
    "light dark bright pale deep sky royal navy bottle racing mint lime and & , with dots stripes spots striped off".split()
)
DIETS = frozenset("vegetarian vegan pescatarian lactose-free gluten-free flexitarian kosher halal teetotal".split())
MARITAL = frozenset("married single divorced widowed engaged separated".split())
DEMONYMS = frozenset(
    """dutch french greek swiss thai czech welsh german norwegian flemish filipino pakistani iraqi israeli icelandic afghan kuwaiti
    bengali catalan basque slovak""".split()
)
_DEMONYM_ENDING = re.compile(r"(?:ish|ese|ian|ean|can|uan)$")
RELIGIONS = frozenset(
    "catholic protestant muslim jewish hindu buddhist sikh christian orthodox atheist agnostic mormon quaker".split()
)
LIKENESS = frozenset(
    """strict kind nice funny shy noisy loud quiet lazy clever smart stubborn friendly grumpy messy tidy old new young big small large tiny huge
    slow fast rusty broken cold warm cosy expensive cheap beautiful ugly tall short fat thin strong weak deaf blind brave generous patient
    impatient stressful boring great terrible lovely difficult easy sweet spicy sour bright dark heavy light happy sad""".split()
)
INSTRUMENTS_WITHOUT_ARTICLE = frozenset(
    "piano guitar bass violin cello drums flute saxophone trumpet harp ukulele clarinet organ accordion".split()
)
SPORTS = frozenset(
    """tennis football soccer golf chess hockey rugby cricket badminton volleyball basketball handball squash baseball padel
    korfball lacrosse polo bridge darts snooker billiards poker""".split()
)


def is_person(noun: str) -> bool:
    return noun in PEOPLE or noun.removesuffix("s") in PEOPLE or noun in {"wives", "children", "people", "twins"}


def is_pet(noun: str) -> bool:
    return noun in PETS or noun.removesuffix("s") in PETS


def is_occupation(noun: str) -> bool:
    """Whether "a <noun>" is what someone works as; by the word's ending where it is in no list."""
    if noun in OCCUPATIONS:
        return True
    return noun not in _NOT_OCCUPATIONS | RELIGIONS and len(noun) > 4 and _OCCUPATION_ENDING.search(noun) is not None


def is_nationality(word: str) -> bool:
    return word in DEMONYMS or (len(word) > 4 and _DEMONYM_ENDING.search(word) is not None)


def is_colour(words: list[str]) -> bool:
    return any(word in COLOURS for word in words) and all(
        word in COLOURS | _SHADES or word.split("-")[-1] in COLOURS for word in words
    )
