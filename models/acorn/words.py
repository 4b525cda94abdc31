"""The words that the corpus is made of: lists written by hand, and values made up from syllables, dates and digits.

A value that is only ever copied must not be learned by heart, so half of all names, places and titles are made up on the
spot. One word in eight is held out of training for the evaluation (`Words.split`); the first of each list never is.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import lru_cache
from random import Random
from typing import Literal, TypeVar

Split = Literal["train", "held_out", "all"]
T = TypeVar("T")


def word_list(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.replace("\n", " ").split(",") if word.strip())


NAMES = word_list("""
Anna, Oduya, Petra, Milan, Ravi, Ingrid, Tomas, Leila, Hugo, Freya, Kofi, Yuki, Marta, Bruno, Chiara, Dimitri, Elsa, Farid,
Greta, Hassan, Irena, Jonas, Katya, Lorenzo, Mireille, Nadia, Oskar, Priya, Quentin, Rosa, Samir, Tamsin, Ulrich, Vera,
Wanda, Xenia, Yusuf, Zofia, Alma, Bastian, Celeste, Dario, Eamon, Fatima, Gideon, Hanneke, Ilse, Joaquin, Kirsten, Ludo,
Maeve, Nils, Orla, Pavel, Rafael, Saskia, Thabo, Una, Viktor, Wilma, Yara, Zeno, Aisha, Benno, Clara, Dunja, Emil, Fiona,
Goran, Helga, Ivo, Jasmin, Klaus, Linnea, Matteo, Noor, Olga, Paloma, Rhea, Stefan, Tilda, Ursula, Vito, Wendel, Yannick,
Zelda, Abebe, Birgit, Cosima, Declan, Esra, Flavio, Gwen, Henrik, Imani, Jelena, Kasper, Lucia, Moritz, Nerea, Otis, Philippa,
Ruben, Sunniva, Tariq, Vlad, Winona, Xavier, Yvonne, Zara, Marcus, Julia, Peter, Sofia, Daniel, Emma, Lucas, Sara, David,
Laura, Simon, Eva, Martin, Hanna, Paul, Lena, Max, Nora, Tim, Maria, Jan, Alice, Bob, Carol, Dave, Erin, Frank, Grace, Heidi,
Ivan, Judy, Mallory, Oscar, Peggy, Rupert, Sybil, Trent, Walter, Adaeze, Bilal, Chidi, Dalia, Ewa, Fenna, Giulia, Hiro, Isla,
Jorge, Kwame, Lars, Mina, Nikolai, Olu, Pia, Renske, Sigrid, Tove, Ulla, Valentin, Wout, Ximena, Ylva, Zoltan, Margit, Arvid,
Benedikt, Corinna, Dagmar, Egon, Friedel, Gustav, Hedwig, Isidor, Josefine, Konrad, Lieselotte, Manfred, Ottilie, Rosalind,
Theodora, Barnaby, Cordelia, Desmond, Euphemia, Ferdinand, Gwendolyn, Horatio, Isadora, Jasper, Lavinia, Mortimer, Octavia,
Percival, Ramona, Sebastian, Thaddeus, Vivienne, Wilhelmina, Anjali, Bao, Chen, Deepak, Emeka, Fumiko, Gita, Haruto, Indira,
Jiho, Kavya, Linh, Mei, Nguyen, Omar, Parvati, Qing, Rashid, Sakura, Tuan, Usha, Vikram, Wei, Xiu, Yasmin, Zainab
""")

PET_NAMES = word_list("""
Biscuit, Vesuvius, Mochi, Pepper, Noodle, Waffles, Ziggy, Pickle, Marbles, Bandit, Clover, Domino, Fidget, Gizmo, Hazel,
Inky, Juniper, Kiwi, Lumen, Muffin, Nimbus, Olive, Pumpkin, Quill, Rascal, Sprocket, Truffle, Umber, Velcro, Widget, Yoyo,
Ziti, Captain Whiskers, Sir Barksalot, Lady Marmalade, Old Smoky, Big Bertha, Thunder, Blue Pearl, Silver Arrow, Nessie,
Krakatoa, Etna, Popocatepetl, Excalibur, Pegasus, Hercules, Odysseus, Calypso, Bucephalus, Rosinante, Argos, Hedwig,
Mister Bones, Professor Plum, Doctor Fluff, Queen Bee, The Beast, The Duchess, Steam Queen, Rusty, Sparky, Bubbles, Goliath
""")

SURNAMES = word_list("""
Halloran, Vanterpool, Okafor, Lindqvist, Moreau, Castellano, Brennan, Novak, Petrov, Schreiber, Yamada, Ferreira, Kowalski,
Andersen, Dubois, Eriksen, Fontaine, Grimaldi, Hoffmann, Ibrahim, Janssen, Kaplan, Lombardi, Mbeki, Nakamura, Oyelaran,
Pereira, Quist, Rahman, Sorensen, Takahashi, Ullman, Vasquez, Whitlock, Yilmaz, Zieliński, Ashworth, Birch, Crane, Drummond
""")

PLACES = word_list("""
Ghent, Lyon, Porto, Utrecht, Bergen, Turin, Leeds, Graz, Malmö, Kraków, Tartu, Split, Basel, Bilbao, Cork, Dundee, Essen,
Florence, Granada, Hull, Izmir, Jena, Kyoto, Lima, Montreal, Nairobi, Oslo, Pisa, Quito, Riga, Seville, Tunis, Uppsala,
Valencia, Weimar, York, Zagreb, Accra, Boston, Cairo, Denver, Dublin, Geneva, Hanoi, Istanbul, Jakarta, Kigali, Lagos,
Mumbai, Naples, Odense, Prague, Reykjavik, Salzburg, Toulouse, Venice, Warsaw, Aberdeen, Bruges, Coimbra, Delft, Exeter,
Freiburg, Galway, Haarlem, Innsbruck, Lausanne, Maastricht, Nantes, Oxford, Parma, Rotterdam, Siena, Trieste, Verona,
Winterthur, Zürich, New York, San Diego, Cape Town, Buenos Aires, Rio de Janeiro, Hong Kong, Mexico City, St. Gallen,
Santiago de Compostela, Newcastle, Bad Homburg, Aix-en-Provence, Tel Aviv, Kuala Lumpur, Los Angeles, Sydney, Berlin, Vienna,
Hamburg, Munich, Rome, Paris, London, Madrid, Lisbon, Stockholm, Copenhagen, Helsinki, Budapest, Athens, Bucharest, Sofia
""")

COUNTRIES = word_list("""
Portugal, Norway, Ghana, Japan, Peru, Canada, Kenya, Finland, Chile, Vietnam, Morocco, Ireland, Iceland, Greece, Brazil,
India, Mexico, Nepal, Scotland, Slovenia, Tunisia, Uruguay, Denmark, Estonia, Sweden, Belgium, Austria, Turkey, New Zealand,
South Korea, Costa Rica, Sri Lanka, Italy, Spain, Poland, Hungary, Croatia, Malta, Cuba, Bolivia, Madagascar, Australia
""")

JOBS = word_list("""
baker, nurse, carpenter, teacher, plumber, architect, librarian, bus driver, graphic designer, marine biologist, florist,
bookbinder, accountant, electrician, translator, dentist, beekeeper, violin maker, tax adviser, software engineer, journalist,
firefighter, midwife, geologist, chef, pilot, tailor, glass blower, gardener, postman, physiotherapist, train driver, judge,
data analyst, photographer, surveyor, vet, watchmaker, welder, zookeeper, lawyer, painter, paramedic, pharmacist, optician,
barista, brewer, civil engineer, interpreter, lighthouse keeper, locksmith, museum guide, park ranger, piano tuner, potter,
roofer, sculptor, shepherd, social worker, sound engineer, speech therapist, statistician, stonemason, surgeon, tour guide,
web developer, wine merchant, yoga teacher, astronomer, cartographer, cheesemaker, clockmaker, curator, dietitian, diver
""")

FOODS = word_list("""
hazelnuts, shrimps, strawberries, peanuts, lentils, mushrooms, olives, aubergines, blue cheese, rye bread, walnuts, mango,
celery, coriander, sesame, soy, eggs, mustard, kiwis, tomatoes, tofu, oysters, garlic, anchovies, beetroot, capers, figs,
pineapple, almonds, mussels, cashews, lupins, wheat, milk, apricots, radishes, fennel, pistachios, chestnuts, buckwheat,
crab, squid, raspberries, bananas, cinnamon, ginger, rhubarb, spinach, artichokes, brussels sprouts, sardines, goat cheese
""")

ALLERGENS = word_list("""
hazelnuts, pollen, penicillin, cats, dust, bee stings, latex, peanuts, shellfish, nickel, aspirin, birch pollen, house dust,
ragweed, wasp stings, gluten, lactose, ibuprofen, grass, horse hair, mould, sesame, kiwis, sulphites, amoxicillin, feathers
""")

DISHES = word_list("""
mushroom risotto, lentil soup, fish tacos, pancakes, lasagne, ramen, paella, goulash, onion tart, pad thai, shakshuka,
potato gratin, falafel, dal, gnocchi, moussaka, pierogi, bibimbap, chili, ratatouille, sushi, apple pie, carrot cake, curry,
tomato soup, couscous, borscht, quiche, spaghetti carbonara, fried rice, cheese fondue, lemon tart, rice pudding, kimchi stew
""")

DRINKS = word_list("""
green tea, black coffee, oat milk latte, ginger beer, apple juice, peppermint tea, espresso, mango lassi, cider, hot chocolate,
rooibos, tonic water, orange juice, camomile tea, cappuccino, iced tea, lemonade, red wine, elderflower cordial, kombucha,
sparkling water, earl grey, tomato juice, chai, buttermilk, stout, matcha, blackcurrant juice, flat white, malt beer
""")

HOBBIES = word_list("""
pottery, bird watching, rock climbing, chess, knitting, cycling, baking bread, stargazing, origami, fencing, kayaking,
woodworking, calligraphy, geocaching, juggling, photography, salsa dancing, gardening, sailing, archery, painting, judo,
crossword puzzles, model trains, bouldering, beekeeping, hiking, swimming, running, tango, badminton, embroidery, surfing,
table tennis, mushroom picking, metal detecting, brewing beer, wood carving, skiing, fishing, yoga, cooking, singing,
bookbinding, board games, parkour, trampolining, ice skating, rowing, falconry, genealogy, magic tricks, tai chi
""")

SPORTS = word_list("""
tennis, volleyball, handball, badminton, basketball, football, hockey, squash, rugby, cricket, curling, golf, water polo,
table tennis, ultimate frisbee, lacrosse, floorball, baseball, darts, billiards, netball, padel, softball
""")

INSTRUMENTS = word_list("""
cello, oboe, ukulele, accordion, harp, trombone, banjo, violin, piano, clarinet, drums, double bass, saxophone, mandolin,
flute, trumpet, guitar, viola, bagpipes, bassoon, harmonica, tuba, organ, xylophone, french horn, recorder, sitar, bass guitar
""")

SUBJECTS = word_list("""
chemistry, linguistics, law, archaeology, medicine, philosophy, economics, botany, physics, art history, computer science,
marine biology, psychology, theology, geography, mathematics, musicology, nursing, sociology, statistics, astronomy,
political science, veterinary medicine, civil engineering, graphic design, education, geology, history, journalism
""")

LANGUAGES = word_list("""
Portuguese, Finnish, Swahili, Japanese, Welsh, Arabic, Polish, Greek, Korean, Dutch, Turkish, Hungarian, Icelandic, Hindi,
Czech, Norwegian, Basque, Hebrew, Italian, Mandarin, Tamil, Vietnamese, Catalan, Danish, French, Spanish, German, Latvian,
Thai, Urdu, Yoruba, Zulu, Irish, Romanian, Ukrainian, Croatian, Persian, Bengali, Swedish, Russian
""")

COLOURS = word_list("""
green, dark blue, orange, purple, yellow, turquoise, red, silver, black, white, brown, pink, grey, teal, crimson, beige, gold,
light green, navy blue, olive, maroon, violet, cream, copper, lilac, mint green, sky blue, bright red, mustard yellow, indigo
""")

ANIMALS = word_list("""
otter, hedgehog, owl, dolphin, fox, penguin, elephant, raven, octopus, giraffe, badger, heron, tortoise, lynx, wolf, panda,
kingfisher, seal, red squirrel, hare, stork, puffin, whale, tiger, sloth, koala, jaguar, falcon, capybara, moose, gecko, bear
""")

SEASONS = ("autumn", "spring", "summer", "winter")
MONTHS = word_list("""
March, January, February, April, May, June, July, August, September, October, November, December
""")
WEEKDAYS = word_list("Tuesday, Monday, Wednesday, Thursday, Friday, Saturday, Sunday")

CARS = word_list("""
blue Volvo, red Fiat, old Saab, silver Toyota, white van, green Mini, electric Renault, black Skoda, yellow Beetle, Honda
Civic, Ford Fiesta, Volkswagen Golf, Citroën 2CV, grey Peugeot, Land Rover, Opel Corsa, Kia Picanto, Mazda MX-5, pickup truck,
hybrid Hyundai, Tesla Model 3, orange camper van, second-hand Audi, Dacia Duster, Alfa Romeo, Suzuki Swift, Jeep, motorbike
""")

MATERIALS = word_list("""
walnut, oak, glass, steel, bamboo, marble, pine, leather, wool, linen, copper, clay, silk, cherry wood, concrete, brass, cork,
recycled plastic, cast iron, porcelain, aluminium, beech, cotton, felt, slate, ash wood, granite, wicker
""")

SPOTS = word_list("""
under the flower pot, in the blue drawer, behind the mirror, on the top shelf, in the garage, under the bed, in the cellar,
in a shoe box, next to the fridge, in the left pocket of the coat, in the kitchen cupboard, behind the books, in the attic,
on the windowsill, in the glove compartment, inside the piano stool, in the old suitcase, under the doormat, in the desk,
on a hook by the door, in the tea tin, behind the radiator, in the bathroom cabinet, at the office, in the red folder,
at my parents' house, in the garden shed, in the hall, in the biscuit tin, under the stairs, in the green toolbox, in the safe
""")

FEARS = word_list("""
spiders, heights, flying, the dark, thunder, snakes, dentists, deep water, dogs, clowns, needles, small spaces, bees, lifts,
moths, crowds, ghosts, horses, mice, public speaking, wasps, escalators, balloons, owls
""")

GOALS = word_list("""
learn to sail, run a marathon, write a novel, visit Iceland, build a canoe, learn Italian, plant an orchard, buy a tandem,
stop smoking, climb Mont Blanc, open a bakery, learn the cello, walk to Santiago, read more poetry, repair the old clock,
get a pilot licence, grow pumpkins, start a choir, cycle to Rome, keep bees, move to the sea, sleep more, learn to juggle,
paint the kitchen, adopt a greyhound, go vegan, save for a house, make cheese, write to my aunt, learn sign language
""")

COLLECTIONS = word_list("""
old maps, fountain pens, stamps, sea glass, teapots, vinyl records, coins, postcards, beetles, comic books, typewriters,
fossils, bottle caps, clocks, minerals, tin toys, thimbles, cameras, matchboxes, first editions, dice, snow globes, keys
""")

DIETS = word_list("vegetarian, vegan, pescatarian, flexitarian, fruitarian")

KIN = word_list("""
sister, brother, mother, father, aunt, uncle, cousin, grandmother, grandfather, wife, husband, partner, daughter, son, niece,
nephew, girlfriend, boyfriend, fiancée, mother-in-law, father-in-law, sister-in-law, brother-in-law, stepfather, stepmother,
godmother, godson, goddaughter, twin brother, twin sister, older sister, younger sister, older brother, younger brother,
eldest daughter, youngest son, half-sister, grandson, granddaughter, great-aunt, ex-husband, ex-wife, stepson, mum, dad, baby
""")
PEOPLE = word_list("""
boss, neighbour, best friend, dentist, doctor, landlord, colleague, flatmate, piano teacher, hairdresser, roommate, mentor,
accountant, lawyer, personal trainer, therapist, manager, teacher, tutor, vet, cleaner, babysitter, landlady, supervisor,
driving instructor, yoga teacher, plumber, electrician, tax adviser, team leader, assistant, coach, gardener, barber,
language teacher, physiotherapist, eye doctor, childhood friend, pen friend, downstairs neighbour, upstairs neighbour,
running partner, chess partner, business partner, singing teacher, insurance agent, postman, head of department, intern
""")
PETS = word_list("""
cat, dog, hamster, parrot, rabbit, tortoise, goldfish, guinea pig, canary, horse, pony, ferret, budgie, puppy, kitten, goat,
donkey, rat, snake, lizard, chicken, rooster, cow, sheep, pig, duck, goose, gecko, turtle, mouse, cockatoo, poodle, greyhound,
second cat, old dog, black cat, white rabbit, dachshund, spaniel, terrier, hedgehog, llama, alpaca, mule, stick insect
""")
THINGS = word_list("""
kettle, car, boat, bike, robot vacuum, toaster, laptop, phone, sourdough starter, cactus, guitar, teddy bear, van, tent,
scooter, printer, coffee machine, washing machine, lawn mower, fridge, telescope, violin, motorbike, camper van, sailing boat,
canoe, kayak, surfboard, skateboard, sewing machine, drone, camera, server, router, tablet, watch, umbrella, backpack,
suitcase, teapot, vase, statue, lamp, armchair, sofa, bed, desk, clock, radio, piano, cello, drum kit, trumpet, allotment,
garden, house, cottage, cabin, treehouse, greenhouse, shed, pond, apple tree, oak tree, ficus, monstera, bonsai, orchid, fern,
rose bush, tomato plant, hedge, snowman, scarecrow, garden gnome, doll, puppet, toy train, model ship, kite, sledge, snowboard,
tractor, truck, trailer, caravan, barge, dinghy, rowing boat, balloon, spaceship, blender, mixer, oven, stove, microwave,
dishwasher, freezer, pan, frying pan, wok, knife, mug, cup, thermos, water bottle, lunch box, penknife, hammer, drill, saw,
ladder, wheelbarrow, rake, hose, watering can, lighter, pipe, walking stick, hat, coat, scarf, wig, wheelchair, hearing aid,
alarm clock, calculator, typewriter, fountain pen, notebook, diary, chess computer, game console, keyboard, monitor, headphones,
speaker, microphone, record player, film projector, electric bike, racing bike, tandem, unicycle, hot-air balloon, quilt, mop
""")
GROUPS = word_list("""
band, choir, football team, book club, company, podcast, blog, newsletter, quiz team, chess club, YouTube channel, startup,
theatre group, running group, street, village, school, university, home wifi network, novel, thesis, favourite pub, gym,
favourite café, bank, boarding school, favourite band, favourite film, favourite book, favourite restaurant, favourite song,
favourite painter, favourite author, favourite poet, favourite football club, favourite board game, favourite video game,
mobile provider, health insurance, project, current project, secret project, publisher, orchestra, shop, farm, bakery,
allotment club, favourite museum, favourite beach, favourite park, favourite bakery, hometown, ship, kindergarten, language school
""")
LOCKS = word_list("""
bike lock, locker, front door, safe, suitcase lock, alarm, garage door, garden gate, gym locker, office door, SIM card, parking
card, letter box, key box, phone, tablet, storage room, boat, bank card, library card, door, laptop, entrance, parcel locker
""")
NUMBERED = word_list("""
room number, house number, locker number, bus line, tram line, shoe size, flat number, desk number, membership number, jersey
number, parking space, customer number, platform, seat number, hotel room, extension, postcode, gate number, flight number,
staff number, order number, ticket number, lucky number, blood pressure, licence plate, table number, student number, wifi password
""")
EVENTS = word_list("""
dentist appointment, job interview, driving test, piano lesson, concert, haircut, exam, operation, parents' evening, flight,
wedding, house-warming party, book club, choir practice, team meeting, doctor's appointment, eye test, vet appointment,
graduation, thesis defence, tax appointment, yoga class, board meeting, moving day, train to Berlin, school play, marathon,
tango class, job review, chess tournament, physio appointment, car inspection, holiday, language exam, performance, vaccination
""")
DATED = word_list("birthday, wedding anniversary, name day, first day at work, wedding day, retirement day, moving day")
KEPT = word_list("""
passport, spare key, car keys, wallet, vaccination card, birth certificate, torch, toolbox, tax papers, sewing kit, savings,
will, diary, glasses, charger, medicine, umbrella, camera, winter coat, ladder, wedding ring, chess set, tent, phone book, drill,
first-aid kit, fishing rod, old letters, jewellery, insurance papers, recipe book, bicycle pump, spare bulbs, candles, stamps
""")
LIKED = word_list("""
strong coffee, long walks, jazz, thunderstorms, crime novels, old films, cold showers, silence, pears, board games, black
liquorice, poetry, early mornings, techno, loud music, cheese, small talk, opera, snow, spicy food, puzzles, westerns, tulips,
dark chocolate, train rides, museums, campfires, rainy days, musicals, science fiction, salty popcorn, hot weather, karaoke
""")

_ONSETS = "b br c ch d dr f fl g gl gr h j k kl l m n p pl qu r s sh sk st t th tr v w y z zh vr m l n r t s d".split()
_NUCLEI = "a e i o u a e i o u ai ea io ou y".split()
_CODAS = ["", "", "", "", "l", "n", "r", "s", "x", "th", "m", "nd", "k", "rt", "ll"]
_ENDINGS = "a o us is en ia el or an ix eth in una ello ari ek ow y um e as on ul imo etta".split()
_PLACE_ENDINGS = "ford burg stad ville berg mouth ham by wick haven minster dorf holm ton field dale wood bridge moor".split()
_TITLE_HEADS = word_list("""
The Blue, The Last, The Silent, The Golden, Old, The Hidden, Red, The Iron, North, The Broken, Little, The Paper, Midnight,
Green, The Seven, Wild, The Crooked, Silver, The Hungry, The Salt, Winter, The Glass, Lost, The Velvet, The Lazy, Copper
""")
_TITLE_TAILS = word_list("""
Heron, Lantern, River, Tiger, Garden, Key, Harbour, Mountain, Clock, Owl, Kitchen, Orchard, Letters, Bridge, Fox, Train, Moon,
Anchor, Bears, Teapot, Island, Forest, Wolves, Tower, Piano, Pilgrim, Rabbit, Sea, Window, Stars, Whistle, Candle, Spoon
""")
_STREETS = word_list("Street, Road, Lane, Avenue, Square, Alley, Hill, Row, Close, Gardens, Way, Quay")


@lru_cache(maxsize=50_000)
def held_out(word: str) -> bool:
    """Whether this word or phrasing is kept from training: a fixed eighth, the same on every machine."""
    return zlib.crc32(word.encode()) % 8 == 3


class Words:
    """Draws words: for training never a held-out one, for the evaluation held-out ones wherever a list has any."""

    def __init__(self, random: Random, split: Split = "train") -> None:
        self.random = random
        self.split: Split = split
        self._pools: dict[int, tuple[Sequence[str], list[str]]] = {}

    def pick(self, words: Sequence[str]) -> str:
        """One word of the list, of this split."""
        if self.split == "all" or len(words) < 3:
            return self.random.choice(words)
        known = self._pools.get(id(words))
        if known is None or known[0] is not words:
            wanted = self.split == "held_out"
            pool = [word for index, word in enumerate(words) if (index > 0 and held_out(word)) == wanted]
            known = (words, pool if len(pool) > 1 else list(words))
            if len(words) > 30:
                self._pools[id(words)] = known
        return self.random.choice(known[1])

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def one_of(self, *makers: Callable[[], T]) -> T:
        return self.random.choice(makers)()

    # Values: each returns the text as a person would write it.

    def made_up(self) -> str:
        """A capitalised word that nobody has seen before."""
        choice = self.random.choice
        syllables = "".join(choice(_ONSETS) + choice(_NUCLEI) + choice(_CODAS) for _ in range(choice((1, 1, 1, 2))))
        word = syllables + choice(_ONSETS) + choice(_ENDINGS) if self.chance(0.85) else syllables
        return word.capitalize()

    def name(self) -> str:
        return self.made_up() if self.chance(0.55) else self.pick(NAMES)

    def full_name(self) -> str:
        if self.chance(0.8):
            return self.name()
        surname = self.made_up() if self.chance(0.5) else self.pick(SURNAMES)
        return f"{self.one_of(self.name, lambda: 'Dr', lambda: 'Mrs', lambda: 'Mr')} {surname}"

    def pet_name(self) -> str:
        if self.chance(0.12):
            return f"{self.made_up()} {self.made_up()}"
        return self.made_up() if self.chance(0.5) else self.pick(PET_NAMES) if self.chance(0.6) else self.pick(NAMES)

    def place(self) -> str:
        if self.chance(0.5):
            return self.pick(PLACES)
        stem = self.random.choice(_ONSETS).capitalize() + self.random.choice(_NUCLEI) + self.random.choice(_CODAS)
        return stem + self.random.choice(_PLACE_ENDINGS) if self.chance(0.5) else self.made_up()

    def title(self) -> str:
        kind = self.random.random()
        if kind < 0.45:
            return f"{self.pick(_TITLE_HEADS)} {self.pick(_TITLE_TAILS)}"
        if kind < 0.85:
            return self.made_up()
        return f"{self.made_up()} {self.pick(_TITLE_TAILS)}"

    def street(self) -> str:
        stem = self.made_up() if self.chance(0.5) else self.pick(_TITLE_TAILS)
        return f"{stem} {self.pick(_STREETS)} {self.random.randint(1, 199)}"

    def digits(self, low: int = 2, high: int = 6) -> str:
        return "".join(self.random.choice("0123456789") for _ in range(self.random.randint(low, high)))

    def number(self) -> str:
        return str(self.random.randint(1, self.random.choice((12, 50, 100, 999))))

    def code(self) -> str:
        if self.chance(0.75):
            return self.digits(3, 6)
        letters = "".join(self.random.choice("ABCDEFGHJKLMNPRSTUVWXYZ") for _ in range(self.random.randint(1, 3)))
        return f"{letters}{self.digits(2, 4)}"

    def phone(self) -> str:
        return f"0{self.digits(2, 3)} {self.digits(3, 4)} {self.digits(2, 3)}"

    def day(self) -> str:
        date = f"{self.random.randint(1, 30)} {self.random.choice(MONTHS)}"
        if self.chance(0.3):
            month, number = self.random.choice(MONTHS), self.random.randint(1, 30)
            return f"{month} {number}"
        return date if self.chance(0.75) else f"{date} {self.random.randint(1931, 2019)}"

    def time(self) -> str:
        hour = self.random.randint(0, 23)
        return self.random.choice(
            (
                f"{hour}:{self.random.choice(('00', '15', '30', '45', '10', '40'))}",
                f"{hour % 12 + 1} {self.random.choice(('am', 'pm'))}",
                f"half past {_HOURS[hour % 12]}",
            )
        )

    def weekday(self) -> str:
        return self.random.choice(WEEKDAYS)

    def appointment(self) -> str:
        return self.one_of(
            lambda: f"on {self.weekday()}",
            lambda: f"on {self.day()}",
            lambda: f"at {self.time()}",
            lambda: f"on {self.weekday()} at {self.time()}",
            lambda: f"in {self.random.choice(MONTHS)}",
        )

    def thing(self) -> str:
        """Something one can own: from the list, or with a describing word, or made up."""
        kind = self.random.random()
        if kind < 0.8:
            return self.pick(THINGS)
        if kind < 0.92:
            return f"{self.pick(_DESCRIBED)} {self.pick(THINGS)}"
        return self.made_up().lower()


_HOURS = word_list("twelve, one, two, three, four, five, six, seven, eight, nine, ten, eleven")
_DESCRIBED = word_list("old, new, red, second, little, blue, broken, favourite, big, green, vintage, spare, yellow, electric")
