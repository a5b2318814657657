# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``saga report``: what a run did, when, and who decided what, as a page, for a ticket, or as results of tests."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from .._engine.errors import EngineError
from .._engine.inspection import Account, account
from .._engine.records import Step
from .._engine.report.run import Report, Sources, junit, markdown, page, report
from .._engine.request import Means
from .._engine.sealing import is_sealed
from .._screen.text import complain
from .exits import Exit
from .opening import opened
from .wording import typed

HELP = "write down what a run did, when, and who decided what: as a page, as Markdown, or as JUnit XML"

FORMATS: dict[str, Callable[[Report], str]] = {"html": page, "markdown": markdown, "junit": junit}
_MOST_WRITTEN = 400  # characters of what a failed command wrote
_ENDINGS = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown", ".xml": "junit"}


class ReportError(EngineError):
    """A report cannot be written to where it was asked for."""

    def __init__(self, path: str, *, why: str) -> None:
        super().__init__(
            f"the report cannot be written to {path}: {why}; name another file with -o, or none to print it"
        )
        self.path = path


def add_arguments(parser: ArgumentParser) -> None:
    """Add what only this command takes."""
    parser.add_argument("run", metavar="RUN", nargs="?", default="", help="how the run's id begins (default: newest)")
    parser.add_argument(
        "-o", "--output", metavar="FILE", default="", help="write it to a file (default, and -: standard output)"
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="how to write it (default: by the file's ending .html, .md or .xml, else html)",
    )


def do(arguments: Namespace) -> Exit:
    """Write the report."""
    form = arguments.format or form_of(arguments.output)
    with opened(arguments) as means:
        text = written(means, arguments.run, form, journal=arguments.journal)
    if arguments.output not in {"", "-"}:
        save(text, arguments.output)
        complain(f"saga: the report is in {arguments.output}")
    else:
        print(text, end="")
    return Exit.FINE


def form_of(path: str) -> str:
    """Return the form that a file's ending asks for."""
    return _ENDINGS.get(Path(path).suffix.lower(), "html")


def written(means: Means, run: str, form: str, *, journal: str) -> str:
    """Return the report of a run in one of the forms; `journal` as for :func:`wording.typed`."""
    return FORMATS[form](report(_sources(means, account(means, run), journal=journal)))


def save(text: str, path: str) -> None:
    """Write a report to a file; raise ReportError."""
    try:
        Path(path).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ReportError(path, why=error.strerror or str(error)) from error


def _sources(means: Means, told: Account, *, journal: str) -> Sources:
    return Sources(
        view=told.sight.view,
        who=told.sight.at_work.who,
        steps=told.steps,
        events=told.events,
        leases=told.leases,
        findings=told.findings,
        now=means.clock.now(),
        slices=[part for part, _is_at_work in told.sight.slices],
        messages=_messages(means, told.steps),
        typed=lambda words, directory: typed(words, directory=directory, journal=journal),
    )


def _messages(means: Means, steps: Sequence[Step]) -> Mapping[tuple[str, str], str]:
    """Return what the steps that have failed said; of one that may not be stored, or is encrypted, nothing is said."""
    failed = [step for step in steps if step.state.is_failure and not step.is_withheld]
    if not failed:
        return {}
    from .._bridge import results  # noqa: PLC0415  costs more than all the rest, and may not be needed

    found = {}
    for step in failed:
        payload = means.journal.results(step.run, step.host, step.key).get("")
        if payload and not is_sealed(payload):
            found[step.doer, step.key] = _said(results.public(payload))
    return found


def _said(result: Mapping[str, object]) -> str:
    """Return what a failed result says: its message, its code, and what the command wrote last."""
    code = f" (rc {result['rc']})" if result.get("rc") else ""
    told = [f"{str(result.get('msg') or '').strip()}{code}".strip()]
    wrote = result.get("stderr") or result.get("module_stderr") or result.get("stdout") or ""
    told += [str(wrote).strip()[-_MOST_WRITTEN:]]
    return "\n".join(dict.fromkeys(line for line in told if line))
