"""Mathematics in a reply is shown in plain signs; money, code and paths are left as they are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some
from pytestqt.qtbot import QtBot

from ui.formulas import plain, readable
from ui.prose import Prose
from ui.theme import use


@pytest.mark.parametrize(
    ("tex", "says"),
    [
        (r"x^2 + y_1^{n+1} \le \sqrt{2\pi}", "x² + y₁ⁿ⁺¹ ≤ √(2π)"),
        (r"\frac{a+b}{2}", "(a+b)/2"),
        (r"\int_0^\infty e^{-x^2}\,dx = \frac{\sqrt{\pi}}{2}", "∫₀^∞ e^(−x²) dx = (√π)/2"),
        (r"\sum_{i=1}^{n} i = \frac{n(n+1)}{2}", "∑ᵢ₌₁ⁿ i = (n(n+1))/2"),
        (r"\sin^2\theta + \cos^2\theta = 1", "sin²θ + cos²θ = 1"),
        (r"f: \mathbb{R}^n \to \mathbb{C}", "f: ℝⁿ → ℂ"),
        (r"f'(x) = \lim_{h \to 0} \frac{f(x+h)-f(x)}{h}", "f′(x) = lim_(h → 0) (f(x+h)−f(x))/h"),
        (r"\left( \sqrt[3]{8} \right) = 2", "( ³√8 ) = 2"),
        (r"30^\circ \text{ is } \hat{x}", "30° is x̂"),
        (r"\begin{aligned} a &= b \\ c &= d \end{aligned}", "a = b\n c = d"),
        (r"\unknown{x}", "unknownx"),
    ],
)
def test_a_formula_is_said_in_the_signs_of_a_line_of_text(tex: str, says: str) -> None:
    assert plain(tex) == says


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5, or $6 to $7.",
        "From $5 to 10$ a day",
        "`$x^2$` and ``` $$y$$ ```",
        "```\n$$x$$\n```\nand more",
        r"C:\new\folder",
        "a_1 * b_2",
    ],
)
def test_what_is_no_formula_stays(text: str) -> None:
    assert readable(text) == text


def test_formulas_stand_in_their_sentence_or_apart_and_are_never_taken_for_markup(qtbot: QtBot, qapp: object) -> None:
    use(qapp)  # pyright: ignore[reportArgumentType]
    shown = Prose("So $a_1 * b_2 * c_3$ and \\(x*y*z\\) hold.\n\n1. First\n   $$E = mc^2$$\n2. Then **done**")
    qtbot.addWidget(shown)
    assert shown.toPlainText().splitlines() == ["So a₁ * b₂ * c₃ and x*y*z hold.", "First", "E = mc²", "Then done"]


@given(some.text(alphabet="\\{}^_$`abfracsqrt[]()12 \n&", max_size=80))
def test_whatever_is_written_something_is_shown(text: str) -> None:
    assert isinstance(readable(text), str)
    assert isinstance(plain(text), str)


def test_what_never_ends_is_shown_as_it_is() -> None:
    for endless in ("{" * 5000, "^" * 5000, r"\sqrt" * 5000, r"\frac{" * 5000):
        assert plain(endless) is not None
