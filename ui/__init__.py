"""The window: Qt widgets over `app.assistant.Assistant` and its events. No SQL, no torch, no llama_cpp."""
