# shellcheck shell=sh
# For campaigns that `.` it: each step must succeed, and is counted. The caller has made the folder $work.

passed=0

# What is to hold, and the command that shows it; what it says is shown where it fails, which ends the campaign.
must() {
  what=$1
  shift
  # shellcheck disable=SC2154 # the caller's
  if "$@" >"$work/said" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $what"
  else
    echo "FAILED  $what"
    tail -30 "$work/said"
    echo "$passed passed, 1 failed"
    exit 1
  fi
}

# Whether a command ends with this exit code.
ends_with() {
  wanted=$1
  shift
  "$@" && code=0 || code=$?
  test "$code" = "$wanted"
}
