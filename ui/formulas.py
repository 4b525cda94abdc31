r"""Mathematics as it is written plainly: TeX in a reply becomes the signs that a line of text has, x² ≤ √(2π) for $x^2 \le \sqrt{2\pi}$.

What has no such signs stays readable: a fraction is (a)/(b), an exponent without a raised letter is ^(...). Code is never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIGNS = {
    name: sign
    for pair in """alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ lambda λ mu μ
    nu ν xi ξ pi π rho ρ sigma σ tau τ upsilon υ phi φ varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π
    Sigma Σ Phi Φ Psi Ψ Omega Ω times × cdot · div ÷ pm ± mp ∓ le ≤ leq ≤ ge ≥ geq ≥ ne ≠ neq ≠ approx ≈ equiv ≡ sim ∼ propto ∝
    infty ∞ partial ∂ nabla ∇ sum ∑ prod ∏ int ∫ oint ∮ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ cup ∪ cap ∩
    emptyset ∅ varnothing ∅ forall ∀ exists ∃ neg ¬ lnot ¬ land ∧ wedge ∧ lor ∨ vee ∨ to → rightarrow → leftarrow ← Rightarrow ⇒
    implies ⇒ Leftarrow ⇐ iff ⇔ Leftrightarrow ⇔ mapsto ↦ ldots … cdots ⋯ dots … circ ∘ bullet • star ⋆ ast ∗ oplus ⊕ otimes ⊗
    perp ⊥ parallel ∥ angle ∠ degree ° prime ′ hbar ℏ ell ℓ Re ℜ Im ℑ aleph ℵ langle ⟨ rangle ⟩ lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉
    mid ∣ setminus ∖ therefore ∴ because ∵ ll ≪ gg ≫ cong ≅ square □ checkmark ✓""".split("\n")
    for name, sign in zip(pair.split()[::2], pair.split()[1::2], strict=True)
}
_LETTERS = {"mathbb": dict(zip("NZQRCPEH", "ℕℤℚℝℂℙ𝔼ℍ", strict=True)), "mathcal": dict(zip("LFHBEMR", "ℒℱℋℬℰℳℛ", strict=True))}
_RAISED = dict(
    zip(
        "0123456789+-=()abcdefghijklmnoprstuvwxyzTABDEGHIJKLMNOPRUVW′",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᵀᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵁⱽᵂ′",
        strict=True,
    )
)
_LOWERED = dict(zip("0123456789+-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True))
_TEXTS = {
    "text",
    "mathrm",
    "mathbf",
    "mathit",
    "mathsf",
    "operatorname",
    "textbf",
    "textit",
    "boldsymbol",
    "bm",
    "mathbb",
    "mathcal",
    "boxed",
}
_SPACES = {
    ",": " ",
    ";": " ",
    ":": " ",
    "!": "",
    " ": " ",
    "quad": "  ",
    "qquad": "    ",
    "\\": "\n",
    "{": "{",
    "}": "}",
    "%": "%",
    "$": "$",
    "&": "&",
    "_": "_",
    "#": "#",
    "|": "‖",
}
_ACCENTS = {
    "hat": "\u0302",
    "bar": "\u0304",
    "overline": "\u0304",
    "vec": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "tilde": "\u0303",
}
_DROPPED = {"left", "right", "big", "Big", "bigg", "Bigg", "displaystyle", "limits", "nolimits", "mathstrut"}
_TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[{}^_]|\s+|.", re.DOTALL)
# An amount of money is no formula: nothing blank stands inside of the signs, and no digit behind the last one.
_FORMULA = re.compile(
    r"(?P<code>(?P<fence>`{3,}|~{3,}).*?(?:(?P=fence)|\Z)|`[^`\n]*`)"
    r"|\$\$(?P<shown>.+?)\$\$|\\\[(?P<set>.+?)\\\]|\\\((?P<within>.+?)\\\)"
    r"|(?<![\\$\w])\$(?P<inline>(?=\S)[^$\n]{1,200}?(?<=[^\s\\]))\$(?![\d$\w])",
    re.DOTALL,
)
DEEPEST = 60
"""Levels of braces and exponents that are read; what a model writes without end is shown as it is."""
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[a-zA-Z*]+\}(?:\{[lcr|]*\})?")


def readable(markdown: str) -> str:
    """The Markdown with its formulas in plain signs, which nothing in them makes into markup again."""
    if "$" not in markdown and "\\" not in markdown:
        return markdown

    def shown(match: re.Match[str]) -> str:
        inline = match["inline"]
        if match["code"] is not None or (inline and " " in inline and not re.search(r"[\\^_=+\-*/<>|(]", inline)):
            return match[0]
        before = markdown[markdown.rfind("\n", 0, match.start()) + 1 : match.start()]
        own = not before.strip() and (match["shown"] or match["set"])
        text = plain(match["shown"] or match["set"] or match["within"] or match["inline"])
        escaped = re.sub(r"([\\`*_\[\]<>#|~$])", r"\\\1", text)
        if not own:
            return " ".join(escaped.split("\n"))
        # A formula that was set apart stays so, line by line, where it was in a list too.
        lines = [line.strip() for line in escaped.splitlines() if line.strip()]
        return "\n\n" + "  \n".join(f"{before}{line}" for line in lines) + "\n\n"

    return _FORMULA.sub(shown, markdown)


def plain(tex: str) -> str:
    """A formula in plain signs."""
    said = _Reading(_ENVIRONMENT.sub("", tex)).all()
    return re.sub(r"[ \t]+", " ", said).replace(" \n", "\n").strip()


class _Reading:
    """Goes through a formula once, from left to right."""

    def __init__(self, tex: str) -> None:
        self._tokens: Iterator[str] = iter(_TOKEN.findall(tex))
        self._next: str | None = next(self._tokens, None)
        self._depth = 0

    def all(self) -> str:
        parts = []
        while self._next is not None:
            parts.append("" if self._next == "}" else self._one())
            if self._next == "}":
                self._take()
        return "".join(parts)

    def _take(self) -> str:
        taken = self._next or ""
        self._next = next(self._tokens, None)
        return taken

    def _group(self) -> str:
        """What stands in braces, or the next sign alone."""
        while self._next is not None and self._next.isspace():
            self._take()
        if self._next != "{":
            return self._one() if self._next not in (None, "}") else ""
        self._take()
        parts = []
        while self._next not in (None, "}"):
            parts.append(self._one())
        self._take()
        return "".join(parts).strip()

    def _one(self) -> str:
        token = self._take()
        if self._depth >= DEEPEST:
            return token
        self._depth += 1
        read = self._read(token)
        self._depth -= 1
        return read

    def _read(self, token: str) -> str:
        if token == "{":
            parts = []
            while self._next not in (None, "}"):
                parts.append(self._one())
            self._take()
            return "".join(parts)
        if token == "^":
            return _shifted(self._group(), _RAISED, "^")
        if token == "_":
            return _shifted(self._group(), _LOWERED, "_")
        if token == "&":
            return " "
        if token == "'":
            return "′"
        if token == "-":
            return "−"
        if token.startswith("\\") and len(token) > 1:
            return self._command(token[1:])
        return token

    def _command(self, name: str) -> str:
        if name in ("frac", "dfrac", "tfrac", "cfrac"):
            above, below = self._group(), self._group()
            return f"{_held(above)}/{_held(below)}"
        if name == "binom":
            return f"({self._group()} over {self._group()})"
        if name == "sqrt":
            return self._root()
        if name in _TEXTS:
            letters, text = _LETTERS.get(name, {}), self._group()
            return letters.get(text, text)
        if name in _ACCENTS:
            text = self._group()
            return text[:1] + _ACCENTS[name] + text[1:] if len(text) <= 1 else f"{name}({text})"
        if name in _DROPPED:
            if self._next == ".":
                self._take()
            return ""
        if name in _SPACES:
            return _SPACES[name]
        # A function such as \sin is its own name.
        return _SIGNS.get(name, name if name.isalpha() else f"\\{name}")

    def _root(self) -> str:
        degree = ""
        if self._next == "[":
            self._take()
            while self._next not in (None, "]"):
                degree += self._one()
            self._take()
        return f"{_shifted(degree, _RAISED, '') if degree else ''}√{_held(self._group())}"


def _shifted(text: str, letters: dict[str, str], mark: str) -> str:
    """The text raised or lowered, where every letter of it can be."""
    said = text.replace("−", "-").replace(" ", "")
    if said and all(letter in letters for letter in said):
        return "".join(letters[letter] for letter in said)
    if said in ("∘", "°"):
        return "°"
    return f"{mark}{said}" if len(said) <= 1 else f"{mark}({text})"


def _held(text: str) -> str:
    """In brackets, unless it is one number or one name."""
    return text if re.fullmatch(r"(?:\d+(?:[.,]\d+)?|\w)[⁰¹²³⁴⁵⁶⁷⁸⁹₀-₉]*|\([^()]*\)", text) else f"({text})"
