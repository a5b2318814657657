# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The acts: each lets something happen, and checks what came of it."""

import json
import re
import signal
import textwrap
from pathlib import Path

import yaml

import script
from evidence import Effect, effects, misplaced, orders, picture, wrong
from script import difference
from stage import DEMO, TARGETS, Stage
from story import Story
from traffic import Traffic
from waiting import wait_until

PATIENCE = 150  # seconds for one ansible-playbook
STEPS = [task["name"] for task in yaml.safe_load((DEMO / "move.yml").read_text())[0]["tasks"]]


def lose_the_controller(stage: Stage, story: Story, _: Traffic) -> None:
    """Move to r2, and kill ansible-playbook while it works on the second target."""
    story.act(f"The move to r2: {len(STEPS)} steps on one target after the other, and a kill -9 on the way.")
    log = stage.folder / "r2-killed.log"
    with stage.playbook("r2", log) as playbook:
        sign = Effect("app2", "r2 rows up")
        wait_until(
            lambda: sign in effects(stage) or playbook.poll() is not None,
            str(sign),
            seconds=PATIENCE,
            every=0.02,
        )
        playbook.kill()
        code = playbook.wait(timeout=20)
    story.quote(log)
    rows, step = orders(stage, "app2"), STEPS.index("Move the rows")
    story.say(f"app2 was in step {step + 1}, {STEPS[step]!r}, with {len(rows.get('sales', []))} of its orders moved.")
    story.check(
        "SIGKILL ended ansible-playbook in the middle of that step",
        code != -signal.SIGKILL and log,
        not rows.get("orders") and "the step was over before the signal came",
    )
    show(stage, story, "status")


def resume(stage: Stage, story: Story, traffic: Traffic) -> None:
    """Start the same command again, and look at what it made of the half of the work."""
    story.act("The same command again: it resumes.")
    log, code = play(stage, story, "r2")
    story.check("ansible-playbook completed the move", code != 0 and log)
    story.check("every target serves r2", difference(serving(stage), dict.fromkeys(TARGETS, ("r2", "r2"))))
    done = script.done("r1", "r2")
    story.check(
        f"nothing was done twice: {len(done)} commands ran on the targets, each once, in order",
        difference(effects(stage), done),
    )
    story.check(
        "the proxy was asked once to drain each target, and once to send it traffic again",
        difference(stage.proxy.changes(), script.asked(drained=TARGETS, added=3)),
    )
    check_orders(stage, story, traffic)


def fail_and_go_back(stage: Stage, story: Story, traffic: Traffic) -> None:
    """Move to r3, whose defect shows late and on the last target."""
    story.act("The move to r3, which can't live with one customer of app3: it fails, and goes back.")
    pictures = {target: picture(stage, target) for target in TARGETS}
    noted, asked = len(effects(stage)), stage.proxy.changes()
    log, code = play(stage, story, "r3")
    reason = "IndexError" not in log.read_text()
    story.check("the health check of app3 failed, and the playbook with it", code == 0 and log, reason and log)
    done = script.done("r2", "r3")[:-1]
    ports = {target: was.address.partition(":")[2] for target, was in pictures.items()}
    undone = list(script.undone(done, "r2", "r3", ports))
    story.check(
        f"after {len(done)} commands, {len(undone)} undid them, in reverse over all targets",
        difference(effects(stage)[noted:], done + undone),
    )
    story.check(
        "the proxy followed: every target drained and sent traffic again, twice where r3 had served",
        difference(
            stage.proxy.changes() - asked,
            script.asked(drained=["app1", "app2", "app1", "app2", "app3"], added=5),
        ),
    )
    story.check(
        "every target is as before: current release, what serves and where, schema, files, backups",
        difference({target: picture(stage, target) for target in TARGETS}, pictures),
    )
    check_orders(stage, story, traffic)


def count_the_orders(stage: Stage, story: Story, traffic: Traffic) -> None:
    """Compare what customers were told with what the databases hold."""
    story.act("The customers are done.")
    story.say(
        f"{len(traffic.acknowledged)} orders acknowledged while the shop moved, the slowest after "
        f"{traffic.slowest:.1f} s; requests sent a second time: {traffic.retries}."
    )
    story.check("no order was lost", traffic.lost)
    expected = len(stage.seeds) + len(traffic.acknowledged)
    held = sum(len(rows) for target in TARGETS for rows in orders(stage, target).values())
    story.check(f"the databases hold {expected} orders, old and new", held != expected and f"they hold {held}")
    check_orders(stage, story, traffic)


def show_the_record(stage: Stage, story: Story) -> None:
    """Let saga tell of both runs, and verify that their records hold."""
    story.act("What saga knows of the two runs.")
    show(stage, story, "runs")
    runs = {run["id"]: run["state"] for run in json.loads(stage.saga("runs", "--json")[1])["runs"]}
    for run in reversed(runs):
        show(stage, story, "status", run)
        show(stage, story, "audit", run, only=r"event|run\.|lease\.|app2 .*Move the rows")
        show(stage, story, "audit", run, "--verify")
    story.check("one run is completed, one compensated", difference(list(runs.values()), ["compensated", "completed"]))


def show(stage: Stage, story: Story, *arguments: str, only: str = "") -> None:
    """Show what a saga command says, or its lines that match; it has to succeed."""
    code, output = stage.saga(*arguments)
    shown = "\n".join(line for line in output.splitlines() if re.search(only, line))
    story.say(f"$ saga {' '.join(arguments)}" + (f" | grep -E '{only}'" if only else ""))
    story.say(textwrap.indent(shown, "  "))
    if code:
        story.check(f"saga {arguments[0]} succeeds", f"its exit code is {code}")


def play(stage: Stage, story: Story, release: str) -> tuple[Path, int]:
    """Move to a release; return the log and the exit code."""
    log = stage.folder / f"{release}.log"
    with stage.playbook(release, log) as playbook:
        code = playbook.wait(PATIENCE)
    story.quote(log)
    return log, code


def serving(stage: Stage) -> dict[str, tuple[str, str]]:
    """Return what is current on every target, and what really answers there."""
    pictures = {target: picture(stage, target) for target in TARGETS}
    return {target: (seen.current, seen.serves) for target, seen in pictures.items()}


def check_orders(stage: Stage, story: Story, traffic: Traffic) -> None:
    """Look every acknowledged order up, where and as r2 keeps it."""
    expected = [*stage.seeds, *list(traffic.acknowledged.values())]
    story.check(
        f"each of {len(expected)} orders is there once, with its customer and amount, where r2 looks for it",
        *wrong(stage, expected)[:5],
        *misplaced(stage, "r2"),
    )
