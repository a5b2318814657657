#!/bin/sh
# Copyright (c) 2026, the saga.ops contributors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
#
# One start of a durable playbook, for an engine that may start it again. Variables:
#   RUN        the run's id: the same for all nodes, and all retries, of one execution of the engine
#   INVENTORY  of the playbook
#   LAST_PLAY  after which the run parks, 0: none
#   ANSWER     what somebody has said to what the run waits for: approve, deny, retry, skip, done, compensate, abort;
#              resume, or nothing: go on
#   WHY        the reason for the answer
#   RESULT     the file that gets the word: done (go on with the next node), ask (somebody has to answer; RUN is
#              started again with the ANSWER), over (all is undone, or given up)
# A code other than 0: it is not known what became of it. Start it again.
set -u
set -- PLAYBOOKS
set -- "$@" -i "$INVENTORY" -e "saga_run_id=$RUN" -e "saga_last_play=${LAST_PLAY:-0}"
: "${ANSWER:=}" "${WHY:=}"

fact() { # of the run: state, is_going_back
    saga status "$RUN" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["run"][sys.argv[1]])' "$1"
}

play() {
    code=0
    is_ended=
    ansible-playbook "$@" &
    child=$!
    trap 'is_ended=1; kill -TERM "$child"' TERM INT # steps in hand get 10 seconds
    wait "$child" || code=$?
    while kill -0 "$child" 2>/dev/null; do
        code=0
        wait "$child" || code=$?
    done
    [ -z "$is_ended" ] || exit 143
}

code=none # until the playbook was started
case $ANSWER in
    '' | resume) play "$@" ;;
    approve | deny)
        # Refused if it was said before this node was started again: then the run does not wait any more.
        saga "$ANSWER" "$RUN" --why "${WHY:-answered in the workflow}"
        play "$@"
        ;;
    retry | skip | done)
        saga decide "$RUN" "$ANSWER" --why "${WHY:-answered in the workflow}"
        play "$@"
        ;;
    compensate)
        saga decide "$RUN" compensate --why "${WHY:-answered in the workflow}"
        if [ "$(fact is_going_back)" = True ]; then play "$@"; fi # never forward
        ;;
    abort) saga abandon "$RUN" --why "${WHY:-answered in the workflow}" ;;
    *)
        echo "play.sh: there is no answer $ANSWER" >&2
        exit 64
        ;;
esac

state=$(fact state) || state=unknown
case $code,$state in
    0,completed) word='done' ;;
    0,parked) word='done' ;; # it has come to the last play that was asked for
    *,compensated | *,abandoned) word=over ;;
    *,parked | *,stopped) word=ask ;;
    none,* | 0,*) exit 1 ;;
    *) exit "$code" ;;
esac
echo "$word" >"$RESULT"
