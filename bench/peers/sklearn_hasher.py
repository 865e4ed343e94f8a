"""SGDClassifier.partial_fit from text: a CSV read row by row and hashed by FeatureHasher, a batch scored before it is
learned. usage: sklearn_hasher.py FOLDER BATCH ETA0. Prints the mean log loss as JSON."""
import csv
import itertools
import json
import sys

import numpy as np
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import SGDClassifier

folder, batch, eta0 = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
hasher = FeatureHasher(n_features=1 << 22, input_type="pair", alternate_sign=False)
model = SGDClassifier(loss="log_loss", alpha=1e-7, learning_rate="constant", eta0=eta0, shuffle=False)
total, rows = 0.0, 0
with open(f"{folder}/log.csv") as file:
    lines = csv.reader(file)
    names = next(lines)[1:]
    texts = [f"{name}=" for name in names[:13]]
    while taken := list(itertools.islice(lines, batch)):
        x = hasher.transform(
            [
                *((name + text, 1.0) for name, text in zip(texts, line[1:14])),
                *((name, float(text)) for name, text in zip(names[13:], line[14:])),
            ]
            for line in taken
        )
        y = np.array([int(line[0]) for line in taken])
        p = np.clip(model.predict_proba(x)[:, 1], 1e-7, 1 - 1e-7) if rows else np.full(len(y), 0.5)
        total -= np.log(np.where(y == 1, p, 1 - p)).sum()
        model.partial_fit(x, y, classes=[0, 1])
        rows += len(y)
print(json.dumps({"logLoss": total / rows}))
