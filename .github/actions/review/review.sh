#!/usr/bin/env bash
# One review, shown four ways: annotations in the log, a job summary, a SARIF file and the step's outputs.
# Its settings come as variables, never as text of a script: TREE, PROFILE, BASE, REQUIRE, CONFIG.
set -uo pipefail
referee="${REFEREE:-$RUNNER_TEMP/referee/bin/referee}"
sarif="$RUNNER_TEMP/referee.sarif"
summary="$RUNNER_TEMP/referee.md"

options=(--profile "$PROFILE" --require "$REQUIRE" --format github --also "markdown=$summary" --also "sarif=$sarif")
[ -z "$BASE" ] || options+=(--base "$BASE")
[ -z "$CONFIG" ] || options+=(--config "$CONFIG")
"$referee" review "${options[@]}" -- "$TREE"
status=$?

ready=false
[ "$status" -ne 0 ] || ready=true
# GitHub takes a mebibyte of summary for each step.
[ ! -f "$summary" ] || head -c 1000000 "$summary" >>"$GITHUB_STEP_SUMMARY"
[ ! -f "$sarif" ] || echo "sarif=$sarif" >>"$GITHUB_OUTPUT"
echo "ready=$ready" >>"$GITHUB_OUTPUT"
exit "$status"
