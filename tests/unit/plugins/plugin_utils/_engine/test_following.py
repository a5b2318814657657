# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors
"""Following a journal: each event is news once, whoever writes it and whenever somebody looks."""

import pytest
from ansible_collections.saga.ops.plugins.plugin_utils._engine.following import Following


def told(news):
    return [(event.run, event.seq) for event in news]


@pytest.fixture
def work(past):
    return past.begin()


def test_what_is_there_is_news_once(past, work):
    following = Following(past.journal, work.run.id)
    assert told(following.news()) == [(work.run.id, 1), (work.run.id, 2)]
    assert told(following.news()) == []


def test_what_another_connection_writes_is_news(past, work):
    following = Following(past.journal, work.run.id)
    told(following.news())
    work.do("Copy")
    assert [event.type for event in following.news()] == ["step.intent", "step.outcome"]


def test_whoever_stops_in_the_middle_gets_the_rest_later(past, work):
    following = Following(past.journal, work.run.id)
    assert next(following.news()).seq == 1
    assert told(following.news()) == [(work.run.id, 2)]


def test_a_following_goes_on_where_another_was(past, work):
    first = Following(past.journal)
    told(first.news())
    work.start("Copy")
    assert told(Following(past.journal, after=first.after).news()) == [(work.run.id, 3)]


def test_all_runs_are_followed_in_the_order_of_time(past, work):
    other = past.begin(workflow="other.yml", targets=("h2",))
    work.start("Copy")
    other.start("Copy", "h2")
    first, second = work.run.id, other.run.id
    told_of_both = told(Following(past.journal).news())
    assert told_of_both == [(first, 1), (first, 2), (second, 1), (second, 2), (first, 3), (second, 3)]


def test_of_all_runs_only_what_is_yet_to_come_is_told_from_the_heads_on(past, work):
    following = Following(past.journal, after=past.journal.heads())
    other = past.begin(workflow="other.yml", targets=("h2",))
    work.start("Copy")
    assert set(told(following.news())) == {(other.run.id, 1), (other.run.id, 2), (work.run.id, 3)}


def test_another_run_is_no_news_of_a_run(past, work):
    past.begin(workflow="other.yml", targets=("h2",))
    assert {run for run, _seq in told(Following(past.journal, work.run.id).news())} == {work.run.id}


def test_a_run_that_is_gone_has_no_news(past, work):
    work.end("completed")
    following = Following(past.journal)
    told(following.news())
    past.journal.drop(work.run.id, version=past.last().version)
    assert told(following.news()) == []
