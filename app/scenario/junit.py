"""JUnit's XML, as CI systems read it: one suite for the run, one case per scenario, its explanation in the failure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from xml.etree import ElementTree

from app.scenario.report import Report, explanation

# XML 1.0 has no way to write these, and models say anything.
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(reports: Sequence[Report]) -> bytes:
    """The document, in UTF-8."""
    suites = ElementTree.Element("testsuites")
    suite = ElementTree.SubElement(
        suites,
        "testsuite",
        name="dormouse",
        tests=str(len(reports)),
        failures=str(sum(report.status == "failed" for report in reports)),
        errors=str(sum(report.status == "environment" for report in reports)),
        skipped="0",
        time=f"{sum(report.seconds for report in reports):.3f}",
    )
    for report in reports:
        case = ElementTree.SubElement(
            suite,
            "testcase",
            name=_writable(report.name),
            classname="dormouse.scenarios",
            file=_writable(report.file),
            time=f"{report.seconds:.3f}",
        )
        if not report.passed:
            told = _writable(explanation(report))
            tag = "failure" if report.status == "failed" else "error"
            ElementTree.SubElement(case, tag, message=told.split("\n", 1)[0]).text = told
        played = "\n".join(f"{step.step}\n  {step.text}" for step in report.steps)
        ElementTree.SubElement(case, "system-out").text = _writable(played)
    ElementTree.indent(suites)
    return ElementTree.tostring(suites, encoding="utf-8", xml_declaration=True)


def _writable(text: str) -> str:
    return _UNWRITABLE.sub("\ufffd", text)
