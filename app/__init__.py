"""The assistant and its faces without a window: façade, composition, commands, terminal chat, tour. No Qt, no torch."""
