#!/usr/bin/env bash
# kill -9 of the controller at many random moments under traffic. Usage: tests/campaigns/kill.sh [KILLS] [SEED]
set -euo pipefail
cd "$(dirname "$0")/../.."

export GREENLANE_KILLS=${1:-200}
if [[ $# -gt 1 ]]; then
    export GREENLANE_SEED=$2
fi

# The test runs the program beside it and loads the plugins beside that: both must be of this source.
cargo build --release --locked
log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0
cargo test --release --locked -p greenlane-system --test killed -- --nocapture 2>&1 | tee "$log" || status=$?

printf '\n== %s kills asked for\n' "$GREENLANE_KILLS"
grep -E '^GREENLANE_KILLS=|^[0-9]+ starts|panicked|^test result' "$log" || true
if [[ $status -ne 0 ]]; then
    echo "failed; the seed above chooses the same moments again, the traffic is in real time"
fi
exit "$status"
