"""What decides over the memory and the time that a transformer takes: as a header tells it, or as the catalogue knows it."""

from __future__ import annotations

from dataclasses import dataclass

from models.gguf_header import GgufHeader


@dataclass(frozen=True, slots=True)
class Shape:
    """What decides over memory and time: numbers of layers, widths, heads, tokens; `tied` where embedding and head are one."""

    layers: int
    width: int
    inner: int
    heads: int
    kv_heads: int
    head_width: int
    vocabulary: int
    tied: bool

    @property
    def projections(self) -> tuple[tuple[int, int], ...]:
        """(in, out) of one layer's matrices: q, k, v, o, gate, up, down."""
        q, kv = self.heads * self.head_width, self.kv_heads * self.head_width
        attention = ((self.width, q), (self.width, kv), (self.width, kv), (q, self.width))
        return (*attention, (self.width, self.inner), (self.width, self.inner), (self.inner, self.width))

    @property
    def in_layers(self) -> int:
        return self.layers * sum(rows * columns for rows, columns in self.projections)

    @property
    def in_embeddings(self) -> int:
        return self.vocabulary * self.width * (1 if self.tied else 2)

    def adapted(self, rank: int) -> int:
        """Weights of a LoRA on every linear layer."""
        return self.layers * rank * sum(rows + columns for rows, columns in self.projections)


def shape_of(header: GgufHeader) -> Shape:
    """The shape that a model file's header tells."""
    architecture = header.text("general.architecture")

    def number(key: str) -> int:
        return header.number(f"{architecture}.{key}")

    heads = max(1, number("attention.head_count"))
    return Shape(
        layers=number("block_count"),
        width=number("embedding_length"),
        inner=number("feed_forward_length"),
        heads=heads,
        kv_heads=number("attention.head_count_kv") or heads,
        head_width=number("attention.key_length") or number("embedding_length") // heads,
        vocabulary=header.tensors["token_embd.weight"].shape[1],
        tied="output.weight" not in header.tensors,
    )
