"""What the packages are made of: rendered as each system reads it, of one version, and built by dpkg where that is here."""

from __future__ import annotations

import ast
import configparser
import gzip
import plistlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from email import message_from_string
from importlib import metadata
from pathlib import Path
from xml.etree import ElementTree

import debian
import package
import pytest
from machine import Problem
from progress import Narrator

from app.extras import LEARNING
from models import child

ROOT = Path(__file__).resolve().parents[2]
VERSION = package.pyproject()["project"]["version"]
TEXTS = debian.texts(VERSION, "2026-03-02")
DESKTOP = TEXTS["usr/share/applications/dormouse.desktop"]
METAINFO = TEXTS["usr/share/metainfo/org.dormouse.Dormouse.metainfo.xml"]

needs_dpkg = pytest.mark.skipif(not shutil.which("dpkg-shlibdeps"), reason="Debian packages are built on Debian: dpkg-dev")


def entry() -> Mapping[str, str]:
    read = configparser.RawConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment]
    read.read_string(DESKTOP)
    return read["Desktop Entry"]


def test_the_desktop_entry_starts_the_program_and_belongs_to_its_window(tmp_path: Path) -> None:
    assert entry()["Exec"] == "dormouse"
    assert entry()["Icon"] == "dormouse"
    assert entry()["Terminal"] == "false"
    # What the window calls itself (Wayland: the entry's name; X11: the program's), so that the dock knows it again.
    named = re.search(r'setDesktopFileName\("(\w+)"\)', (ROOT / "ui" / "start.py").read_text(encoding="utf-8"))
    assert named is not None
    assert named[1] == entry()["StartupWMClass"] == "dormouse"
    if shutil.which("desktop-file-validate"):
        file = tmp_path / "dormouse.desktop"
        file.write_text(DESKTOP, encoding="utf-8")
        said = subprocess.run(["desktop-file-validate", file], capture_output=True, text=True, check=False)
        assert (said.returncode, said.stdout) == (0, "")


def test_the_metadata_names_the_desktop_entry_and_the_version(tmp_path: Path) -> None:
    component = ElementTree.fromstring(METAINFO.encode())
    assert component.findtext("launchable") == "dormouse.desktop"
    assert component.findtext("project_license") == package.pyproject()["project"]["license"]
    release = component.find("releases/release")
    assert release is not None
    assert release.attrib == {"version": VERSION, "date": "2026-03-02"}
    if shutil.which("appstreamcli"):
        file = tmp_path / "org.dormouse.Dormouse.metainfo.xml"
        file.write_text(METAINFO, encoding="utf-8")
        said = subprocess.run(["appstreamcli", "validate", "--no-net", str(file)], capture_output=True, text=True, check=False)
        assert said.returncode == 0, said.stdout


def test_the_day_of_a_release_can_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert debian.released() == "1970-01-01"


def test_the_program_says_the_version_that_the_project_has() -> None:
    said = subprocess.run(
        child.command("app", "--version"), env=child.environment(), capture_output=True, text=True, check=True
    ).stdout
    assert said.split()[1:] == [VERSION] == [metadata.version("dormouse")]


def test_a_control_file_is_what_dpkg_reads() -> None:
    text = debian.control("dormouse", VERSION, "amd64", 12, {"Depends": "libc6 (>= 2.36)"})
    fields = message_from_string(text)
    assert (fields["Package"], fields["Version"], fields["Depends"]) == ("dormouse", VERSION, "libc6 (>= 2.36)")
    lines = text.splitlines()
    described = lines[lines.index(f"Description: {debian.ABOUT['dormouse'][0]}") + 1 :]
    assert described
    assert all(line.startswith(" ") and line.strip() and len(line) <= 80 for line in described)


@pytest.mark.parametrize("name", ["dormouse", "dormouse-learning"])
def test_the_copyright_holds_our_whole_licence_and_names_every_other(name: str) -> None:
    text = debian.copyright_of(name)
    assert "THE SOFTWARE IS PROVIDED" in text
    assert "$" not in text
    named = set(re.findall(r"^License: (\S+)$", text, re.MULTILINE))
    explained = set(re.findall(r"^License: (\S+)\n ", text, re.MULTILINE))
    assert named == explained
    # Nothing but fields, their continuation, and empty lines between paragraphs.
    assert [line for line in text.splitlines() if line and not re.match(r"[A-Z][\w-]*:| ", line)] == []


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The icons, made as `package.py` has them made."""
    pytest.importorskip("PySide6")
    folder = tmp_path_factory.mktemp("drawn")
    there = {**child.environment(), "QT_QPA_PLATFORM": "offscreen"}
    subprocess.run(child.command("ui.icons", str(folder)), env=there, check=True, capture_output=True)
    return folder


def test_the_icon_is_drawn_in_every_size(drawn: Path) -> None:
    sizes = sorted(int(file.stem.partition("-")[2]) for file in drawn.glob("*.png"))
    assert sizes == [16, 24, 32, 48, 64, 128, 256, 512]
    assert ElementTree.parse(drawn / "dormouse.svg").getroot().tag == "{http://www.w3.org/2000/svg}svg"


def test_the_program_leaves_to_the_pack_what_only_nights_need() -> None:
    tree = ast.parse((ROOT / "packaging" / "dormouse.spec").read_text(encoding="utf-8"))
    (left,) = [
        set(ast.literal_eval(node.value))
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "LEFT_TO_THE_PACK"
    ]
    learn = package.pyproject()["project"]["optional-dependencies"]["learn"]
    assert left == {re.split(r"[<>=;]", line)[0] for line in learn}
    # safetensors, the fifth, the program has itself.
    assert set(LEARNING) - left == {"safetensors"}


def test_the_recipes_for_windows_and_macos_say_that_they_were_never_run_and_fit_what_is_built() -> None:
    for file in ("windows/dormouse.iss", "windows/learning.iss", "macos/build.sh"):
        assert "WRITTEN, BUT NOT RUN" in (ROOT / "packaging" / file).read_text(encoding="utf-8"), file
    installer = (ROOT / "packaging/windows/learning.iss").read_text(encoding="utf-8")
    # Where app.frozen looks among the person's own data.
    assert r"DefaultDirName={localappdata}\dormouse-learning-pack" in installer
    allowed = plistlib.loads((ROOT / "packaging/macos/entitlements.plist").read_bytes())
    assert set(allowed.values()) == {True}
    assert len({re.search(r"AppId=(.*)", (ROOT / "packaging/windows" / name).read_text())[1] for name in ("dormouse.iss", "learning.iss")}) == 2  # type: ignore[index]  # fmt: skip


@needs_dpkg
def test_a_debian_package_has_the_program_its_desktop_files_and_the_libraries_it_needs(tmp_path: Path, drawn: Path) -> None:
    program, out = tmp_path / "dormouse", tmp_path / "out"
    (program / "_internal").mkdir(parents=True)
    out.mkdir()
    shutil.copyfile("/bin/true", program / "dormouse")
    (program / "dormouse").chmod(0o700)
    (program / "_internal" / "linked").symlink_to("../dormouse")
    file = debian.program_package(program, drawn, VERSION, out)
    assert file.name.startswith(f"dormouse_{VERSION}_")
    assert list(out.iterdir()) == [file]
    fields = message_from_string(subprocess.run(["dpkg-deb", "-f", file], capture_output=True, text=True, check=True).stdout)
    assert "libc6" in fields["Depends"]
    assert fields["Recommends"] == f"dormouse-learning (= {VERSION})"
    root = tmp_path / "root"
    subprocess.run(["dpkg-deb", "-x", file, root], check=True)
    started = root / "usr/bin/dormouse"
    assert started.resolve() == root / "usr/lib/dormouse/dormouse"
    assert started.stat().st_mode & 0o777 == 0o755
    assert (root / "usr/lib/dormouse/_internal/linked").is_symlink()
    assert (root / "usr/share/icons/hicolor/scalable/apps/dormouse.svg").is_file()
    assert (root / "usr/share/icons/hicolor/48x48/apps/dormouse.png").is_file()
    changes = gzip.decompress((root / "usr/share/doc/dormouse/changelog.gz").read_bytes()).decode()
    assert f"## {VERSION}" in changes


@needs_dpkg
def test_the_packs_package_lies_beside_the_program_and_fits_its_version_alone(tmp_path: Path) -> None:
    pack, out = tmp_path / "pack", tmp_path / "out"
    pack.mkdir()
    out.mkdir()
    (pack / "module.py").write_text("")
    file = debian.pack_package(pack, VERSION, out)
    fields = message_from_string(subprocess.run(["dpkg-deb", "-f", file], capture_output=True, text=True, check=True).stdout)
    assert fields["Depends"] == f"dormouse (= {VERSION})"
    subprocess.run(["dpkg-deb", "-x", file, tmp_path / "root"], check=True)
    assert (tmp_path / "root/usr/lib/dormouse/learning-pack/module.py").is_file()


def test_where_there_is_no_dpkg_a_package_cannot_be_built_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "pack").mkdir()
    (tmp_path / "out").mkdir()
    with pytest.raises(Problem, match="There is no dpkg here"):
        debian.pack_package(tmp_path / "pack", VERSION, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []


def test_a_step_that_fails_says_what_was_said_and_where_all_of_it_is(tmp_path: Path) -> None:
    workshop = package.Workshop(tmp_path, Narrator())
    with pytest.raises(Problem, match=r"(?s)broken.*package\.log"):
        workshop._run([sys.executable, "-c", "raise SystemExit('broken')"])


def test_what_is_built_is_what_was_installed_and_never_the_folder_one_stands_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "app_of_nobody.py").write_text("")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    workshop = package.Workshop(tmp_path / "out", Narrator())
    with pytest.raises(Problem, match="No module named app_of_nobody"):
        workshop._run([sys.executable, "-m", "app_of_nobody"])
