# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""The picture of a run as lines, for a width and a height."""

import re

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.records import RunState
from ansible_collections.saga.ops.plugins.plugin_utils._engine.report.progress import (
    Counts,
    HostProgress,
    Picture,
    SliceProgress,
    Standing,
)
from ansible_collections.saga.ops.plugins.plugin_utils._screen.layout import (
    Span,
    clean,
    columns,
    cut,
    fitted,
    plain,
    spread,
    width_of,
)
from ansible_collections.saga.ops.plugins.plugin_utils._screen.progress import about, drawn, duration

NOW = 1_800_000_000.0


def a_host(name="web1", standing=Standing.AT_WORK, **facts):
    return HostProgress(host=name, standing=standing, **({"position": 2, "step": "Switch", "since": NOW - 5} | facts))


def a_picture(**facts):
    known = {"run": "R1", "workflow": "shop/site.yml", "attempt": 1, "began": NOW - 65, "step": 2, "steps": 4}
    return Picture(at=NOW, **(known | {"name": "Switch", "share": 0.25, "hosts": (a_host(),)} | facts))


def lines(picture, width=80, height=24, **options):
    return [plain(line) for line in drawn(picture, width=width, height=height, now=NOW, **options)]


def test_a_run_at_work():
    assert lines(a_picture(left=130.0, counts=Counts(done=3, restored=2, retried=1))) == [
        "shop/site.yml  running                                                    run R1",
        "  ━━━━━━━━━──────────────────────────  step 2 of 4  1 min 05 s  about 2 min left",
        "  steps: 1 retried, 2 restored, 3 done",
        "  web1  at work  2/4  Switch  5 s",
    ]


def test_a_run_of_many_hosts_shows_the_worst_and_sums_up_the_rest():
    hosts = [
        *(a_host(f"bad{number}", Standing.FAILED, where="site.yml:9") for number in range(3)),
        *(a_host(f"on{number}") for number in range(40)),
        *(a_host(f"done{number}", Standing.BETWEEN) for number in range(900)),
        *(a_host(f"late{number}", Standing.BETWEEN, position=1) for number in range(57)),
    ]
    shown = lines(a_picture(hosts=tuple(hosts)), most=5)
    assert shown[2:] == [
        "  bad0  failed   2/4  Switch  site.yml:9",
        "  bad1  failed   2/4  Switch  site.yml:9",
        "  bad2  failed   2/4  Switch  site.yml:9",
        "  on0   at work  2/4  Switch  5 s",
        "  996 more: 39 at work, 900 done with this step, 57 still to come to it",
    ]


def test_hosts_that_nothing_happens_on_are_only_counted_where_there_are_many():
    hosts = (a_host("web1"), *(a_host(f"idle{number}", Standing.BETWEEN) for number in range(11)))
    assert lines(a_picture(hosts=hosts))[2:] == [
        "  web1  at work  2/4  Switch  5 s",
        "  11 more: 11 done with this step",
    ]


def test_a_terminal_that_is_low_gets_fewer_hosts():
    hosts = tuple(a_host(f"web{number}") for number in range(20))
    assert len(lines(a_picture(hosts=hosts, counts=Counts(done=1)), height=8)) <= 8


@pytest.mark.parametrize("width", [20, 33, 50, 79, 120, 300])
def test_no_line_is_wider_than_the_terminal(width):
    picture = a_picture(
        workflow="a/very/long/way/to/the/site.yml" * 3,
        reason="something that takes many words to say " * 5,
        hosts=tuple(a_host(f"很长的主机名{number}.example.org", step="步骤 " * 20) for number in range(30)),
        counts=Counts(failed=1, in_doubt=2, waiting=3, compensated=4, owed=5, retried=6, restored=7, done=8),
        slices=tuple(SliceProgress(attempt=n, state="running", targets=9, is_at_work=True) for n in range(9)),
    )
    assert max(width_of(line) for line in lines(picture, width=width)) <= width


def test_the_way_back_counts_what_is_undone_and_each_host_what_is_left():
    hosts = (
        a_host("h2", Standing.COMPENSATION_FAILED, owed=2, where="site.yml:7"),
        a_host("h1", Standing.COMPENSATING, step="Drop the slot", owed=1),
        a_host("h3", Standing.COMPENSATED),
    )
    picture = a_picture(
        state=RunState.COMPENSATING,
        is_going_back=True,
        reason="'Use' failed on h1",
        hosts=hosts,
        counts=Counts(failed=1, compensated=3, compensation_failed=1, owed=2),
    )
    shown = lines(picture)
    assert shown[0].startswith("shop/site.yml  compensating ")
    assert "3 of 6 undone" in shown[1]
    assert shown[2:] == [
        "  steps: 1 failed, 1 could not be undone, 3 undone, 2 left to undo",
        "  'Use' failed on h1",
        "  h2  compensation failed  2 to undo  Switch         site.yml:7",
        "  h1  compensating         1 to undo  Drop the slot  5 s",
        "  h3  compensated          -",
    ]


def test_what_is_tried_again_says_when():
    host = a_host(standing=Standing.RETRYING, tries=2, due=NOW + 4)
    assert lines(a_picture(hosts=(host,)))[-1].endswith("Switch  failed 2 times, again in 4 s")


def test_a_run_that_has_ended_counts_no_time_on():
    picture = a_picture(ended=NOW - 60, state=RunState.STOPPED, hosts=(a_host(standing=Standing.BETWEEN),))
    shown = drawn(picture, width=80, height=24, now=NOW + 1000)
    assert "5 s" in plain(shown[1])
    assert plain(shown[-1]).startswith("  web1  not at work")


def test_slices_have_their_lines_and_many_are_summed_up():
    def part(number, **facts):
        known = {"attempt": number, "state": "running", "targets": 3, "is_at_work": True}
        return SliceProgress(**(known | facts))

    shown = lines(a_picture(slices=(part(1, state="completed", is_at_work=False), part(2, is_at_work=False), part(3))))
    assert [line.split() for line in shown if "slice" in line] == [
        ["slice", "1", "completed", "3", "targets"],
        ["slice", "2", "running:", "nobody", "at", "work", "3", "targets"],
        ["slice", "3", "running", "3", "targets"],
    ]
    shown = lines(a_picture(slices=tuple(part(number) for number in range(9))))
    assert "  6 more slices" in shown


def test_what_is_not_recorded_says_so():
    assert lines(a_picture(run=""))[0] == "shop/site.yml  not recorded"
    assert lines(a_picture(run="", step=0))[0] == "shop/site.yml  begins"


def test_steps_that_came_on_the_way_are_said_not_to_be_all():
    assert "step 2 of 4 or more" in lines(a_picture(is_open=True))[1]
    assert lines(a_picture(steps=0))[1] == "  step 2  1 min 05 s  Switch"


def test_a_name_from_a_target_steers_nothing():
    shown = "".join(lines(a_picture(hosts=(a_host("evil\x1b[2J\n\r\x07", step="a\x9bb\u202ec"),))))
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202e]", shown)


@pytest.mark.parametrize(
    ("seconds", "told"),
    [(0, "0 s"), (59.9, "59 s"), (61, "1 min 01 s"), (3700, "1 h 01 min"), (90000, "1 d 01 h"), (-3, "0 s")],
)
def test_a_duration_has_two_units(seconds, told):
    assert duration(seconds) == told


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (-9, "a few seconds left"),
        (23, "about 25 s left"),
        (150, "about 2 min left"),
        (5400, "about 1.5 h left"),
    ],
)
def test_an_estimate_is_no_more_exact_than_it_can_be(seconds, told):
    assert about(seconds) == told


def test_a_text_is_cut_by_the_columns_that_it_takes():
    assert cut("步骤步骤", 5) == "步骤…"
    assert cut("abc", 3) == "abc"
    assert cut("abcd", 3) == "ab…"
    assert cut("abc", 0) == ""
    assert width_of("e\u0301步") == 3


def test_a_text_of_several_lines_becomes_one():
    assert clean("a\n  b\tc\x1b[m") == r"a b c\x1b[m"


def test_columns_give_way_where_they_may():
    rows = [[Span("a"), Span("a long name that goes on"), Span("end")], [Span("bb"), Span("short"), Span("")]]
    assert [plain(line) for line in columns(rows, 22, elastic=1)] == ["a   a long name …  end", "bb  short"]


def test_the_right_part_of_a_line_goes_where_there_is_no_room():
    left, right = (Span("left part"),), (Span("right"),)
    assert plain(spread(left, right, 30)) == "left part" + " " * 16 + "right"
    assert plain(spread(left, right, 14)) == "left part"
    assert plain(fitted(left, 4)) == "lef…"
