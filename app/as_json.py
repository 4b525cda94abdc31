"""The shapes of the command line's JSON: what scripts rely on. Keys are only ever added here, never renamed."""

from __future__ import annotations

from typing import Any

from app.assistant import Learned, Why
from app.exchange.backup import BackedUp
from app.exchange.exporting import Exported
from app.exchange.importing import Imported
from app.exchange.restoring import Restored
from app.nights.morning import Morning
from app.noting import Noted
from app.talking import ProbeResult, Reply
from learning.consolidation import NightReport
from learning.types import GateReport, Measure, Memory, Proposal, Receipt

Json = dict[str, Any]


def of_memory(memory: Memory) -> Json:
    return {
        "id": memory.id,
        "kind": memory.kind,
        "text": memory.text,
        "question": memory.question,
        "answer": memory.answer,
        "status": memory.status,
        "created_at": memory.created_at.isoformat(),
        "source": memory.source,
        "expires_at": memory.expires_at.isoformat() if memory.expires_at else None,
        "supersedes": memory.supersedes,
    }


def of_proposal(proposal: Proposal) -> Json:
    told = proposal.candidate
    return {
        "id": proposal.id,
        "message": proposal.message,
        "conversation": proposal.conversation,
        "kind": told.kind,
        "text": told.text,
        "question": told.question,
        "answer": told.answer,
        "expires_at": told.expires_at.isoformat() if told.expires_at else None,
    }


def of_reply(reply: Reply, noted: list[Noted], proposed: list[Proposal]) -> Json:
    cost = reply.completion
    return {
        "reply": cost.text,
        "conversation": reply.message.conversation,
        "notes_used": [memory.id for memory in reply.notes_used],
        "known_by_heart": [memory.id for memory in reply.by_heart],
        "adapter": reply.message.adapter,
        "prompt_tokens": cost.prompt_tokens,
        "evaluated_tokens": cost.evaluated_tokens,
        "completion_tokens": cost.completion_tokens,
        "ttft_ms": round(cost.ttft_ms, 1),
        "stopped": cost.stopped,
        "noted": [entry.memory.id for entry in noted if entry.change in ("added", "corrected")],
        "forgotten": [entry.memory.id for entry in noted if entry.change == "forgotten"],
        "proposed": [of_proposal(proposal) for proposal in proposed],
    }


def of_imported(imported: Imported, noted: list[Noted]) -> Json:
    return {
        "conversations": list(imported.added),
        "grown": list(imported.grown),
        "known": imported.known,
        "messages": len(imported.said),
        "memories": list(imported.memories),
        "noted": [entry.memory.id for entry in noted if entry.change in ("added", "corrected")],
        "skipped": [{"where": skipped.where, "why": skipped.why} for skipped in imported.skipped],
        "stopped": imported.stopped,
    }


def of_exported(exported: Exported) -> Json:
    return {"file": str(exported.file), "conversations": exported.conversations, "memories": exported.memories}


def of_backup(made: BackedUp) -> Json:
    return {"file": str(made.file), "size": made.size, "conversations": made.conversations, "memories": made.memories}


def of_restored(restored: Restored) -> Json:
    contents = restored.contents
    return {
        "created_at": contents.created_at.isoformat(),
        "conversations": contents.conversations,
        "memories": contents.memories,
        "adapters": contents.adapters,
        "undone": restored.undone,
        "erased": restored.erased,
    }


def of_measure(measure: Measure) -> Json:
    return {"logprob": measure.logprob, "recall": measure.recall, "greedy": measure.greedy}


def of_learned(learned: Learned) -> Json:
    return {
        "id": learned.memory.id,
        "text": learned.memory.text,
        "kind": learned.memory.kind,
        "adapter": learned.adapter.id,
        "evidence": {"before": of_measure(learned.verdict.before), "after": of_measure(learned.verdict.after)},
        "absorption": learned.verdict.absorption,
        "said": list(learned.quotes),
    }


def of_receipt(receipt: Receipt) -> Json:
    return {
        "id": receipt.id,
        "action": receipt.action,
        "memories": list(receipt.memories),
        "adapter_before": receipt.adapter_before,
        "adapter_after": receipt.adapter_after,
        "back_to_notes": list(receipt.back_to_notes),
        "created_at": receipt.created_at.isoformat(),
        "account": dict(receipt.account),
        "measured": None if receipt.measured is None else dict(receipt.measured),
        "last_memory": receipt.last_memory,
        "sha256": receipt.sha256,
    }


def of_why(why: Why) -> Json:
    lesson = why.lesson
    return {
        "memory": of_memory(why.memory),
        "content_hash": why.memory.content_hash,
        "said": [{"conversation": said.conversation, "message": said.message, "quote": said.quote} for said in why.evidence],
        "examples": [
            {"kind": example.kind, "prompt": example.prompt, "answer": example.answer}
            for example in (lesson.examples if lesson else ())
        ],
        "held_back": [probe.question for probe in (lesson.probes if lesson else ())],
        "adapters": [
            {
                "id": adapter.id,
                "status": adapter.status,
                "serving": why.serving is not None and why.serving.id == adapter.id,
                "passed": verdict.passed if verdict else None,
                "reason": verdict.reason if verdict else "",
                "before": of_measure(verdict.before) if verdict else None,
                "after": of_measure(verdict.after) if verdict else None,
                "manifest": dict(adapter.manifest),
            }
            for adapter, verdict in why.carriers
        ],
        "receipts": list(why.receipts),
    }


def of_probe(result: ProbeResult) -> Json:
    return {
        "logprob": result.logprob,
        "greedy": result.greedy,
        "contains": result.contains,
        "notes_used": [memory.id for memory in result.notes_used],
        "adapter": result.adapter,
    }


def of_gate(gate: GateReport | None) -> Json | None:
    if gate is None:
        return None
    return {
        "promoted": gate.promoted,
        "reason": gate.reason,
        "kl_neutral": gate.kl_neutral,
        "flipped": gate.flipped,
        "abstention": gate.abstention,
        "perplexity": gate.perplexity,
        "memories": [
            {
                "id": verdict.memory,
                "passed": verdict.passed,
                "before": of_measure(verdict.before),
                "after": of_measure(verdict.after),
                "absorption": verdict.absorption,
                "reason": verdict.reason,
            }
            for verdict in gate.verdicts
        ],
    }


def of_night(report: NightReport) -> Json:
    return {
        "event": "finished",
        "outcome": report.outcome,
        "night": report.consolidation.id,
        "adapter": report.adapter.id if report.adapter else None,
        "adapter_sha256": report.adapter.sha256 if report.adapter else None,
        "learned": [memory.id for memory in report.learned],
        "kept_in_notes": [{"id": kept.memory, "reason": kept.reason} for kept in report.kept],
        "gate": of_gate(report.gate),
        "examples": report.examples,
        "tokens": report.tokens,
        "seconds": report.seconds,
        "cpu_seconds": report.cpu_seconds,
    }


def of_morning(morning: Morning) -> Json:
    night = morning.night
    return {
        "night": night.id,
        "started_at": night.started_at.isoformat(),
        "finished_at": night.finished_at.isoformat() if night.finished_at else None,
        "outcome": morning.outcome,
        "why": morning.why,
        "learned": [of_memory(memory) for memory in morning.learned],
        "superseded": [of_memory(memory) for memory in morning.superseded],
        "refused": [{"id": memory.id, "text": memory.text, "reason": reason} for memory, reason in morning.refused],
        "kept_in_notes": [{"id": memory.id, "text": memory.text, "reason": reason} for memory, reason in morning.kept],
        "harm": morning.harm,
        "seconds": morning.seconds,
        "cpu_seconds": morning.cpu_seconds,
        "tokens": morning.tokens,
        "again": morning.again,
    }
