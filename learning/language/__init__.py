"""Reading the user's sentences by rule, without any model: words, persons, clauses, and what a sentence answers."""
