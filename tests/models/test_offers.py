"""The catalogue is in order, and what fits a machine and is recommended for it stands in a table."""

from __future__ import annotations

import re

import pytest

from models.offers import DEFAULT, Machine, fit, offers, recommended

GB = 10**9
GIB = 2**30
OFFERS = {offer.name: offer for offer in offers()}


def machine(memory: float, gpu: float = 0, *, disk: float = 500, learns: bool = True) -> Machine:
    return Machine(int(memory * GIB), int(disk * GB), int(gpu * GIB), learns and gpu > 0)


def test_the_catalogue_is_in_order() -> None:
    assert list(OFFERS) == [offer.name for offer in offers()]
    assert [offer.size for offer in offers()] == sorted(offer.size for offer in offers())
    for offer in offers():
        assert re.fullmatch(r"[\w.-]+", offer.name)
        assert re.fullmatch(r"[\w.-]+/[\w.-]+", offer.repo)
        assert offer.file.endswith(f"-{offer.quantization}.gguf")
        assert offer.license
        assert offer.suits
        assert offer.about


@pytest.mark.parametrize("name", list(OFFERS))
def test_the_shape_the_name_and_the_file_tell_of_the_same_model(name: str) -> None:
    """The parameters that the shape has are those of the name, and the file has as many bits for each as its type gives."""
    offer = OFFERS[name]
    named = float(re.findall(r"([\d.]+)b\b", name)[0]) * 1e9
    assert offer.parameters == pytest.approx(named, rel=0.06)
    assert offer.quantization == "Q4_K_M"
    # The smaller the model, the larger is the share of its embedding, which has more bits than the layers.
    assert 4.8 < offer.size * 8 / offer.parameters < 6


@pytest.mark.parametrize(
    ("size", "gpu", "chats", "learns", "first"),
    [
        # memory in GiB, graphics memory in GiB; then which models chat and learn on the graphics card, and the first to try
        (2, 0, "", "", None),
        (3, 0, "", "", "qwen3-1.7b"),
        (4, 0, "", "", "smollm3-3b"),
        (6, 0, "", "", DEFAULT),
        (8, 0, "", "", DEFAULT),
        (64, 0, "", "", DEFAULT),
        (8, 4, "qwen3-1.7b smollm3-3b qwen3-4b", "qwen3-1.7b", DEFAULT),
        (16, 6, "qwen3-1.7b smollm3-3b qwen3-4b", "qwen3-1.7b smollm3-3b qwen3-4b", DEFAULT),
        (16, 8, "qwen3-1.7b smollm3-3b qwen3-4b qwen3-8b", "qwen3-1.7b smollm3-3b qwen3-4b", DEFAULT),
        (
            32,
            12,
            "qwen3-1.7b smollm3-3b qwen3-4b qwen3-8b gemma-3-12b qwen3-14b",
            "qwen3-1.7b smollm3-3b qwen3-4b qwen3-8b gemma-3-12b",
            DEFAULT,
        ),
        (64, 24, " ".join(OFFERS), " ".join(OFFERS), DEFAULT),
    ],
)
def test_what_fits_and_what_is_recommended(size: float, gpu: float, chats: str, learns: str, first: str | None) -> None:
    here = machine(size, gpu)
    fits = {name: fit(offer, here) for name, offer in OFFERS.items()}
    assert [name for name, found in fits.items() if found.chats == "gpu"] == chats.split()
    assert [name for name, found in fits.items() if found.learns == "gpu"] == learns.split()
    found = recommended(offers(), here)
    assert (found and found.name) == first


def test_more_of_anything_never_makes_a_model_unfit() -> None:
    order = ["", "cpu", "gpu"]
    for offer in offers():
        for memory in (2, 4, 8, 16, 32, 64):
            for gpu in (0, 4, 6, 8, 12, 16, 24, 48):
                now = fit(offer, machine(memory, gpu))
                for more in (machine(memory * 2, gpu), machine(memory, gpu + 8)):
                    then = fit(offer, more)
                    assert order.index(then.chats) >= order.index(now.chats)
                    assert order.index(then.learns) >= order.index(now.learns)


def test_a_graphics_card_that_training_cannot_use_is_only_chatted_on() -> None:
    found = fit(OFFERS[DEFAULT], machine(16, 12, learns=False))
    assert (found.chats, found.learns) == ("gpu", "cpu")


def test_too_small_a_disk_stands_in_the_way_unless_the_file_is_there() -> None:
    here = machine(32, disk=2.6)
    found = fit(OFFERS[DEFAULT], here)
    assert not found.usable
    assert found.why == "needs 2.5 GB on the disk, 2.6 GB are free"
    assert fit(OFFERS[DEFAULT], here, present=True).usable
    small = recommended(offers(), machine(32, disk=2.4))
    assert small is not None
    assert small.name == "smollm3-3b"
    assert recommended(offers(), machine(32, disk=1)) is None


def test_what_stands_in_the_way_is_said() -> None:
    large = OFFERS["mistral-small-24b"]
    assert fit(large, machine(8)).why == "needs 14.4 GB of memory to chat"
    assert fit(large, machine(22)).why == "needs 18.1 GB of graphics memory to learn, or 22.7 GB of memory"
    assert fit(large, machine(64)).why == ""
