"""Takes what the weights have learned elsewhere: the adapter that serves, as GGUF and as PEFT saves it, with a README.

What it was trained on can be got out of it again: the README says so, and how to use it in llama.cpp, Ollama, LM Studio and
transformers.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from app.serving import Serving
from learning.types import AdapterVersion
from models.adapter_peft import write_peft_folder
from models.errors import EnvironmentProblem, UserError
from models.files import write_atomically
from models.gguf_file import GgufSummary
from models.instructions import PERSONA

GGUF_NAME = "adapter.gguf"
PEFT_NAME = "peft"


@dataclass(frozen=True, slots=True)
class TakenAlong:
    """What was written: the folder, its adapter for llama.cpp, its PEFT folder, and the adapter it is."""

    folder: Path
    gguf: Path
    peft: Path
    adapter: AdapterVersion


def take_adapter_along(serving: Serving, folder: Path) -> TakenAlong:
    """Write the adapter that serves into `folder`, which must be new or empty.

    Raises:
        UserError: nothing is in the weights yet, or something is in `folder`.
        EnvironmentProblem: a file is missing or damaged, or cannot be written.
    """
    version = serving.adapter()
    if version is None:
        raise UserError("Nothing has been learned into the weights yet, so there is no adapter. Learn first: dormouse night")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise UserError(f"{folder} is not empty. Name a new folder.")
        folder.mkdir(parents=True, exist_ok=True)
        gguf = folder / GGUF_NAME
        write_atomically(gguf, serving.file_of(version).read_bytes())
    except OSError as problem:
        raise EnvironmentProblem(f"The adapter could not be written to {folder}: {problem.strerror or problem}.") from problem
    model = serving.summary
    peft = write_peft_folder(gguf, model.path, folder / PEFT_NAME)
    write_atomically(folder / "Modelfile", f"FROM {model.path}\nADAPTER ./{GGUF_NAME}\nSYSTEM {PERSONA}\n".encode())
    write_atomically(folder / "README.md", readme(version, model).encode())
    return TakenAlong(folder, gguf, peft, version)


def readme(version: AdapterVersion, model: GgufSummary) -> str:
    """How to use the adapter elsewhere."""
    file, count = model.path.name, len(version.trained_on)
    return f"""# A personal adapter

Dormouse learned {count} {"memory" if count == 1 else "memories"} into it on {version.created_at:%d %B %Y}, for one model file and no other:

- `{file}` ({model.name}, {model.architecture}, {model.quantization}), SHA-256 `{version.base_sha256}`
- `{GGUF_NAME}`: the adapter for llama.cpp, SHA-256 `{version.sha256}`
- `{PEFT_NAME}/`: the same adapter as PEFT saves it

**Keep it as private as what you told.** Who has this folder can get the memories out of it, and an undo or an erase in Dormouse does
not reach a copy. It knows them without any note; begin the conversation with the words that it was trained with:

> {PERSONA}

## llama.cpp

    llama-cli -m {file} --lora {GGUF_NAME} -sys "..."
    llama-server -m {file} --lora {GGUF_NAME}

## Ollama

`Modelfile` in this folder names model, adapter and opening words; correct the path to the model if it has moved.

    ollama create my-dormouse -f Modelfile
    ollama run my-dormouse

## LM Studio

It loads whole models, so put the two together with llama.cpp first, and import the result:

    llama-export-lora -m {file} --lora {GGUF_NAME} -o my-dormouse.gguf
    lms import my-dormouse.gguf

## transformers

With the model that the file was converted from (`adapter_config.json` names it where the file tells):

    from peft import PeftModel
    from transformers import AutoModelForCausalLM
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained("owner/model"), "{PEFT_NAME}")

It was trained on the weights as the file has them. On weights of another precision it says the same, with other odds.
"""
