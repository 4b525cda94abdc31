"""What the command line says to a person: lines and tables, coloured only on a terminal."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime

from app.assistant import Learned, Why
from app.exchange.backup import BackedUp
from app.exchange.exporting import Exported
from app.exchange.importing import Imported
from app.exchange.restoring import Restored
from app.nights.morning import OUTCOMES, Morning
from app.noting import Noted
from app.talking import Reply
from learning.consolidation import NightReport
from learning.types import Memory, MemoryId, Proposal, Receipt

MOST_SKIPPED = 10
"""Lines about what an import left out; --json names all of it."""


def dim(text: str) -> str:
    """Set back, where the terminal can: https://no-color.org is respected."""
    plain = not sys.stdout.isatty() or "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
    return text if plain else f"\x1b[2m{text}\x1b[0m"


def table(rows: Sequence[Sequence[str]], heads: Sequence[str]) -> str:
    """Columns as wide as they must be; the last one takes the rest and wraps."""
    rows = [[str(cell) for cell in row] for row in rows]
    width = max(60, min(shutil.get_terminal_size((100, 24)).columns, 140))
    columns = [max(len(row[place]) for row in [list(heads), *rows]) for place in range(len(heads) - 1)]
    rest = max(20, width - sum(columns) - 2 * len(columns))
    lines = []
    for row in [
        list(heads),
        ["-" * length for length in [*columns, min(rest, max(len(r[-1]) for r in [list(heads), *rows]))]],
        *rows,
    ]:
        first, *more = textwrap.wrap(row[-1], rest) or [""]
        lines.append("  ".join([*(cell.ljust(length) for cell, length in zip(row, columns, strict=False)), first]).rstrip())
        indent = " " * (sum(columns) + 2 * len(columns))
        lines += [indent + line for line in more]
    return "\n".join(lines)


def of_memories(memories: Sequence[Memory]) -> str:
    if not memories:
        return "Nothing yet. Tell it something: dormouse remember TEXT"
    rows = [[str(m.id), m.kind, m.status, f"{m.created_at.astimezone():%Y-%m-%d %H:%M}", m.text + _until(m)] for m in memories]
    return table(rows, ["id", "kind", "status", "since", "what"])


def _until(memory: Memory) -> str:
    return f" (until {memory.expires_at.astimezone():%Y-%m-%d})" if memory.expires_at else ""


def of_learned(learned: Sequence[Learned]) -> str:
    if not learned:
        return "Nothing is in the weights. Learn what is noted: dormouse night"
    rows = []
    for entry in learned:
        before, after = entry.verdict.before, entry.verdict.after
        rows.append(
            [
                str(entry.memory.id),
                str(entry.adapter.id),
                f"{before.recall:4.0%} -> {after.recall:4.0%}"
                if entry.memory.answer
                else f"absorbed {entry.verdict.absorption:4.0%}",
                f"{before.logprob:.2f} -> {after.logprob:.2f}" if entry.memory.answer else "",
                entry.memory.text + ("" if not entry.quotes else f"  You said: “{entry.quotes[0]}”"),
            ]
        )
    return table(rows, ["id", "adapter", "unseen questions", "log p, nats/token", "what"])


def of_noted(noted: Noted) -> str:
    """One line on what became of something that was told."""
    match noted.change:
        case "added":
            return f"Noted: {noted.memory.text}"
        case "corrected":
            old = f" (instead of: {noted.replaced.text})" if noted.replaced else ""
            return f"Noted: {noted.memory.text}{old}"
        case "known":
            return f"Known already: {noted.memory.text}"
        case "forgotten":
            return f"Forgotten: {noted.memory.text}"
        case "unclear":
            return f"Not forgotten, for more than one fits: {noted.memory.text}"


def of_proposals(proposals: Sequence[Proposal]) -> str:
    if not proposals:
        return "Nothing waits for your word."
    rows = [[str(p.id), p.candidate.kind, str(p.conversation), p.candidate.text] for p in proposals]
    return table(rows, ["id", "kind", "said in", "what"])


def of_knowledge(reply: Reply) -> str:
    """The dim line under a reply: what it drew on; empty where it drew on nothing."""
    parts = []
    if reply.notes_used:
        parts.append("1 note used" if len(reply.notes_used) == 1 else f"{len(reply.notes_used)} notes used")
    if reply.by_heart:
        parts.append("known by heart")
    return ", ".join(parts)


def of_receipt(receipt: Receipt, name: Callable[[MemoryId], str]) -> str:
    if receipt.action == "erase":
        numbers = ", ".join(map(str, receipt.memories))
        lines = [f"Erased: {'memory' if len(receipt.memories) == 1 else 'memories'} {numbers}. No copy is left in the profile."]
        lines += _left_outside(receipt)
    else:
        did = "Forgotten" if receipt.action == "undo" else "Restored"
        lines = [f"{did}: {name(id)}" for id in receipt.memories]
        if history := receipt.account.get("history"):
            older, counts = ("it", "counts") if len(receipt.memories) == 1 else (", ".join(map(str, history)), "count")
            lines.append(f"What was told since counts, and {older} {counts} again once that is undone.")
    if receipt.adapter_before != receipt.adapter_after:
        after = f"adapter {receipt.adapter_after}" if receipt.adapter_after else "no adapter"
        before = f"adapter {receipt.adapter_before}" if receipt.adapter_before else "none"
        lines.append(f"Serving {after} now (before: {before}).")
    if count := len(set(receipt.back_to_notes) - set(receipt.memories)):
        lines.append(f"{count} other {'memory is a note' if count == 1 else 'memories are notes'} again until the next night.")
    if receipt.action == "undo":
        lines.append(f"Take it back: dormouse restore {' '.join(str(id) for id in receipt.memories)}")
    return "\n".join(lines)


def _left_outside(receipt: Receipt) -> list[str]:
    """The exports that an erasure could not reach."""
    exports = receipt.account.get("exports", [])
    lines = [
        f"  {export['path']}  (written {datetime.fromisoformat(export['made_at']).astimezone():%Y-%m-%d %H:%M})"
        for export in exports
    ]
    return ["Files that may hold it and are yours to delete:", *lines] if lines else []


def of_measured(receipt: Receipt) -> str:
    """What was asked after an undo, in a line for each question; "" where nothing could be asked."""
    measured = receipt.measured
    if not measured or not measured["memories"]:
        return ""
    lines = [f"Receipt {receipt.id}: {'it does not know any more.' if measured['forgotten'] else 'it still says it!'}"]
    for asked in measured["memories"]:
        before = f"“{asked['before']['reply']}”" if "before" in asked else "(its adapter is gone)"
        lines.append(f"  {asked['kind']}: {asked['question']}  {before} -> “{asked['after']['reply']}”")
    for neighbour in measured["neighbours"]:
        kept = "as before" if neighbour["intact"] else "NOT as before"
        lines.append(f"  neighbour, {kept}: {neighbour['question']}  “{neighbour['after']['reply']}”")
    return "\n".join(lines)


def of_whole_receipt(receipt: Receipt) -> str:
    """A receipt as it is kept: what, where from, which adapters knew it, what serves since, and what was measured."""
    account = receipt.account
    lines = [f"Receipt {receipt.id}, {receipt.created_at.astimezone():%Y-%m-%d %H:%M}, {receipt.action}"]
    for told in account.get("memories", []):
        lines.append(f"  memory {told['memory']}, then {told['status']}: {told['text']}")
        lines += [f"    said in conversation {said['conversation']}: “{said['quote']}”" for said in told["said"]]
    if not account.get("memories"):
        lines.append(f"  memories {', '.join(map(str, receipt.memories))}")
    lines += [f"  adapter {knew['adapter']} was trained on it (sha256 {knew['sha256']})" for knew in account.get("knew", [])]
    lines += [f"  {line}" for line in _left_outside(receipt)]
    serves = account.get("serves")
    lines.append(f"  since then serves adapter {serves['adapter']}" if serves else "  since then no adapter serves")
    measured = of_measured(receipt)
    return "\n".join([*lines, *([measured] if measured else []), f"  sha256 {receipt.sha256}"])


def of_receipts(receipts: Sequence[Receipt]) -> str:
    if not receipts:
        return "Nothing was undone yet."
    rows = [
        [str(r.id), f"{r.created_at.astimezone():%Y-%m-%d %H:%M}", r.action, ", ".join(map(str, r.memories))] for r in receipts
    ]
    return table(rows, ["id", "when", "what", "memories"])


def of_why(why: Why) -> str:
    memory = why.memory
    lines = [f"Memory {memory.id} ({memory.status}): {memory.text}"]
    lines += [f"  said in conversation {said.conversation}, message {said.message}: “{said.quote}”" for said in why.evidence]
    if not why.evidence:
        lines.append("  no message says it")
    if why.lesson is not None:
        counts = Counter(example.kind for example in why.lesson.examples)
        made = ", ".join(f"{count} {kind.replace('_', ' ')}" for kind, count in counts.items())
        lines.append(f"  examples: {made or why.lesson.reason}; {len(why.lesson.probes)} questions held back")
        lines += [f"    {example.prompt}  ->  {example.answer}" for example in why.lesson.examples[:3]]
    for adapter, verdict in why.carriers:
        serves = ", which serves" if why.serving is not None and why.serving.id == adapter.id else ""
        said = "" if verdict is None else ": it knows it" if verdict.passed else f": not well enough ({verdict.reason})"
        lines.append(f"  adapter {adapter.id}{serves}{said} (sha256 {adapter.sha256})")
    if not why.carriers:
        lines.append("  no adapter was trained on it")
    lines += [f"  receipt {receipt}: dormouse receipt {receipt}" for receipt in why.receipts]
    return "\n".join(lines)


def of_night(report: NightReport, name: Callable[[MemoryId], str]) -> str:
    said = {
        "promoted": f"Learned {len(report.learned)} in {report.seconds:.0f} s.",
        "rejected": f"Not promoted: {report.gate.reason if report.gate else ''}. Yesterday's adapter serves on.",
        "nothing_due": "Nothing new to learn tonight.",
        "awaiting": f"{len(report.learned)} can be known by heart. Nothing has changed yet: dormouse night --agree, or --decline",
    }
    lines = [said.get(report.outcome, report.outcome)]
    lines += [f"  by heart  {memory.text}" for memory in report.learned]
    lines += [f"  note      {name(kept.memory)} ({kept.reason})" for kept in report.kept]
    if report.gate is not None:
        gate = report.gate
        lines.append(
            f"Unharmed: {1 - gate.flipped:.0%} of general answers kept, {gate.abstention:.0%} of unknown questions still admitted, "
            f"KL {gate.kl_neutral:.3f} nats a token, perplexity of a fixed text {gate.perplexity:+.1%}."
        )
    return "\n".join(lines)


def of_imported(imported: Imported, noted: Sequence[Noted]) -> str:
    lines = [f"Taken in: {_so_many(len(imported.added), 'conversation')}, {_so_many(len(imported.said), 'message')} of yours."]
    if imported.grown:
        lines.append(f"{_so_many(len(imported.grown), 'conversation')} went on since; what was said is here now.")
    if imported.known:
        lines.append(f"Known already: {imported.known}.")
    if imported.memories:
        lines.append(f"Memories taken in: {len(imported.memories)}.")
    lines += [of_noted(entry) for entry in noted if entry.change in ("added", "corrected")]
    lines += [f"Left out: {skipped.where}: {skipped.why}." for skipped in imported.skipped[:MOST_SKIPPED]]
    if (more := len(imported.skipped) - MOST_SKIPPED) > 0:
        lines.append(f"Left out: {more} more; --json names them all.")
    if imported.stopped:
        lines.append("Stopped: what is in is whole, and the same command adds the rest.")
    return "\n".join(lines)


def of_exported(exported: Exported) -> str:
    what = _so_many(exported.conversations, "conversation") if exported.conversations else _so_many(exported.memories, "memory")
    return f"Written: {what} into {exported.file}"


def of_backup(made: BackedUp) -> str:
    what = f"{_so_many(made.conversations, 'conversation')}, {_so_many(made.memories, 'memory')}, {made.size / 1e6:.2f} MB"
    return f"Backed up: {what} in {made.file}. It is not encrypted: keep it where only you can read it."


def of_restored(restored: Restored) -> str:
    contents = restored.contents
    lines = [
        f"Restored as of {contents.created_at.astimezone():%Y-%m-%d %H:%M}: {_so_many(contents.conversations, 'conversation')}, "
        f"{_so_many(contents.memories, 'memory')}."
    ]
    if restored.undone:
        lines.append(f"{_so_many(restored.undone, 'memory')} in it {_were(restored.undone)} undone since, and stayed so.")
    if restored.erased:
        lines.append(f"{_so_many(restored.erased, 'memory')} in it {_were(restored.erased)} erased since, and stayed so.")
    return "\n".join(lines)


def _so_many(count: int, what: str) -> str:
    many = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{count} {what if count == 1 else many}"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def of_morning(morning: Morning) -> str:
    """A night's report, for the morning after."""
    night = morning.night
    lines = [f"Night {night.id}, {night.started_at.astimezone():%Y-%m-%d %H:%M}, {OUTCOMES[morning.outcome]}"]
    if morning.why and morning.outcome not in ("promoted", "awaiting"):
        lines[0] += f": {morning.why}"
    head = "would learn" if morning.outcome == "awaiting" else "by heart"
    lines += [f"  {head:<11} {memory.text}" for memory in morning.learned]
    lines += [f"  superseded  {memory.text}" for memory in morning.superseded]
    lines += [f"  refused     {memory.text} ({reason})" for memory, reason in morning.refused]
    lines += [f"  note        {memory.text} ({reason})" for memory, reason in morning.kept]
    if morning.harm:
        lines.append(
            f"  unharmed    {1 - morning.harm['flipped']:.0%} of general answers kept, {morning.harm['abstention']:.0%} of unknown "
            f"questions still admitted, KL {morning.harm['kl_neutral']:.3f} nats a token"
        )
    if morning.seconds:
        lines.append(
            f"  cost        {morning.seconds:.0f} s, {morning.cpu_seconds / 3600:.3f} CPU-hours, {morning.tokens} tokens trained on"
        )
    if morning.again:
        lines.append(f"  again       {morning.again}")
    if morning.outcome == "awaiting":
        lines.append("Let it serve: dormouse night --agree. Leave it as notes: dormouse night --decline")
    return "\n".join(lines)
