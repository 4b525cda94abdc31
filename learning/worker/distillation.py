"""What a night's training pulls towards: the base with the note in context, the fact itself, and the base as it was.

Context distillation (Askell et al. 2021, arXiv:2112.00861, section 2.3; Snell et al. 2022, arXiv:2209.15189): the student without the
note learns the distribution of the teacher with it. Where the teacher would not say the answer's own token, it is not followed;
the answer is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from peft import PeftModel
from torch import nn
from torch.nn import functional
from transformers import PreTrainedModel

from learning.job import Example, Recipe
from learning.worker.rows import Row, pack, split


@dataclass(frozen=True, slots=True)
class Teaching:
    """The teacher's distribution on one answer of L tokens: its K likeliest tokens and the mass of all others.

    Attributes:
        tokens: (L, K) ids.
        logprobs: (L, K) nats.
        rest: (L,) log of the mass outside, nats; -inf where K is the whole vocabulary.
        agrees: (L,) whether the likeliest token is the answer's own.
    """

    tokens: torch.Tensor
    logprobs: torch.Tensor
    rest: torch.Tensor
    agrees: torch.Tensor


def answer_logits(model: nn.Module, row: Row) -> torch.Tensor:
    """(A, vocab) fp32 logits on the row's answer positions; the head is computed nowhere else."""
    base = model.base_model.model if isinstance(model, PeftModel) else model
    assert isinstance(base, PreTrainedModel)
    decoder, head = base.base_model, base.get_output_embeddings()
    assert decoder is not None
    assert head is not None
    hidden = decoder(
        input_ids=row.tokens,
        position_ids=row.positions,
        attention_mask=_attention(base, row),
        use_cache=False,
    ).last_hidden_state
    logits = head(hidden[0, row.predicting]).float()
    # What these families' own `forward` does after the head.
    scaling = getattr(base.config, "logits_scaling", None)
    if scaling is not None:
        logits = logits / scaling
    cap = getattr(base.config, "final_logit_softcapping", None)
    return logits if cap is None else cap * torch.tanh(logits / cap)


def _attention(base: PreTrainedModel, row: Row) -> torch.Tensor | dict[str, torch.Tensor]:
    """What each token may attend to, in the shape the model wants it: by kind of layer where some see only a window."""
    window = getattr(base.config, "sliding_window", None)
    if "sliding_attention" not in (getattr(base.config, "layer_types", None) or ()) or window is None:
        return row.visible
    # A token's ancestors stand one behind another, so the distance along the branch is that of the positions.
    distance = row.positions[0][:, None] - row.positions[0][None, :]
    masks = {"full_attention": row.visible, "sliding_attention": row.visible & (distance < window)}
    if base.config._attn_implementation != "eager":
        return masks
    # There the mask is added to the scores.
    lowest = torch.finfo(base.dtype).min
    return {kind: torch.zeros_like(mask, dtype=base.dtype).masked_fill(~mask, lowest) for kind, mask in masks.items()}


@torch.no_grad()
def teach(
    model: PreTrainedModel, examples: Sequence[Example], recipe: Recipe, device: torch.device, row_tokens: int = 1024
) -> list[Teaching]:
    """What the bare base says to each example with its note in context, position by position. Computed once."""
    pairs = [(example.teacher or example.prompt, example.answer) for example in examples]
    order = sorted(range(len(pairs)), key=lambda place: (tuple(pairs[place][0]), tuple(pairs[place][1])))
    taught: dict[int, Teaching] = {}
    for places in split([pairs[place] for place in order], min(row_tokens, 1024)):
        members = [order[place] for place in places]
        row = pack([pairs[member] for member in members]).to(device)
        logprobs = answer_logits(model, row).log_softmax(-1)
        kept = logprobs.topk(min(recipe.top_k, logprobs.shape[-1]), dim=-1)
        rest = logprobs.scatter(-1, kept.indices, -torch.inf).logsumexp(-1)
        agrees = kept.indices[:, 0] == row.answers
        parts = zip(*(part.split(row.lengths) for part in (kept.indices, kept.values, rest, agrees)), strict=True)
        taught |= {member: Teaching(*part) for member, part in zip(members, parts, strict=True)}
    return [taught[place] for place in range(len(pairs))]


def loss_of(
    logits: torch.Tensor, row: Row, examples: Sequence[Example], teachings: Sequence[Teaching], recipe: Recipe
) -> torch.Tensor:
    """(E,) weighted mean loss per token of each of the row's examples, nats. logits: (A, vocab)."""
    logprobs = logits.log_softmax(-1)
    tokens = torch.cat([teaching.tokens for teaching in teachings])
    divergence = _divergence(
        logprobs,
        tokens,
        torch.cat([teaching.logprobs for teaching in teachings]),
        torch.cat([teaching.rest for teaching in teachings]),
    )
    surprise = -logprobs.gather(-1, row.answers[:, None])[:, 0]
    to_teacher, to_answer = _weights(examples, teachings, recipe, logits.device)
    weighted = to_teacher * divergence + to_answer * surprise
    return torch.stack([part.sum() for part in weighted.split(row.lengths)])


@torch.no_grad()
def value_score(logits: torch.Tensor, row: Row, examples: Sequence[Example]) -> tuple[float, int]:
    """(summed mean cross-entropy of the examples' values in nats, how many have every value token as the likeliest)."""
    surprise = functional.cross_entropy(logits, row.answers, reduction="none")
    right = logits.argmax(-1) == row.answers
    loss, known = 0.0, 0
    for example, nats, hits in zip(examples, surprise.split(row.lengths), right.split(row.lengths), strict=True):
        span = slice(*(example.value or (0, len(example.answer))))
        loss += float(nats[span].mean())
        known += int(hits[span].all())
    return loss, known


def _divergence(
    logprobs: torch.Tensor, tokens: torch.Tensor, teacher: torch.Tensor, teacher_rest: torch.Tensor
) -> torch.Tensor:
    """(A,) KL(teacher || student) over the teacher's kept tokens and one bucket for all others, nats."""
    student = logprobs.gather(-1, tokens)
    kept = (teacher.exp() * (teacher - student)).sum(-1)
    if tokens.shape[-1] == logprobs.shape[-1]:
        return kept
    student_rest = logprobs.scatter(-1, tokens, -torch.inf).logsumexp(-1)
    return kept + teacher_rest.exp() * (teacher_rest - student_rest)


def _weights(
    examples: Sequence[Example], teachings: Sequence[Teaching], recipe: Recipe, device: torch.device
) -> tuple[torch.Tensor, torch.Tensor]:
    """(A,) weights of KL and of cross-entropy per answer token."""
    to_teacher, to_answer = [], []
    for example, teaching in zip(examples, teachings, strict=True):
        length = len(example.answer)
        share = example.weight / length
        if example.memory is None:
            to_teacher.append(torch.full((length,), share * recipe.replay_weight, device=device))
            to_answer.append(torch.zeros(length, device=device))
            continue
        agrees = teaching.agrees.float()
        to_teacher.append(share * recipe.teacher_weight * agrees)
        gold = share * recipe.gold_weight * (1 - agrees)
        if example.value is not None:
            start, end = example.value
            gold[start:end] += example.weight * recipe.value_weight / (end - start)
        to_answer.append(gold)
    return torch.cat(to_teacher), torch.cat(to_answer)
