"""Verbs and their forms: the irregular by list, the rest by their endings.

A verb nobody listed is still read where only a verb can stand (`guess_verb`); the list of regular verbs serves the places where
a noun might stand as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal

VerbForm = Literal["base", "third", "past", "participle", "ing"]

_IRREGULAR = """
be was been|become became become|begin began begun|bend bent bent|bet bet bet|bind bound bound|bite bit bitten|bleed bled bled
|blow blew blown|break broke broken|breed bred bred|bring brought brought|build built built|burst burst burst|buy bought bought
|catch caught caught|choose chose chosen|cling clung clung|come came come|cost cost cost|cut cut cut|deal dealt dealt|dig dug dug
|do did done|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed fed|feel felt felt
|fight fought fought|find found found|fly flew flown|forget forgot forgotten|forgive forgave forgiven|freeze froze frozen
|get got got|give gave given|go went gone|grow grew grown|hang hung hung|have had had|hear heard heard|hide hid hidden|hit hit hit
|hold held held|hurt hurt hurt|keep kept kept|know knew known|lay laid laid|lead led led|leave left left|lend lent lent|let let let
|lie lay lain|light lit lit|lose lost lost|make made made|mean meant meant|meet met met|pay paid paid|put put put|quit quit quit
|read read read|ride rode ridden|ring rang rung|rise rose risen|run ran run|say said said|see saw seen|seek sought sought
|sell sold sold|send sent sent|set set set|sew sewed sewn|shake shook shaken|shine shone shone|shoot shot shot|show showed shown
|shut shut shut|sing sang sung|sink sank sunk|sit sat sat|sleep slept slept|speak spoke spoken|spend spent spent|spin spun spun
|split split split|spread spread spread|stand stood stood|steal stole stolen|stick stuck stuck|strike struck struck|swear swore sworn
|sweep swept swept|swim swam swum|swing swung swung|take took taken|teach taught taught|tear tore torn|tell told told
|think thought thought|throw threw thrown|understand understood understood|wake woke woken|wear wore worn|weave wove woven
|win won won|wind wound wound|write wrote written|withdraw withdrew withdrawn|knit knitted knitted|bake baked baked
"""
IRREGULAR: dict[str, tuple[str, str]] = {
    base: (past, participle) for base, past, participle in (entry.split() for entry in _IRREGULAR.replace("\n", "").split("|"))
}
_PAST = {past: base for base, (past, _) in IRREGULAR.items()} | {
    "were": "be",
    "learnt": "learn",
    "spelt": "spell",
    "burnt": "burn",
}
_PARTICIPLE = {participle: base for base, (_, participle) in IRREGULAR.items()} | {"gotten": "get", "learnt": "learn"}

# Verbs that are told apart from nouns only by knowing them: needed after subjects other than "I".
REGULAR = frozenset(
    """accept ache act add admire adopt adore advise agree aim answer appear apply appreciate approve arrange arrive ask
    attend avoid bark bathe behave believe belong bike blog boil book borrow breathe brew broadcast brush burn call
    camp care carry carve celebrate change chase chat check chew clean climb close coach collect commute compose
    conduct consist contain cook cough count crochet cross cry cure cycle dance decide deliver depart depend describe
    design despise detest develop die dine direct disagree dislike dive divorce donate drop dye earn edit employ end
    enjoy enter exercise exist expect expire explain explore fail fast feature finish fish fit fix foster garden glow
    graduate guard guide happen hate help hike hire hope host hunt include inherit inspect invest iron itch jog join
    juggle jump kayak last laugh launch learn like limp list listen live load loathe look love maintain manage march
    marry matter measure meditate mentor migrate mind miss mix moderate mop move mow name need nurse observe occur
    open operate order organise organize outrank own owe pack paint park pass perform permit phone photograph pick
    plan plant play please point post pour practise practice pray prefer prepare print produce program promise publish
    pull purr push race raise reach receive recommend recover recycle refuse rehearse relax rely remain remember
    remind renovate rent repair replace report represent require research reside rest restore retire return review
    roast row sail save scare score scuba seem serve share shave ski skate sketch skip smell smoke sneeze snore solve
    sound spell start starve stay stop store study suffer supervise support surf survive sweat switch tan taste thank
    tinker toast tour train translate travel treat trust try tutor type use vacation visit volunteer vote wait walk
    want wash watch water weigh welcome whistle wish wonder work worry worship wrestle yearn zoom attract belch
    blossom bloom bother calm cater conflict contribute crave distrust drum fence fear fetch flirt forage gamble golf
    govern growl haunt heat hum idolise idolize install intend invent kick kiss labour lack lecture lift limit log
    mail massage melt merge milk model nap nibble object obey oversee panic pedal pet polish pump quote rank rap
    recall regret reject resent respect rock rush scan sculpt season settle shop sign skype slip snack snorkel stare
    stutter subscribe swap tend text tick tolerate trade transport trek trim tweet value vlog wander whisper whittle
    yell yodel turn till touch tie tune tip toss trace trail trick trip tumble twist unpack update upgrade urge vanish
    vary view vow wag warm warn waste wax weld wipe wire witness wrap wreck yawn accompany achieve adjust admit afford
    aid alter amuse announce annoy apologise apologize applaud argue assemble assist assume assure attach attack
    attempt award back balance ban bill bless blink block boast bomb bounce bow bowl box brake branch broaden buzz
    calculate cancel challenge charge cheat cheer choke claim clap classify clip collapse colour comb combine comfort
    command comment communicate compare compete complain complete concentrate concern confess confirm confuse connect
    consider construct consult continue control convert convince copy correct correspond cover crack crash crawl
    create criticise criticize curl damage dare debate decay decorate decrease defend define delay delight demand deny
    deserve desire detect differ disappear discover discuss display divide double doubt drag dream dress drill drip
    drown dry dust echo educate embarrass emerge emigrate emphasise empty enable encourage engage ensure entertain
    equip escape establish evaluate excel excite excuse exhibit experience export express extend face fade fancy farm
    fasten favour file fill film fire flap flash flood flow fold follow force form found frame frighten fry gain
    gather gaze grab grate greet grill grin grip guess hammer hand handle harm hop hover identify ignore illustrate
    imagine immigrate import impress improve increase influence inform inject injure insist inspire instruct insure
    interest interview introduce investigate invite involve irritate joke judge knock knot label land level lick link
    lock long manufacture mark match memorise mend mention mine moan motivate mourn mug multiply nail note notice
    number occupy offend offer opt outline paddle participate pause peel perceive persuade pinch plead pop possess
    praise preach precede present press pretend prevent prick process promote pronounce propose protect prove provide
    punch punish purchase puzzle question queue quilt realise realize recognise recognize reduce refer reflect
    register regulate rejoice relate release relocate remove repeat reply rescue reserve resign resolve respond result
    retain reveal reverse rinse risk rob roll root rot rub ruin rule satisfy scold scrape scratch scream screw
    scribble seal search separate shelter shiver shock shout shrug sigh signal slap slice slow smash smile snatch
    sniff soak soothe spare spark sparkle specialise specialize spill spoil spot spray squash squeak squeeze stain
    stamp steer step stir stitch straighten strengthen stress stretch strip stroke stuff submit succeed suck suggest
    suit supply suppose surprise surround suspect suspend talk tame tap tease telephone terrify test tickle transfer
    transform trouble unite wobble wriggle dehydrate ferment bottle braid busk canoe carpool chair chant choreograph
    co-own compost crowdfund curate cuddle declutter digitise doodle draft embroider forecast freelance gargle
    geocache glaze graze harvest herd hibernate hoard improvise inhale invoice jam job-share lease lounge moonlight
    nurture orbit parachute pilot podcast pot proofread quarrel ramble retrain rollerskate rotate saddle scavenge
    screen script sharpen shear shovel sip slalom snowboard socialise sponsor spoon sprint squat stargaze stock strum
    sunbathe tailor tap-dance tattoo taxi telework topple trampoline troubleshoot tuck twirl unwind upcycle varnish
    wake-board whisk windsurf woodwork""".split()
)
HARDLY_NOUNS = frozenset(
    "hate love prefer dislike eat speak enjoy own sing teach write bake grow live keep bring wear take have study collect".split()
)
VERBS = REGULAR | frozenset(IRREGULAR) - {"be"}
_ED_IN_BASE = frozenset(
    {"need", "feed", "breed", "bleed", "speed", "seed", "embed", "shed", "wed", "proceed", "succeed", "heed", "weed"}
)


def third(base: str) -> str:
    """The form for he, she and it: "carry" -> "carries"."""
    known = {"be": "is", "have": "has", "do": "does", "go": "goes"}
    if base in known:
        return known[base]
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return base + "es"
    if base.endswith("y") and base[-2:-1] not in "aeiou":
        return base[:-1] + "ies"
    return base + "s"


def past(base: str) -> str:
    """The simple past: "carry" -> "carried", "go" -> "went"."""
    if base in IRREGULAR:
        return IRREGULAR[base][0]
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2:-1] not in "aeiou":
        return base[:-1] + "ied"
    if re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", base):
        return base + base[-1] + "ed"
    return base + "ed"


_PAST_CUE = re.compile(
    r"\b(yesterday|ago|last (night|week|month|year|summer|winter|spring|autumn)|as a (child|kid|teenager)|once|(in|since) (19|20)\d\d)\b",
    re.I,
)


def is_told_as_past(text: str, base: str) -> bool:
    """Whether "read", "quit", "put", alike in present and past, are past in `text`: a time in the past stands beside them."""
    if IRREGULAR.get(base, ("",))[0] != base:
        return False
    usually = re.search(r"\b(always|usually|often|every|never|sometimes)\b", text, re.IGNORECASE) is not None
    return _PAST_CUE.search(text) is not None or (base in {"put", "quit", "set", "hurt", "shut", "hit"} and not usually)


@dataclass(frozen=True, slots=True)
class Verb:
    base: str
    form: VerbForm


@cache
def read_verb(word: str) -> Verb | None:
    """`word` (lower case) as a form of a known verb, or None. Past comes before participle where both are alike."""
    if word in VERBS and word not in _PAST:
        return Verb(word, "base")
    if word in _PAST:
        return Verb(_PAST[word], "base" if _PAST[word] == word else "past")
    if word in _PARTICIPLE:
        return Verb(_PARTICIPLE[word], "participle")
    for ending, form in (("s", "third"), ("ed", "past"), ("ing", "ing")):
        if word.endswith(ending):
            for base in _bases(word, ending):
                if base in VERBS:
                    return Verb(base, form)  # type: ignore[arg-type]
    return None


def is_participle(word: str) -> bool:
    """Whether `word` can follow "have" or "is": "lived", "gone", also "run" and "set"."""
    verb = read_verb(word)
    return verb is not None and (verb.form in {"past", "participle"} or IRREGULAR.get(verb.base, ("", ""))[1] == word)


def guess_verb(word: str) -> Verb:
    """`word` (lower case) as a verb form, by its ending where it is in no list; for places where only a verb can stand."""
    known = read_verb(word)
    if known is not None:
        return known
    if word.endswith("ed") and word not in _ED_IN_BASE and len(word) > 3:
        stem = word[:-2]
        if re.search(r"([^aeiou])\1$", stem) and not stem.endswith(("ss", "ll", "ff", "zz")):
            return Verb(stem[:-1], "past")
        if stem.endswith("i"):
            return Verb(stem[:-1] + "y", "past")
        return Verb(word[:-1] if re.search(r"[aeiou][^aeiouwxy]$|[csgvuz]$", stem) else stem, "past")
    return Verb(word, "base")


def _bases(word: str, ending: str) -> list[str]:
    stem = word[: -len(ending)]
    if ending == "s":
        return [stem, stem.removesuffix("e"), stem[:-2] + "y" if stem.endswith("ie") else stem]
    doubled = [stem[:-1]] if len(stem) > 2 and stem[-1] == stem[-2] else []
    return [stem, stem + "e", *doubled, stem[:-1] + "y" if stem.endswith("i") else stem]
