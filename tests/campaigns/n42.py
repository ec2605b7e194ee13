#!/usr/bin/env python3
"""What SpecUtils (PyPI: SandiaSpecUtils) makes of N42 files.

sums FILE...            one JSON object a file: gamma and neutron counts
loop SECONDS FILE...    reads the files again and again in this process; prints nanoseconds of processor time a round

Exit code 3 when SpecUtils is not installed.
"""

import json
import sys
import time

try:
    import SpecUtils
except ImportError:
    sys.exit(3)


def load(path):
    spectra = SpecUtils.SpecFile()
    spectra.loadFile(path, SpecUtils.ParserType.Auto)
    return spectra


def sums(paths):
    for path in paths:
        try:
            spectra = load(path)
            counts = {"gamma": spectra.gammaCountSum(), "neutron": spectra.neutronCountsSum()}
        except RuntimeError as error:
            counts = {"error": str(error)}
        print(json.dumps({"file": path} | counts))


def loop(seconds, paths):
    rounds, start, spent = 0, time.perf_counter(), time.process_time()
    while rounds < 3 or time.perf_counter() - start < seconds:
        for path in paths:
            load(path)
        rounds += 1
    print(round((time.process_time() - spent) / rounds * 1e9))


if sys.argv[1] == "sums":
    sums(sys.argv[2:])
else:
    loop(float(sys.argv[2]), sys.argv[3:])
