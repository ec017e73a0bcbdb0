# SPDX-License-Identifier: Apache-2.0
# What the tables of docs/benchmarks.md are written with; used by report.py and by report_policy.py, which know what
# stands in them.


def spread(middle, low, high):
    return f"{middle:.3f} [{low:.3f}–{high:.3f}]"


def ratio(row):
    return spread(*row["ratio"])


def table(header, rows):
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows] + [""]
