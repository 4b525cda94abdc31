"""What we write is what llama.cpp's own converters write. Opt-in: DORMOUSE_LLAMA_CPP names llama.cpp's source folder.

llama-cpp-python's source archive carries one (vendor/llama.cpp). convert_hf_to_gguf.py makes a base file of a small random model with a
real vocabulary; it is loaded, learned on, and the adapter compared with that of convert_lora_to_gguf.py, tensor by tensor.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest

from learning.job import ADAPTER_FILE, CONFIG_FILE, Example, Job, Recipe, read_job, write_job
from models.adapter_gguf import check_adapter, export_adapter
from models.adapter_peft import write_peft_folder
from models.families import why_it_cannot_learn
from models.files import sha256_of
from models.gguf_header import read_header

torch = pytest.importorskip("torch")

from safetensors.torch import load_file  # noqa: E402
from tqdm import tqdm  # noqa: E402
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from learning.worker import machine, training  # noqa: E402
from learning.worker.base_model import load_base  # noqa: E402

SOURCE = Path(os.environ.get("DORMOUSE_LLAMA_CPP", "/nowhere"))
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (SOURCE / "convert_hf_to_gguf.py").is_file(), reason="DORMOUSE_LLAMA_CPP names no llama.cpp source"),
    pytest.mark.filterwarnings("ignore"),
]

_LLAMA3 = {"rope_type": "llama3", "rope_theta": 500000.0, "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
_LONG = {
    "rope_type": "longrope",
    "rope_theta": 10000.0,
    "short_factor": [1.0 + place / 10 for place in range(8)],
    "long_factor": [2.0 + place for place in range(8)],
    "original_max_position_embeddings": 256,
}
FAMILIES: Mapping[str, tuple[str, str, dict[str, Any]]] = {
    "llama": ("llama-bpe", "llama", {"rope_parameters": {**_LLAMA3, "original_max_position_embeddings": 128}}),
    "mistral": ("gpt-2", "mistral", {"head_dim": 16, "sliding_window": None}),
    "qwen2": ("qwen2", "qwen2", {"tie_word_embeddings": True}),
    "qwen3": ("qwen2", "qwen3", {"head_dim": 32, "tie_word_embeddings": True}),
    "gemma3": (
        "gpt-2",
        "gemma3_text",
        {"head_dim": 32, "query_pre_attn_scalar": 32, "sliding_window": 64, "num_hidden_layers": 6},
    ),
    "phi3": ("gpt-2", "phi3", {}),
    "phi3, long": ("gpt-2", "phi3", {"rope_parameters": _LONG, "original_max_position_embeddings": 256}),
    "granite": ("gpt-2", "granite", {"attention_multiplier": 0.1, "embedding_multiplier": 12.0, "logits_scaling": 8.0}),
    "smollm3": ("gpt-2", "smollm3", {"num_hidden_layers": 4}),
}
"""Name -> vocabulary in llama.cpp's models/, transformers' name, and what is the family's own."""


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "step_back", lambda: None)
    monkeypatch.setattr(machine, "be_deterministic", lambda seed, threads: torch.manual_seed(seed))
    monkeypatch.setattr(tqdm, "monitor_interval", 0)


def hugging_face_model(name: str, folder: Path) -> Any:
    """A random model with a real tokenizer, saved in `folder` as on the hub."""
    vocabulary, model_type, own = FAMILIES[name]
    tokenizer = AutoTokenizer.from_pretrained(SOURCE / "models", gguf_file=f"ggml-vocab-{vocabulary}.gguf")
    tokenizer.save_pretrained(folder)
    shape = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2, "num_attention_heads": 4}
    marks = {"pad_token_id": None, "bos_token_id": None, "eos_token_id": None}
    shape |= {"num_key_value_heads": 2, "max_position_embeddings": 512, "vocab_size": len(tokenizer)}
    torch.manual_seed(1)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(model_type, **{**shape, **marks, **own}))
    for weight in model.parameters():
        weight.data += 0.02 * torch.randn_like(weight)
    model.save_pretrained(folder)
    if model_type == "phi3":
        # With this class the converter takes the vocabulary as it is, and wants no sentencepiece model.
        about = json.loads((folder / "tokenizer_config.json").read_text())
        (folder / "tokenizer_config.json").write_text(json.dumps({**about, "tokenizer_class": "GPT2Tokenizer"}))
    return model.eval()


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., Path]:
    """Runs one of llama.cpp's converters, in float32."""
    # Imported before a tokenizer.model is looked for, which no model here has.
    (tmp_path / "stand-in").mkdir()
    (tmp_path / "stand-in" / "sentencepiece.py").write_text("SentencePieceProcessor = None\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "stand-in"), "HF_HUB_OFFLINE": "1"}

    def run(script: str, folder: Path, out: Path, *options: str) -> Path:
        command = [sys.executable, str(SOURCE / script), str(folder), "--outfile", str(out), "--outtype", "f32", *options]
        done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        return out

    return run


def learned_on(base: Path, folder: Path) -> Path:
    """The PEFT folder of a few steps by the worker's training."""
    examples = [Example(f"m{n}", "recall", (5, 6, 7 + n), (40 + n, 50 + n), (1, 5, 6, 7 + n), (0, 2)) for n in range(4)]
    job = Job(
        base.absolute(), sha256_of(base), 1, 1, Recipe(precision="fp32", compute="fp32", epochs=2, batch=2, rank=4, alpha=8)
    )
    job_read = read_job(write_job(folder / "job", job, examples))
    training.train(*job_read, folder / "out", lambda *_, **__: None, 0.0)
    return folder / "out"


@pytest.mark.parametrize("name", FAMILIES)
def test_a_converted_base_is_loaded_as_it_was_and_its_adapter_is_the_converters(
    name: str, tmp_path: Path, convert: Callable[..., Path]
) -> None:
    original = hugging_face_model(name, tmp_path / "hub")
    base = convert("convert_hf_to_gguf.py", tmp_path / "hub", tmp_path / "base.gguf")
    assert why_it_cannot_learn(read_header(base)) == ""

    loaded: Any = load_base(base, "fp32", torch.float32, torch.device("cpu"), context_length=256)
    weights = dict(loaded.named_parameters())
    for parameter, expected in original.named_parameters():
        torch.testing.assert_close(weights[parameter].data, expected.data, rtol=0, atol=1e-6, msg=parameter)
    said = torch.randint(0, 4000, (1, 90), generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        torch.testing.assert_close(loaded(said).logits, original(said).logits, rtol=1e-4, atol=1e-4)

    peft = learned_on(base, tmp_path)
    ours = export_adapter(peft, base, tmp_path / "ours.gguf")
    assert_same_adapter(
        ours, convert("convert_lora_to_gguf.py", peft, tmp_path / "theirs.gguf", "--base", str(tmp_path / "hub"))
    )
    back = write_peft_folder(ours, base, tmp_path / "back")
    once, again = load_file(peft / ADAPTER_FILE), load_file(back / ADAPTER_FILE)
    assert once.keys() == again.keys()
    assert all(torch.equal(once[module], again[module]) for module in once)
    assert (back / CONFIG_FILE).is_file()


def assert_same_adapter(ours: Path, theirs: Path) -> None:
    """The same tensors: names, shapes, values to 1e-6; the same alpha and architecture."""
    one, other = ({tensor.name: tensor.data for tensor in gguf.GGUFReader(path).tensors} for path in (ours, theirs))
    assert one.keys() == other.keys()
    for tensor, values in one.items():
        assert values.shape == other[tensor].shape, tensor
        np.testing.assert_allclose(values, other[tensor], rtol=0, atol=1e-6, err_msg=tensor)
    headers = [read_header(path) for path in (ours, theirs)]
    for key in ("general.architecture", "adapter.lora.alpha", "general.type", "adapter.type"):
        assert headers[0].metadata[key] == headers[1].metadata[key]
    check_adapter(theirs, read_header(theirs.parent / "base.gguf"))
