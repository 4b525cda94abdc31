"""Nights that take care of themselves: who starts them, what they ask of the machine, how they behave, and what they tell."""
