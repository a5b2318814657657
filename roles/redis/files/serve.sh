# SPDX-License-Identifier: GPL-3.0-or-later
# Copyright (c) 2026, the saga.ops contributors

# shellcheck shell=sh
# Run the server where no service manager does: serve.sh start|restart PID_FILE USER SERVER CONFIG
set -eu
action=$1 pid_file=$2 user=$3 server=$4 config=$5

# The process of the file, if it is this server: ids are given again, and a killed server leaves its file behind.
running() {
    pid=$(cat "$pid_file" 2>/dev/null) || return 1
    program=$(readlink "/proc/$pid/exe" 2>/dev/null) || return 1
    [ "${program% (deleted)}" = "$(readlink -f "$server")" ]
}

# Half a minute in steps of a tenth of a second.
await() {
    tries=300
    until "$@"; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
    done
}

stopped() { ! running; }

if running; then
    if [ "$action" = start ]; then
        echo "$server is at work as process $pid"
        exit
    fi
    kill "$pid"
    await stopped || { echo "$server does not stop; it is process $pid" >&2; exit 1; }
fi

rm -f "$pid_file"
if [ "$(id -un)" = "$user" ]; then
    "$server" "$config"
else
    runuser -u "$user" -- "$server" "$config"
fi
await running || { echo "$server $config did not start; its log says why" >&2; exit 1; }
echo "$server has started as process $pid"
