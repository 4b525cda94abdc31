"""Models as files and as engines: what serves, what it can do, what its file says. Nothing here knows a memory."""
