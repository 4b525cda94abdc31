"""Scenarios: one file that reads like a story, is run without a screen, and is a test. See docs/SCENARIOS.md."""
