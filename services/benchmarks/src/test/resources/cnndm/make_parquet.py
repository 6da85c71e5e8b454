"""Writes articles.parquet beside this file, in the layout of abisee/cnn_dailymail (version 3.0.0), with articles of this project's own.

    python -m venv venv && venv/bin/pip install pyarrow==21.0.0
    venv/bin/python make_parquet.py
"""

from pathlib import Path

import pyarrow
import pyarrow.parquet

ARTICLES = [
    ("a1", "The ferry to the island stopped at noon.\nStorm winds had torn a rope — no one was hurt.", "Storm stops the island ferry .\nNobody is hurt ."),
    ("a2", "A school in the valley planted forty apple trees.", "Pupils plant forty trees ."),
    ("a3", "Café owners of the harbour want longer hours.", "Cafés ask for longer hours ."),
]

columns = zip(*ARTICLES)
table = pyarrow.table(dict(zip(["id", "article", "highlights"], map(list, columns))))
pyarrow.parquet.write_table(table.select(["article", "highlights", "id"]), Path(__file__).parent / "articles.parquet", compression="snappy")
