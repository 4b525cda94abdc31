"""A file that llama.cpp would end the process for is found by a child process that ends instead."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import DormouseError, EnvironmentProblem, UserError
from models.gguf_file import read_summary
from models.trial import try_model

MakeModel = Callable[..., Path]


def test_whole_models_pass(acorn_path: Path, make_model: MakeModel, tmp_path: Path) -> None:
    try_model(acorn_path)
    try_model(make_model(tmp_path / "tiny.gguf"))


def test_a_shape_that_ends_the_process_is_an_error_that_says_so(make_model: MakeModel, tmp_path: Path) -> None:
    path = make_model(tmp_path / "odd.gguf", architecture="llama", value_width=8)
    read_summary(path)  # nothing in it contradicts itself
    with pytest.raises(EnvironmentProblem, match=r"odd\.gguf cannot be used: llama\.cpp ended while trying it \(GGML_ASSERT"):
        try_model(path)


def test_an_architecture_that_nobody_knows_is_said(make_model: MakeModel, tmp_path: Path) -> None:
    path = make_model(tmp_path / "new.gguf", architecture="dormouse9")
    with pytest.raises(UserError, match=r"unknown model architecture: 'dormouse9'.*newer Dormouse"):
        try_model(path)


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{% for m in messages %}{{ m.content }", "cannot be read"),
        ("{{ raise_exception('Tools only.') }}", "Tools only"),
        ("{% for tool in tools %}{{ tool }}{% endfor %}{{ messages[0].content }}", "refuses this one"),
        ("{% for x in ().__class__.__mro__[1].__subclasses__() %}{{ x }}{% endfor %}", "refuses this conversation"),
    ],
)
def test_a_template_that_cannot_be_used_is_said(make_model: MakeModel, tmp_path: Path, template: str, says: str) -> None:
    path = make_model(tmp_path / "tools.gguf", template=template)
    with pytest.raises(UserError, match=rf"chat template in tools\.gguf.*{says}"):
        try_model(path)


def test_a_file_that_went_away_is_said(tmp_path: Path) -> None:
    with pytest.raises(DormouseError, match="does not exist"):
        try_model(tmp_path / "gone.gguf")


@pytest.mark.parametrize("metadata", [{"qwen3.pooling_type": 3}, {"qwen3.attention.causal": False}])
def test_a_model_that_does_not_write_is_no_chat_model(
    make_model: MakeModel, tmp_path: Path, metadata: dict[str, object]
) -> None:
    path = make_model(tmp_path / "embedding.gguf", metadata=metadata)
    with pytest.raises(UserError, match="Name a chat model"):
        read_summary(path)
