#!/usr/bin/env bash
# N42 beside SpecUtils: equal counts, and how much faster the optimised reader is. Usage: tests/campaigns/n42.sh
# Needs xmllint (Debian: libxml2-utils) and SpecUtils (PyPI: SandiaSpecUtils) in the Python of GREENLANE_PYTHON.
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo build --release --locked
cargo test --release --locked -p greenlane-system --test n42 -- --nocapture --test-threads 1
