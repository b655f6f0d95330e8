#!/bin/sh
# usage: scripts/campaigns/four.sh [RUNS]
# Runs the four tests of the registry from end to end so many times (3), one after the other, and ends with "N runs of RUNS passed";
# exit code 1 where one did not. Needs what `scripts/prepare test` brings.
set -eu
case "${1-}" in -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;; esac
root=$(dirname "$(dirname "$(dirname "$(readlink -f "$0")")")")
runs=${1:-3}
passed=0
cd "$root"
for run in $(seq "$runs"); do
  echo "run $run of $runs"
  # A test without Chromium or a camera skips itself, and would pass.
  if said=$(scripts/on-node tap --reporter=tap test/system/four.test.ts 2>&1) && ! echo "$said" | grep -qi '# skip'; then
    passed=$((passed + 1))
  else
    echo "$said" | tail -n 40
  fi
done
echo "$passed runs of $runs passed"
[ "$passed" -eq "$runs" ]
