"""Every picture of the window, as SVG: line icons in the colour they are asked for, and the sleeping dormouse."""

from __future__ import annotations

import sys
from functools import lru_cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPainter, QPixmap, QTransform
from PySide6.QtSvg import QSvgRenderer

# Drawn on 24 by 24 with a pen of 1.8; `fill` where a shape is solid.
_STROKES = {
    "new": '<path d="M12 20h8"/><path d="M16.5 4.2a2 2 0 0 1 2.9 2.9L8 18.4 4 19.5l1.1-4z"/>',
    "search": '<circle cx="11" cy="11" r="6.5"/><path d="m20 20-4.4-4.4"/>',
    "send": '<path d="M12 19V5"/><path d="m5.5 11.5 6.5-6.5 6.5 6.5"/>',
    "stop": '<rect x="7" y="7" width="10" height="10" rx="2" fill="currentColor"/>',
    "copy": '<rect x="8.5" y="8.5" width="11" height="11" rx="2.5"/>'
    '<path d="M15.5 5.5a2 2 0 0 0-2-2h-8a2 2 0 0 0-2 2v8a2 2 0 0 0 2 2"/>',
    "again": '<path d="M19.5 12a7.5 7.5 0 1 1-2.2-5.3L19.5 9"/><path d="M19.5 4.2V9h-4.8"/>',
    "edit": '<path d="M15.8 4.6a2.1 2.1 0 0 1 3 3L8.3 18.1 4.2 19.3l1.2-4.1z"/>',
    "remember": '<path d="M6.5 4h11v16L12 15.8 6.5 20z"/>',
    "pin": '<path d="M9 4h6l-.8 6 3.3 3.5h-11L9.8 10z"/><path d="M12 13.5V20"/>',
    "delete": '<path d="M4.5 6.5h15"/><path d="M9.5 6.5V4.2h5v2.3"/><path d="m6.5 6.5.9 13h9.2l.9-13"/>',
    "more": '<g fill="currentColor" stroke="none"><circle cx="5.5" cy="12" r="1.6"/><circle cx="12" cy="12" r="1.6"/>'
    '<circle cx="18.5" cy="12" r="1.6"/></g>',
    "learned": '<path d="M12 20.5c-2-2.6-5.5-4.3-5.5-8.6A5.4 5.4 0 0 1 12 6.4a5.4 5.4 0 0 1 5.5 5.5c0 4.3-3.5 6-5.5 8.6z"/>'
    '<path d="M6.8 10.4c1.7-1.3 8.7-1.3 10.4 0"/><path d="M12 6.4V3.5"/>',
    "night": '<path d="M20 14.2A8.2 8.2 0 0 1 9.8 4a8.2 8.2 0 1 0 10.2 10.2z"/>',
    "settings": '<path d="M4 8h8M17.5 8H20M4 16h2.5M12 16h8"/><circle cx="14.8" cy="8" r="2.4"/><circle cx="9.2" cy="16" r="2.4"/>',
    "temporary": '<path d="M5 20V11a7 7 0 0 1 14 0v9l-2.4-1.8L14.3 20 12 18.2 9.7 20l-2.3-1.8z"/>'
    '<path d="M9.5 11v.1M14.5 11v.1"/>',
    "close": '<path d="m6 6 12 12M18 6 6 18"/>',
    "back": '<path d="M19 12H5"/><path d="m11 6-6 6 6 6"/>',
    "before": '<path d="m14.5 6-6 6 6 6"/>',
    "after": '<path d="m9.5 6 6 6-6 6"/>',
    "down": '<path d="M12 5v14"/><path d="m5.5 12.5 6.5 6.5 6.5-6.5"/>',
    "side": '<rect x="3.5" y="4.5" width="17" height="15" rx="3"/><path d="M9.5 4.5v15"/>',
    "undo": '<path d="M8.5 5 4.5 9l4 4"/><path d="M4.5 9h9.5a5.5 5.5 0 0 1 0 11H10"/>',
    "keyboard": '<rect x="2.8" y="6" width="18.4" height="12" rx="2.5"/>'
    '<path d="M6.5 10h.1M10 10h.1M13.5 10h.1M17 10h.1M8 14.2h8"/>',
    "open": '<path d="m6 9.5 6 6 6-6"/>',
    "check": '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
}  # fmt: skip

DORMOUSE = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 128 128">
<defs><linearGradient id="sky" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#4a4680"/>
<stop offset="1" stop-color="#2b2950"/></linearGradient>
<linearGradient id="fur" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="#e0a25f"/>
<stop offset="1" stop-color="#c17c3c"/></linearGradient></defs>
{ground}
<path d="M24 92c-7-26 13-50 42-50 27 0 44 19 43 42-1 19-18 27-43 27-24 0-39-5-42-19z" fill="url(#fur)"/>
<path d="M104 66c15 20 6 43-20 46-18 2-36 1-50-6-5-3-3-9 3-8 18 4 36 5 48 1 12-4 15-16 8-27-4-9 6-13 11-6z" fill="#a5642c"/>
<path d="M103 72c11 18 3 34-19 36-14 1-28 0-41-4" fill="none" stroke="#c98a4d" stroke-width="3" stroke-linecap="round"/>
<circle cx="41" cy="55" r="10.5" fill="#b8743a"/><circle cx="41.5" cy="56" r="6.3" fill="#f0bd9b"/>
<circle cx="63" cy="50" r="11.5" fill="#b8743a"/><circle cx="63" cy="51" r="7" fill="#f0bd9b"/>
<path d="M23 84c0-17 14-29 31-29s28 11 28 25-13 23-31 23c-17 0-28-6-28-19z" fill="#dd9d58"/>
<path d="M22 88c1-7 8-12 17-11 9 2 12 9 9 15-2 6-9 9-16 8-6-1-10-5-10-12z" fill="#f6e3cb"/>
<path d="M51 80c3 3.4 8.4 3.600 12 .6" fill="none" stroke="#4a2c14" stroke-width="2.8" stroke-linecap="round"/>
<path d="M30 76c1.600 2 4.400 2.400 6.500 1" fill="none" stroke="#4a2c14" stroke-width="2.600" stroke-linecap="round"/>
<ellipse cx="25.500" cy="86.500" rx="3.800" ry="3" fill="#4a2c14"/>
<g stroke="#8a5a30" stroke-width="1.2" stroke-linecap="round" fill="none">
<path d="M40 90c6 0 11 1 15 3M39 93c5 2 9 4 12 7M22 92c-3 1-6 3-8 5"/></g>
<path d="M47 101c3-5 11-5 14-1 2 4-2 7-7 7s-9-2-7-6z" fill="#f0c79d"/>
{dreams}
</svg>"""
_GROUND = '<rect x="2" y="2" width="124" height="124" rx="30" fill="url(#sky)"/>'
_DREAMS = (
    '<g fill="none" stroke="{ink}" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">'
    '<path d="M88 34h11l-11 12h11"/><path d="M106 17h8l-8 9h8" stroke-width="3.200"/></g>'
)


_ALONG = ("back", "before", "after", "side")


@lru_cache(maxsize=256)
def pixmap(name: str, colour: str, size: int = 20, ratio: float = 2.0) -> QPixmap:
    """A line icon in one colour; `size` in device-independent pixels."""
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="{colour}" stroke-width="1.7" '
        f'stroke-linecap="round" stroke-linejoin="round">{_STROKES[name].replace("currentColor", colour)}</svg>'
    )
    return _drawn(svg, QSize(size, size), ratio)


def icon(name: str, colour: str, size: int = 20) -> QIcon:
    """The same as an icon; what points along the line points the other way where lines run from right to left."""
    drawn = pixmap(name, colour, size)
    if name in _ALONG and QGuiApplication.isRightToLeft():
        drawn = drawn.transformed(QTransform().scale(-1, 1))
    return QIcon(drawn)


def app_icon() -> QIcon:
    """The sleeping dormouse before a night sky, in the sizes that systems ask for."""
    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        made.addPixmap(_drawn(dormouse(ground=True), QSize(size, size), 1.0))
    return made


def portrait(size: int, ink: str, ratio: float = 2.0) -> QPixmap:
    """The dormouse by itself, with its dreams in `ink`."""
    return _drawn(dormouse(ground=False, ink=ink), QSize(size, size), ratio)


def dormouse(*, ground: bool, ink: str = "#d9d6ff") -> str:
    return DORMOUSE.replace("{ground}", _GROUND if ground else "").replace("{dreams}", _DREAMS.replace("{ink}", ink))


def _drawn(svg: str, size: QSize, ratio: float) -> QPixmap:
    picture = QPixmap(size * ratio)
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, size.width(), size.height()))
    painter.end()
    return picture


def write(folder: Path) -> None:
    """The program's picture as files, for the systems that it is installed on: `python -m ui.icons FOLDER`."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "dormouse.svg").write_text(dormouse(ground=True), encoding="utf-8")
    for size in (16, 24, 32, 48, 64, 128, 256, 512):
        _drawn(dormouse(ground=True), QSize(size, size), 1.0).save(str(folder / f"dormouse-{size}.png"))


if __name__ == "__main__":
    application = QGuiApplication([])
    write(Path(sys.argv[1]))
