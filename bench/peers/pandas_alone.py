"""What pandas says of a bad file by itself. Runs in the peers' environment."""

import json
import sys

import pandas as pd

try:
    pd.read_csv(sys.argv[1], encoding="utf-8-sig")
    said = "nothing"
except Exception as error:  # whatever it says
    said = f"{type(error).__name__}: {error}".strip()
print(json.dumps({"said": said}))
