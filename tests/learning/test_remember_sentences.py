"""What people tell, in many forms: each sentence must become a good note, a natural question and the exact answer."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from learning.remember import from_words

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday

FACTS = [
    # names of people, animals and things
    ("My bicycle is called Pegasus", "The user's bicycle is called Pegasus.", "What is my bicycle called?", "Pegasus"),
    ("my sister's name is Oduya", "The user's sister's name is Oduya.", "What is my sister's name?", "Oduya"),
    ("The wifi at the cabin is called NordLicht", "The wifi at the cabin is called NordLicht.", "What is the wifi at the cabin called?", "NordLicht"),
    ("The name of my boat is Argo II.", "The name of the user's boat is Argo II.", "What is the name of my boat?", "Argo II"),
    ("our hamster's called Professor Plum", "The user's hamster is called Professor Plum.", "What is our hamster called?", "Professor Plum"),
    ("My grandson's nickname is Pip.", "The user's grandson's nickname is Pip.", "What is my grandson's nickname?", "Pip"),
    ("My name's Zsófia", "The user's name is Zsófia.", "What is my name?", "Zsófia"),
    ("I am Babatunde.", "The user is Babatunde.", "What is my name?", "Babatunde"),
    ("I have two brothers, Tim and Rob", "The user has two brothers, Tim and Rob.", "What are my two brothers called?", "Tim and Rob"),
    ("I have three children: Lou, Max and Ada", "The user has three children: Lou, Max and Ada.", "What are my three children called?", "Lou, Max and Ada"),
    ("We have a goat named Sir Bleats", "The user has a goat named Sir Bleats.", "What is our goat called?", "Sir Bleats"),
    ("I've got a parrot called Kiki", "The user has a parrot called Kiki.", "What is my parrot called?", "Kiki"),
    ("My uncle has a ferret called Noodle.", "The user's uncle has a ferret called Noodle.", "What is my uncle's ferret called?", "Noodle"),
    ("I call my van Bertha", "The user calls the user's van Bertha.", "What do I call my van?", "Bertha"),
    ("We named our daughter Freya", "The user named the user's daughter Freya.", "What did we name our daughter?", "Freya"),
    ("My friends call me Zaz", "The user's friends call the user Zaz.", "What do my friends call me?", "Zaz"),
    ("I sing in a choir called Vox Humana", "The user sings in a choir called Vox Humana.", "What is the choir I sing in called?", "Vox Humana"),
    ("My brother Tim's wife is called Saar", "The user's brother Tim's wife is called Saar.", "What is my brother Tim's wife called?", "Saar"),
    # who is who
    ("My dentist is Dr Okafor", "The user's dentist is Dr Okafor.", "Who is my dentist?", "Dr Okafor"),
    ("The dog's vet is Dr. Marsh.", "The dog's vet is Dr. Marsh.", "Who is the dog's vet?", "Dr. Marsh"),
    ("Ngozi is my godmother", "Ngozi is the user's godmother.", "Who is my godmother?", "Ngozi"),
    ("Miso is our cat.", "Miso is the user's cat.", "What is our cat called?", "Miso"),
    ("My favourite author is Ursula Le Guin", "The user's favourite author is Ursula Le Guin.", "Who is my favourite author?", "Ursula Le Guin"),
    ("I'm married to Jonas", "The user is married to Jonas.", "Who am I married to?", "Jonas"),
    ("I see Dr. Marsh on Tuesdays", "The user sees Dr. Marsh on Tuesdays.", "Who do I see on Tuesdays?", "Dr. Marsh"),
    # places
    ("I live in Ghent", "The user lives in Ghent.", "Where do I live?", "Ghent"),
    ("we live at 12 Oak Street, Bristol", "The user lives at 12 Oak Street, Bristol.", "Where do we live?", "12 Oak Street, Bristol"),
    ("I live in Ghent with my wife and two kids", "The user lives in Ghent with the user's wife and two kids.", "Where do I live?", "Ghent"),
    ("I grew up in Porto", "The user grew up in Porto.", "Where did I grow up?", "Porto"),
    ("I'm from Ghana", "The user is from Ghana.", "Where am I from?", "Ghana"),
    ("My parents live in a lighthouse", "The user's parents live in a lighthouse.", "Where do my parents live?", "lighthouse"),
    ("My sister Ada lives in Lyon, but my brother lives in Rome.", "The user's sister Ada lives in Lyon, but the user's brother lives in Rome.", "Where does my sister Ada live?", "Lyon"),
    ("I have a brother who lives in Rome", "The user has a brother who lives in Rome.", "Where does my brother live?", "Rome"),
    ("The spare key is under the mat", "The spare key is under the mat.", "Where is the spare key?", "under the mat"),
    ("I keep my passport in the blue drawer", "The user keeps the user's passport in the blue drawer.", "Where do I keep my passport?", "blue drawer"),
    ("I left my umbrella at the office", "The user left the user's umbrella at the office.", "Where did I leave my umbrella?", "office"),
    ("My house is near the station", "The user's house is near the station.", "Where is my house?", "near the station"),
    ("We met in Prague", "The user met in Prague.", "Where did we meet?", "Prague"),
    ("I've been to Iceland", "The user has been to Iceland.", "Where have I been?", "Iceland"),
    ("My uncle has a farm in Normandy", "The user's uncle has a farm in Normandy.", "Where does my uncle have a farm?", "Normandy"),
    # times
    ("My birthday is on 3 May", "The user's birthday is on 3 May.", "When is my birthday?", "3 May"),
    ("I was born on 3 May 1988 in Leuven", "The user was born on 3 May 1988 in Leuven.", "When was I born?", "3 May 1988"),
    ("I was born in Leuven", "The user was born in Leuven.", "Where was I born?", "Leuven"),
    ("Ada's birthday is June 12th", "Ada's birthday is June 12th.", "When is Ada's birthday?", "June 12th"),
    ("My daughter starts school on 1 September", "The user's daughter starts school on 1 September.", "When does my daughter start school?", "1 September"),
    ("My flight to Lisbon leaves on Friday at 7:45", "The user's flight to Lisbon leaves on Friday at 7:45.", "When does my flight to Lisbon leave?", "Friday at 7:45"),
    ("I have a meeting with Ada on Monday at 10", "The user has a meeting with Ada on Monday at 10.", "When is my meeting with Ada?", "Monday at 10"),
    ("I have an appointment at the dentist on Friday at 3", "The user has an appointment at the dentist on Friday at 3.", "When is my appointment at the dentist?", "Friday at 3"),
    ("I get up at six", "The user gets up at six.", "When do I get up?", "six"),
    ("The bins are collected on Wednesdays", "The bins are collected on Wednesdays.", "When are the bins collected?", "Wednesdays"),
    ("Dinner is at seven", "Dinner is at seven.", "When is dinner?", "seven"),
    ("We got married in 2010", "The user got married in 2010.", "When did we get married?", "2010"),
    ("I quit smoking in 2016", "The user quit smoking in 2016.", "When did I quit smoking?", "2016"),
    ("I work from 9 to 5", "The user works from 9 to 5.", "When do I work?", "from 9 to 5"),
    ("I need to take my pills at eight", "The user needs to take the user's pills at eight.", "When do I need to take my pills?", "eight"),
    ("Our house was built in 1934", "The user's house was built in 1934.", "When was our house built?", "1934"),
    # work and study
    ("I work as a welder at Harlan & Sons", "The user works as a welder at Harlan & Sons.", "What is my job?", "welder at Harlan & Sons"),
    ("I'm a nurse", "The user is a nurse.", "What is my job?", "nurse"),
    ("My father was a miner", "The user's father was a miner.", "What was my father's job?", "miner"),
    ("I work at the port of Antwerp", "The user works at the port of Antwerp.", "Where do I work?", "port of Antwerp"),
    ("I work for Nordwind", "The user works for Nordwind.", "Who do I work for?", "Nordwind"),
    ("On Fridays I work from home", "On Fridays the user works from home.", "When do I work from home?", "Fridays"),
    ("My sister studies medicine in Ghent", "The user's sister studies medicine in Ghent.", "What does my sister study?", "medicine"),
    ("I have a PhD in botany", "The user has a PhD in botany.", "What do I have a PhD in?", "botany"),
    ("I'm working on a novel", "The user is working on a novel.", "What am I working on?", "novel"),
    ("My thesis is about moss", "The user's thesis is about moss.", "What is my thesis about?", "moss"),
    # tastes
    ("My favourite tea is lapsang souchong", "The user's favourite tea is lapsang souchong.", "What is my favourite tea?", "lapsang souchong"),
    ("My favourite film is My Neighbour Totoro", "The user's favourite film is My Neighbour Totoro.", "What is my favourite film?", "My Neighbour Totoro"),
    ("Purple is my favourite colour", "Purple is the user's favourite colour.", "What is my favourite colour?", "Purple"),
    ("I like jazz", "The user likes jazz.", "What do I like?", "jazz"),
    ("I hate cilantro", "The user hates cilantro.", "What do I hate?", "cilantro"),
    ("I can't stand mushrooms", "The user can't stand mushrooms.", "What can't I stand?", "mushrooms"),
    ("I don't like olives", "The user doesn't like olives.", "What don't I like?", "olives"),
    ("I really love hiking in the Dolomites", "The user really loves hiking in the Dolomites.", "What do I love?", "hiking in the Dolomites"),
    ("I enjoy baking bread", "The user enjoys baking bread.", "What do I enjoy baking?", "bread"),
    ("I take my coffee black", "The user takes the user's coffee black.", "How do I take my coffee?", "black"),
    ("I drink my tea with two sugars", "The user drinks the user's tea with two sugars.", "How do I drink my tea?", "with two sugars"),
    ("I usually drink coffee in the morning", "The user usually drinks coffee in the morning.", "What do I drink in the morning?", "coffee"),
    ("I never drink alcohol", "The user never drinks alcohol.", "What do I never drink?", "alcohol"),
    ("I root for FC Twente", "The user roots for FC Twente.", "Who do I root for?", "FC Twente"),
    # what someone does, can, has
    ("I drive a green Volvo", "The user drives a green Volvo.", "What do I drive?", "green Volvo"),
    ("I play the cello", "The user plays the cello.", "Which instrument do I play?", "cello"),
    ("I speak Dutch, French and some Greek", "The user speaks Dutch, French and some Greek.", "Which languages do I speak?", "Dutch, French and some Greek"),
    ("I'm learning Japanese", "The user is learning Japanese.", "What am I learning?", "Japanese"),
    ("I want to learn Finnish", "The user wants to learn Finnish.", "What do I want to learn?", "Finnish"),
    ("I'd like to visit Peru", "The user would like to visit Peru.", "What would I like to visit?", "Peru"),
    ("I collect vintage stamps", "The user collects vintage stamps.", "What do I collect?", "vintage stamps"),
    ("My laptop runs Fedora", "The user's laptop runs Fedora.", "What does my laptop run?", "Fedora"),
    ("My robot zorbles the carpet on Sundays", "The user's robot zorbles the carpet on Sundays.", "When does my robot zorble the carpet?", "Sundays"),
    ("I commute by train", "The user commutes by train.", "How do I commute?", "by train"),
    ("I cannot swim", "The user cannot swim.", "What can't I do?", "swim"),
    ("I take 20 mg of Zoloft every morning", "The user takes 20 mg of Zoloft every morning.", "What do I take every morning?", "20 mg of Zoloft"),
    ("I wrote a book called Silent Rivers", "The user wrote a book called Silent Rivers.", "What is the book I wrote called?", "Silent Rivers"),
    ("I owe Tim 50 euros", "The user owes Tim 50 euros.", "What do I owe Tim?", "50 euros"),
    ("I lent my drill to Joris", "The user lent the user's drill to Joris.", "Who did I lend my drill to?", "Joris"),
    ("My dream is to open a bakery", "The user's dream is to open a bakery.", "What is my dream?", "open a bakery"),
    ("My hobbies are chess and origami", "The user's hobbies are chess and origami.", "What are my hobbies?", "chess and origami"),
    ("My grandmother used to live in Odessa", "The user's grandmother used to live in Odessa.", "Where did my grandmother use to live?", "Odessa"),
    # health, body, how someone or something is
    ("I'm allergic to hazelnuts", "The user is allergic to hazelnuts.", "What am I allergic to?", "hazelnuts"),
    ("My nephew is allergic to bee stings.", "The user's nephew is allergic to bee stings.", "What is my nephew allergic to?", "bee stings"),
    ("I'm lactose intolerant", "The user is lactose intolerant.", "What am I intolerant to?", "lactose"),
    ("I'm afraid of spiders", "The user is afraid of spiders.", "What am I afraid of?", "spiders"),
    ("I have asthma", "The user has asthma.", "Which condition do I have?", "asthma"),
    ("I'm vegan", "The user is vegan.", "What is my diet?", "vegan"),
    ("I'm 1.85 m tall", "The user is 1.85 m tall.", "How tall am I?", "1.85 m"),
    ("I weigh 80 kilos", "The user weighs 80 kilos.", "How much do I weigh?", "80 kilos"),
    ("Our cat Miso is 4 years old", "The user's cat Miso is 4 years old.", "How old is our cat Miso?", "4 years old"),
    ("I'm 34", "The user is 34.", "How old am I?", "34"),
    ("My tortoise is 62", "The user's tortoise is 62.", "How old is my tortoise?", "62"),
    ("My son has blue eyes", "The user's son has blue eyes.", "What colour are my son's eyes?", "blue"),
    ("My boss is very strict", "The user's boss is very strict.", "What is my boss like?", "strict"),
    ("I'm Dutch", "The user is Dutch.", "What nationality am I?", "Dutch"),
    # things and numbers
    ("My bike is dark green", "The user's bike is dark green.", "What colour is my bike?", "dark green"),
    ("My car is a red Toyota", "The user's car is a red Toyota.", "What kind of car do I have?", "red Toyota"),
    ("My dog is a beagle", "The user's dog is a beagle.", "What breed is my dog?", "beagle"),
    ("My desk is made of oak", "The user's desk is made of oak.", "What is my desk made of?", "oak"),
    ("My phone number is 0478 12 34 56", "The user's phone number is 0478 12 34 56.", "What is my phone number?", "0478 12 34 56"),
    ("My locker combination is 12-34-56", "The user's locker combination is 12-34-56.", "What is my locker combination?", "12-34-56"),
    ("The code for the gate is 4711#", "The code for the gate is 4711#.", "What is the code for the gate?", "4711#"),
    ("My email is ines@example.org", "The user's email is ines@example.org.", "What is my email?", "ines@example.org"),
    ("My rent is 850 euros", "The user's rent is 850 euros.", "What is my rent?", "850 euros"),
    ("We have fourteen houseplants", "The user has fourteen houseplants.", "How many houseplants do we have?", "fourteen"),
    ("My blood type is O negative", "The user's blood type is O negative.", "What is my blood type?", "O negative"),
    ("My pronouns are they/them", "The user's pronouns are they/them.", "What are my pronouns?", "they/them"),
    ("My shoe size is 42", "The user's shoe size is 42.", "What is my shoe size?", "42"),
    ("My favourite film is Apocalypse Now", "The user's favourite film is Apocalypse Now.", "What is my favourite film?", "Apocalypse Now"),
    ("There are two spare keys in the kitchen drawer", "There are two spare keys in the kitchen drawer.", "Where are the two spare keys?", "kitchen drawer"),
    ("My commute takes 40 minutes", "The user's commute takes 40 minutes.", "How long does my commute take?", "40 minutes"),
    ("My thermostat is set to 19 degrees", "The user's thermostat is set to 19 degrees.", "What is my thermostat set to?", "19 degrees"),
    ("I go to bed at eleven", "The user goes to bed at eleven.", "When do I go to bed?", "eleven"),
    ("We adopted a greyhound named Comet last year", "The user adopted a greyhound named Comet last year.", "What is the greyhound we adopted called?", "Comet"),
    ("I shop at the Saturday market", "The user shops at the Saturday market.", "Where do I shop?", "Saturday market"),
    ("I had a heart attack in 2018", "The user had a heart attack in 2018.", "When was my heart attack?", "2018"),
    ("I gave up sugar", "The user gave up sugar.", "What did I give up?", "sugar"),
    # wrapped, hasty and long-winded
    ("Remember that my kettle is called Vesuvius.", "The user's kettle is called Vesuvius.", "What is my kettle called?", "Vesuvius"),
    ("please note: i live in ghent", "The user lives in ghent.", "Where do I live?", "ghent"),
    ("by the way, i play the harp", "The user plays the harp.", "Which instrument do I play?", "harp"),
    ("Don’t forget that I’m allergic to latex!", "The user is allergic to latex.", "What am I allergic to?", "latex"),
    ("Sister: Oduya", "The user's sister is Oduya.", "Who is my sister?", "Oduya"),
    ("Wifi password: hunter2", "The user's wifi password is hunter2.", "What is my wifi password?", "hunter2"),
    ("i dont like olives", "The user doesn't like olives.", "What don't I like?", "olives"),
    ("ive got a dog called rex", "The user has a dog called rex.", "What is my dog called?", "rex"),
    ("im allergic to nuts", "The user is allergic to nuts.", "What am I allergic to?", "nuts"),
    ("my names bob", "The user's name is bob.", "What is my name?", "bob"),
    ("I should add that my aunt is called Wilhelmina", "The user's aunt is called Wilhelmina.", "What is my aunt called?", "Wilhelmina"),
    ("My name is Ines. I live in Faro.", "The user's name is Ines. The user lives in Faro.", "What is my name?", "Ines"),
    ("my landlord, Mr Pym, lives upstairs and he never sleeps", "The user's landlord, Mr Pym, lives upstairs and he never sleeps.", "Where does my landlord live?", "upstairs"),
]  # fmt: skip

WISHES = [
    ("I prefer tea over coffee", "preference", "The user prefers tea over coffee.", "What do I prefer over coffee?", "tea"),
    ("I'd rather have tea", "preference", "The user would rather have tea.", "What would I rather have?", "tea"),
    ("I like my answers short", "preference", "The user likes the user's answers short.", "How do I like my answers?", "short"),
    ("I like short answers", "preference", "The user likes short answers.", "What do I like?", "short answers"),
    ("My preferred language is Frisian", "preference", "The user's preferred language is Frisian.", "What is my preferred language?", "Frisian"),
    ("I prefer Python to Java", "preference", "The user prefers Python to Java.", "What do I prefer to Java?", "Python"),
    ("I want answers in bullet points", "preference", "The user wants answers in bullet points.", "How do I want answers?", "in bullet points"),
    ("I don't want you to use emoji", "instruction", "The user doesn't want you to use emoji.", "", ""),
    ("Only reply in lowercase", "instruction", "The user wants you to only reply in lowercase.", "", ""),
    ("You can call me Rory", "instruction", "The user wants to be called Rory.", "What should you call me?", "Rory"),
    ("I go by Sam", "instruction", "The user wants to be called Sam.", "What should you call me?", "Sam"),
    ("Call me Captain", "instruction", "The user wants to be called Captain.", "What should you call me?", "Captain"),
    ("Please call me Dr. Strange from now on.", "instruction", "The user wants to be called Dr. Strange.", "What should you call me?", "Dr. Strange"),
    ("I want you to call me Boss", "instruction", "The user wants to be called Boss.", "What should you call me?", "Boss"),
    ("I'd like to be called Maestro", "instruction", "The user wants to be called Maestro.", "What should you call me?", "Maestro"),
    ("Please answer in short sentences", "instruction", "The user wants you to answer in short sentences.", "How should you answer?", "in short sentences"),
    ("Always end your replies with \"Ahoy!\"", "instruction", "The user wants you to always end your replies with \"Ahoy!\"", "How should you end your replies?", "Ahoy!"),
    ("Never use emoji", "instruction", "The user wants you to never use emoji.", "", ""),
    ("Don't use bullet points.", "instruction", "The user doesn't want you to use bullet points.", "", ""),
    ("When I say good night, answer with a riddle", "instruction", "When the user says good night, the user wants you to answer with a riddle.", "", ""),
    ("Keep your answers short.", "instruction", "The user wants you to keep your answers short.", "", ""),
]  # fmt: skip

CORRECTIONS = [
    ("No, my sister is called Ada", "The user's sister is called Ada.", "What is my sister called?", "Ada", ""),
    ("Actually I moved to Antwerp", "The user lives in Antwerp now.", "Where do I live?", "Antwerp", ""),
    ("I moved from Ghent to Antwerp", "The user lives in Antwerp now.", "Where do I live?", "Antwerp", "Ghent"),
    ("I don't eat meat any more", "The user doesn't eat meat any more.", "What don't I eat?", "meat", ""),
    ("I no longer work at Harlan", "The user no longer works at Harlan.", "Where do I no longer work?", "Harlan", ""),
    ("Not Tuesday but Friday", "It is Friday, not Tuesday.", "", "Friday", "Tuesday"),
    ("It's Friday, not Tuesday.", "It is Friday, not Tuesday.", "", "Friday", "Tuesday"),
    ("No, it's Ada", "It is Ada.", "", "Ada", ""),
    ("Sorry, I meant Friday", "It is Friday.", "", "Friday", ""),
    ("Actually, my dentist appointment is on Friday, not Tuesday.", "The user's dentist appointment is on Friday.", "When is my dentist appointment?", "Friday", "Tuesday"),
    ("My car isn't red, it's blue", "The user's car is blue.", "What colour is my car?", "blue", "red"),
    ("My sister is not Oduya but Ada", "The user's sister is Ada.", "Who is my sister?", "Ada", "Oduya"),
    ("My dog is now called Rex", "The user's dog is now called Rex.", "What is my dog called?", "Rex", ""),
    ("My meeting with Ada was moved to Friday", "The user's meeting with Ada was moved to Friday.", "When is my meeting with Ada?", "Friday", ""),
    ("That's wrong, I have three cats", "The user has three cats.", "How many cats do I have?", "three", ""),
    ("It's not Oduya, it's Ada", "It is Ada, not Oduya.", "", "Ada", "Oduya"),
    ("I don't live in Ghent any more, I live in Antwerp", "The user lives in Antwerp.", "Where do I live?", "Antwerp", "Ghent"),
    ("My sister isn't called Oduya, she's called Ada", "The user's sister is called Ada.", "What is my sister called?", "Ada", "Oduya"),
    ("My phone number has changed: it's 555 1234", "The user's phone number is 555 1234.", "What is my phone number?", "555 1234", ""),
    ("My favourite colour has changed to green", "The user's favourite colour is green.", "What is my favourite colour?", "green", ""),
    ("The meeting was rescheduled to Thursday at 10", "The meeting was rescheduled to Thursday at 10.", "When is the meeting?", "Thursday at 10", ""),
    ("You got it wrong: my sister is called Ada", "The user's sister is called Ada.", "What is my sister called?", "Ada", ""),
    ("I work at Siemens now.", "The user works at Siemens now.", "Where do I work?", "Siemens", ""),
    ("I changed my name to Robin", "The user changed the user's name to Robin.", "What is my name?", "Robin", ""),
]  # fmt: skip


@pytest.mark.parametrize(("said", "text", "question", "answer"), FACTS)
def test_a_told_fact_becomes_note_question_and_answer(said: str, text: str, question: str, answer: str) -> None:
    memory = from_words(said, None, NOW)
    assert (memory.text, memory.question, memory.answer, memory.kind) == (text, question, answer, "fact")


@pytest.mark.parametrize(("said", "kind", "text", "question", "answer"), WISHES)
def test_a_wish_is_told_from_a_fact(said: str, kind: str, text: str, question: str, answer: str) -> None:
    memory = from_words(said, None, NOW)
    assert (memory.kind, memory.text, memory.question, memory.answer) == (kind, text, question, answer)


@pytest.mark.parametrize(("said", "text", "question", "answer", "replaces"), CORRECTIONS)
def test_a_correction_is_seen_with_what_it_replaces(said: str, text: str, question: str, answer: str, replaces: str) -> None:
    memory = from_words(said, None, NOW)
    assert (memory.kind, memory.text, memory.question, memory.answer, memory.replaces) == ("correction", text, question, answer, replaces)
