"""What is typed about nights that begin by themselves: the night if it is due, the word it waits for, the timer, the report."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict, replace

from app import as_json, as_text
from app.assistant import Assistant, night_settings
from app.commands import DONE, show, sleep
from app.nights import system
from app.nights.machine import Machine, RunningMachine, ThisMachine
from app.nights.manners import Watch, step_back
from app.nights.scheduler import until
from app.nights.situation import rules_of, situation_of
from learning.consent import proposed
from learning.nightly import Due, Rules, Situation, is_due
from learning.types import ConsolidationId
from models.errors import UserError


def if_due(assistant: Assistant, json_lines: bool, machine: Machine | None = None) -> int:
    """A night if this is a good moment for one, with the lowest priority and until somebody comes back; else why not."""
    due, rules, _ = _moment(assistant, machine or ThisMachine(assistant.profile.home))
    if due.now:
        step_back()
        running = machine or RunningMachine(assistant.profile.home)
        return sleep(assistant, json_lines, lambda cancel: Watch(running, rules, cancel))
    if json_lines:
        show({"event": "finished", "outcome": "not_now", **_told(due)})
    else:
        print(f"Not now: {due.why}.")
    return DONE


def answer(assistant: Assistant, arguments: argparse.Namespace) -> int:
    """The person's word on what a night learned and asked about."""
    adapter = assistant.agree() if arguments.agree else assistant.decline()
    learned = proposed(assistant.store, adapter)
    if arguments.json:
        show({"adapter": adapter.id, "status": adapter.status, "memories": [memory.id for memory in learned]})
    elif arguments.agree:
        print("\n".join(["From now on known by heart:", *(f"  {memory.text}" for memory in learned)]))
    else:
        print("Declined. All of it stays notes, and nothing else has changed.")
    return DONE


def nights(assistant: Assistant, arguments: argparse.Namespace) -> int:
    """Switch nights that begin by themselves on or off, or say how things stand."""
    home = assistant.profile.home
    if arguments.ask and arguments.action != "on":
        raise UserError("--ask goes with on: dormouse nights on --ask")
    if arguments.action == "on":
        assistant.configure(replace(assistant.settings, nights="ask" if arguments.ask else "on"))
        system.switch_on(home)
    elif arguments.action == "off":
        assistant.configure(replace(assistant.settings, nights="off"))
        system.switch_off(home)
    due, rules, situation = _moment(assistant, ThisMachine(home))
    timer = system.timer(system.this_kind(), home)
    installed = system.is_on(home)
    if arguments.json:
        now = situation.now
        value = {
            "nights": assistant.settings.nights,
            "timer": installed,
            "files": [str(file) for file in timer.files if file.exists()],
            "due": due.now,
            **_told(due),
            "look_again_s": until(due, now).total_seconds(),
            "situation": json.loads(json.dumps(asdict(situation), default=str)),
        }
        show(value)
        return DONE
    print("\n".join(_status(assistant, rules, situation, due, installed)))
    return DONE


def report(assistant: Assistant, arguments: argparse.Namespace) -> int:
    """The morning's report of a night."""
    wanted = arguments.night
    if wanted != "last" and not wanted.isdecimal():
        raise UserError(f"'{wanted}' is no night. Give its number, or last.")
    morning = assistant.morning(None if wanted == "last" else ConsolidationId(int(wanted)))
    if arguments.json:
        show(as_json.of_morning(morning))
    else:
        print(as_text.of_morning(morning))
    return DONE


def _moment(assistant: Assistant, machine: Machine) -> tuple[Due, Rules, Situation]:
    rules = rules_of(assistant.settings, assistant.catalog.current().path)
    night = night_settings(assistant.settings, unattended=True)
    situation = situation_of(assistant.store, assistant.serving.base, assistant.clock, night, assistant.profile, machine)
    return is_due(situation, rules), rules, situation


def _told(due: Due) -> dict[str, str | None]:
    return {"why": due.why, "not_before": due.not_before.isoformat() if due.not_before else None}


def _status(assistant: Assistant, rules: Rules, situation: Situation, due: Due, installed: bool) -> list[str]:
    if not rules.on:
        return ["Nights do not begin by themselves. Switch them on: dormouse nights on. Learn now: dormouse night"]
    asks = ", and ask before anything serves" if assistant.settings.nights == "ask" else ""
    hours = f"between {rules.begins:%H:%M} and {rules.ends:%H:%M}" if rules.begins != rules.ends else "at any hour"
    started = "by the system, also while Dormouse is closed" if installed else "while Dormouse is open"
    idle = f"once nobody has been at the machine for {rules.idle.total_seconds() / 60:g} minutes" if rules.idle else "at once"
    moment = f"Now would be a good moment: {due.why}." if due.now else f"Not now: {due.why}."
    later = f" Not before {due.not_before.astimezone():%Y-%m-%d %H:%M}." if due.not_before else ""
    lines = [f"Nights begin by themselves {started}, {hours}, {idle}{asks}.", f"{moment}{later}"]
    if situation.past:
        lines.append(as_text.of_morning(assistant.morning()))
    return lines
