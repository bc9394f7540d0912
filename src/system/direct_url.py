"""Says of an installed distribution that it is an editable install of a directory (PEP 610).

Arguments: the distribution's name and the directory. What pip or uv wrote names a wheel that is
gone.
"""

import base64
import csv
import hashlib
import importlib.metadata
import json
import pathlib
import sys

name, directory = sys.argv[1:3]
files = importlib.metadata.distribution(name).files or []
record = next(
    file.locate() for file in files if file.name == "RECORD" and ".dist-info" in str(file)
)
record = pathlib.Path(str(record))
target = record.parent / "direct_url.json"
text = json.dumps({"url": pathlib.Path(directory).as_uri(), "dir_info": {"editable": True}})
target.write_text(text, encoding="utf-8")

digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
entry = record.parent.name + "/direct_url.json"
with record.open(encoding="utf-8", newline="") as file:
    rows = [row for row in csv.reader(file) if row and row[0] != entry]
rows.append([entry, "sha256=" + digest, str(len(text.encode()))])
with record.open("w", encoding="utf-8", newline="") as file:
    csv.writer(file, lineterminator="\n").writerows(rows)
