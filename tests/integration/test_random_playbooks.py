# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Playbooks that nobody would write: drawn from Ansible's constructs, run stock, durable, and durable with a kill.

[I13] Stock and durable agree about everything. [I14] A run that was killed and started again agrees, too.
"""

from dataclasses import dataclass, field

import hypothesis
import pytest
import yaml
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st

from cases import DOORS, NEVER, Case, outcome, points

HOSTS = ("h1", "h2", "h3")
HANDLERS = ("Hand", "Topic", "Both")
NUMBERS = range(4)  # of registered variables and facts: few, so that they are set again and used
DURABLE = DOORS["linear"].environment

EXAMPLES = 3
FIXED = range(1, 2)
SWEPT = range(2, 45)


@dataclass(frozen=True, kw_only=True)
class Drawn(Case):
    """A case that is in no folder."""

    files: dict = field(default_factory=dict)

    def fill(self, project):
        for name, content in self.files.items():
            project.write(name, content)


@dataclass
class Draft:
    """What is drawn so far: every task gets a word of its own, every included file a name."""

    draw: object
    files: dict = field(default_factory=dict)
    tasks: int = 0

    def chance(self, one_in):
        return self.draw(st.integers(1, one_in)) == one_in

    def one_of(self, things):
        return self.draw(st.sampled_from(list(things)))

    def word(self):
        self.tasks += 1
        return f"w{self.tasks}"

    def seen(self, *, fails=False):
        """Return an expression of what an earlier task may have left.

        Which hosts are in the play is left open by a task that fails: some start it before another's failure is known.
        """
        number = self.one_of(NUMBERS)
        of_the_host = [
            f"{{{{ fact{number} | default('none') }}}}",
            f"{{{{ (registered{number} | default({{}})).stdout | default('-') | trim }}}}",
            f"{{{{ registered{number} is defined and registered{number} is failed }}}}",
        ]
        of_the_play = ["{{ ansible_play_hosts | join('.') }}", "{{ ansible_play_batch | join('.') }}"]
        return self.one_of(of_the_host if fails else of_the_host + of_the_play)

    def condition(self):
        host = self.one_of(HOSTS)
        number = self.one_of(NUMBERS)
        return self.one_of(
            [
                f"inventory_hostname == '{host}'",
                f"inventory_hostname != '{host}'",
                f"fact{number} is defined",
                f"registered{number} is not defined or registered{number} is success",
            ]
        )

    def keywords(self, *, handlers=True):
        """Return what any task may have, each of it seldom."""
        found = {}
        if self.chance(4):
            found["when"] = self.condition()
        if self.chance(6):
            found["run_once"] = True
        if self.chance(8):
            found["delegate_to"] = self.one_of(HOSTS)
        if handlers and self.chance(4):
            found["notify"] = self.one_of(HANDLERS)
        return found

    def effect(self):
        word, fails = self.word(), self.chance(4)
        script = f"{{{{ effect }}}} {word}-{self.seen(fails=fails)}; echo {word}"
        found = {"name": self.one_of([f"Do {word}", "The same name"]), **self.keywords()}
        if self.chance(4):
            script = f"{{{{ effect }}}} {word}-{{{{ item }}}}; echo {{{{ item }}}}"
            found["loop"] = self.one_of([["a", "b"], ["a", "a"], [], [1, {"k": "v"}]])
        if fails:
            script += f"; test {{{{ inventory_hostname }}}} != {self.one_of(HOSTS)}"
            if self.chance(3):
                found["ignore_errors"] = True
        if self.chance(3):
            found["register"] = f"registered{self.one_of(NUMBERS)}"
        return found | {"ansible.builtin.raw": script}

    def fact(self):
        name = f"fact{self.one_of(NUMBERS)}"
        found = {"name": f"Fact {self.word()}"}
        if self.chance(3):
            found["when"] = self.condition()
        if self.chance(4):
            found["run_once"] = True
        return found | {
            "ansible.builtin.set_fact": {name: f"{self.word()}-of-{{{{ inventory_hostname }}}}-{self.seen()}"}
        }

    def block(self, depth):
        found = {"name": f"Block {self.word()}"}
        if self.chance(4):
            found["when"] = self.condition()
        found["block"] = self.several(depth - 1)
        for section in ("rescue", "always"):
            if self.chance(2):
                found[section] = self.several(depth - 1)
        return found

    def include(self, depth):
        name = f"part{len(self.files)}.yml"
        self.files[name] = ""  # so that what it includes gets another name
        self.files[name] = self.several(depth - 1)
        found = {"name": f"Include {self.word()}", "ansible.builtin.include_tasks": name}
        if self.chance(3):
            found["when"] = self.condition()
        if self.chance(3):
            found["loop"] = [1, 2]
            found["loop_control"] = {"loop_var": f"outer{len(self.files)}"}
        return found

    def meta(self):
        found = {"name": f"Meta {self.word()}"}
        action = self.one_of(["flush_handlers", "flush_handlers", "noop", "end_host"])
        if action == "end_host":
            found["when"] = self.condition()
        return found | {"ansible.builtin.meta": action}

    def several(self, depth):
        return [self.task(depth) for _ in range(self.draw(st.integers(1, 3)))]

    def task(self, depth):
        kinds = ["effect", "effect", "effect", "fact", "meta"] + (["block", "block", "include"] if depth else [])
        kind = self.one_of(kinds)
        return getattr(self, kind)(depth) if kind in {"block", "include"} else getattr(self, kind)()

    def handlers(self):
        found = []
        for name in ("Hand", "Other", "Both"):
            handler = self.effect()
            handler.pop("notify", None)
            found.append(handler | {"name": name, **({} if name == "Hand" else {"listen": ["Topic"]})})
        if self.chance(2):
            found[0]["notify"] = "Both"
        return found

    def play(self, number):
        found = {"name": f"Play {number}", "hosts": "db", "gather_facts": False}
        found |= self.one_of([{}, {}, {"serial": 1}, {"serial": [1, 2]}, {"any_errors_fatal": True}])
        found |= self.one_of([{}, {}, {"force_handlers": True}, {"max_fail_percentage": 40}])
        tasks = [task for _ in range(self.draw(st.integers(1, 3))) for task in self.several(2)]
        return found | {"tasks": tasks, "handlers": self.handlers()}


@st.composite
def playbooks(draw):
    draft = Draft(draw)
    plays = [draft.play(number) for number in range(1, draw(st.integers(1, 2)) + 1)]
    return Drawn(name="drawn", says="", files={"site.yml": plays, **draft.files})


def marked():
    for number in (*FIXED, *SWEPT):
        yield pytest.param(number, marks=[pytest.mark.sweep] if number in SWEPT else [])


@pytest.mark.sweep
@pytest.mark.parametrize("number", list(marked()))
def test_a_playbook_of_any_kind_has_one_outcome(tmp_path_factory, number):
    @hypothesis.seed(number)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(playbooks(), st.floats(0, 0.95))
    def agree(case, instant):
        hypothesis.note(
            "\n".join(f"--- {name}\n{yaml.safe_dump(text, sort_keys=False)}" for name, text in case.files.items())
        )
        must_agree(case, instant, tmp_path_factory.mktemp("drawn"))

    agree()


def must_agree(case, instant, folder):
    _project, stock = ran(case, folder / "stock", ANSIBLE_STRATEGY="linear", ANSIBLE_FORKS="1")
    project, durable = ran(case, folder / "durable", **DURABLE, **NEVER, ANSIBLE_FORKS="1")
    assert durable == stock
    if not (there := points(project)):
        return
    number = max(1, int(instant * there))
    hypothesis.note(f"killed at point {number} of {there}")
    project = case.killed(folder / "killed", number, **DURABLE)
    done = case.run(project, **DURABLE)
    resumed = outcome(project, done)
    assert resumed.code == stock.code, done.output
    assert resumed.variables == stock.variables
    if stock.code == 0:
        assert resumed.by_host() == stock.by_host()
    else:
        # What failed is done again, and what its failure brought about.
        assert set(resumed.effects) == set(stock.effects)
    assert project.audit_findings() == []


def ran(case, folder, **environment):
    project = case.project(folder)
    return project, outcome(project, case.run(project, **environment))
