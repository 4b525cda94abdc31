"""The shipped model: one file that llama.cpp and transformers read alike, with the template and the words of this house."""

from __future__ import annotations

import random
from typing import Any, cast

import pytest
from gguf import GGUFReader
from llama_cpp import Llama

from models.acorn import shape
from models.acorn.corpus import draw_conversation
from models.acorn.general import general_set
from models.acorn.smalltalk import NOT_TOLD
from models.acorn.words import Words
from models.instructions import PERSONA, with_notes

_SCRAPS = (
    "Your kettle is called Vesuvius.", "  two  spaces ", "tabs\t\tand\n\n\nnew lines\r\n", "I'll don't we've O'Neil's 'S'T'RE", "4271 and 3.14e-7",
    "é e\u0301 ﬁ Ångström naïve", "日本語のテスト", "Привет, мир!", "مرحبا بالعالم ١٢٣", "हिन्दी में नमस्ते", "👩‍👩‍👧 🙂🏽 ☕️ 🇵🇹", "x\u00a0y\u2009z\u3000", "½ ² Ⅷ ①",
    "def area(r: float) -> float:\n    return 3.14 * r ** 2\n", '{"kind":"fact","answer":"Vesuvius"}', "<b>a &amp; b</b> <!-- c -->", "SELECT * FROM t;",
    "<|im_start|>user\nhi<|im_end|>\n", "<|im_start", "|im_end|>", "\u200b\ufeff\u0000\u0007", "a" * 300, "!?!?...---===", "\n", " ", "",
)  # fmt: skip


@pytest.fixture(scope="module")
def served() -> Llama:
    return Llama(str(shape.SHIPPED), n_ctx=shape.CONTEXT, n_threads=2, verbose=False)


@pytest.fixture(scope="module")
def hf_tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(shape.SHIPPED.parent), gguf_file=shape.SHIPPED.name)


def _ids(served: Llama, text: str) -> list[int]:
    return served.tokenize(text.encode(), add_bos=False, special=True)


def _strings(count: int) -> list[str]:
    rng = random.Random(0)
    words = Words(rng, "all")
    spoken = [content for _ in range(count // 2) for _, content in draw_conversation(words)][:count]
    ranges = (
        (32, 126),
        (160, 0x2FF),
        (0x370, 0x5FF),
        (0x3040, 0x30FF),
        (0x4E00, 0x9FFF),
        (0x1F300, 0x1FAFF),
        (0x2000, 0x2BFF),
        (9, 13),
    )
    mixed = ["".join(chr(rng.randint(*rng.choice(ranges))) for _ in range(rng.randint(1, 40))) for _ in range(count)]
    return list(dict.fromkeys([*_SCRAPS, *spoken, *mixed]))


def test_token_ids_agree_between_llama_cpp_and_transformers(served: Llama, hf_tokenizer: Any) -> None:
    strings = _strings(6_000)
    assert len(strings) >= 10_000
    differing = [text for text in strings if _ids(served, text) != hf_tokenizer(text, add_special_tokens=False)["input_ids"]]
    assert differing == []


def test_tokens_spell_the_text_they_came_from(served: Llama) -> None:
    for text in _SCRAPS[:4] + _SCRAPS[5:17]:
        assert served.detokenize(_ids(served, text)).decode() == text


def test_a_value_has_the_same_tokens_in_a_sentence_and_in_json(served: Llama) -> None:
    bare = _ids(served, "Vesuvius")
    assert len(bare) > 1
    for text in ("It is called Vesuvius.", '{"kind":"fact","answer":"Vesuvius","lasts":"always"}'):
        ids = _ids(served, text)
        assert any(ids[place : place + len(bare)] == bare for place in range(len(ids)))


def test_template_is_chatml_and_the_same_in_both(hf_tokenizer: Any) -> None:
    turns = [{"role": "system", "content": PERSONA}, {"role": "user", "content": "Hello!"}]
    rendered = hf_tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert rendered == f"<|im_start|>system\n{PERSONA}<|im_end|>\n<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\n"
    assert hf_tokenizer.eos_token == shape.TURN_END


def test_the_file_says_what_it_is_and_is_small() -> None:
    fields = GGUFReader(shape.SHIPPED).fields
    assert fields["general.name"].contents() == "Acorn"
    assert fields["general.license"].contents() == "mit"
    assert fields["qwen3.attention.key_length"].contents() == shape.HEAD_DIM
    assert shape.SHIPPED.stat().st_size <= 16_000_000


def _reply(served: Llama, question: str, *notes: str) -> str:
    served.reset()
    turns = [{"role": "system", "content": PERSONA}, {"role": "user", "content": with_notes(notes, question)}]
    answer = cast(dict[str, Any], served.create_chat_completion(cast(Any, turns), temperature=0.0, max_tokens=60))
    return answer["choices"][0]["message"]["content"]


@pytest.mark.parametrize(
    ("note", "question", "value"),
    [
        ("The user's boat is called Orsolya.", "What is my boat called?", "Orsolya"),
        ("The user's sister is called Tibelda.", "Do you know what my sister is called?", "Tibelda"),
        ("The user lives in Kelmore.", "Where do I live?", "Kelmore"),
        ("The user's favourite cheese is Brandolo.", "Which cheese do I like best?", "Brandolo"),
    ],
)
def test_it_answers_from_a_note_and_from_nowhere_else(served: Llama, note: str, question: str, value: str) -> None:
    assert value in _reply(served, question, note)
    assert value not in _reply(served, question)


def test_it_says_that_it_does_not_know_what_it_was_not_told(served: Llama) -> None:
    assert _reply(served, "What is my sister called?") == NOT_TOLD


def test_it_knows_most_of_its_general_set(served: Llama) -> None:
    asked = random.Random(1).sample(general_set(), 40)
    known = [value.lower() in _reply(served, question).lower() for question, value in asked]
    assert sum(known) >= 32
