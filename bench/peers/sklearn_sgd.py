"""SGDClassifier.partial_fit on the arrays of bench/peers/export.mjs, a batch scored before it is learned.
usage: sklearn_sgd.py FOLDER BATCH ETA0. Prints the mean log loss as JSON."""
import json
import sys

import numpy as np
import scipy.sparse as sp
from sklearn.linear_model import SGDClassifier

folder, batch, eta0 = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
meta = json.load(open(f"{folder}/meta.json"))
rows, sizes, numbers = meta["rows"], meta["sizes"], meta["numbers"]
offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32)
ids = np.fromfile(f"{folder}/ids.i32", np.int32).reshape(rows, len(sizes)) + offsets[:-1]
dense = np.fromfile(f"{folder}/dense.f32", np.float32).reshape(rows, numbers)
labels = np.fromfile(f"{folder}/labels.u8", np.uint8)
features = len(sizes) + numbers
width = int(offsets[-1]) + numbers
model = SGDClassifier(loss="log_loss", alpha=1e-7, learning_rate="constant", eta0=eta0, shuffle=False)
total = 0.0
for start in range(0, rows, batch):
    end = min(rows, start + batch)
    count = end - start
    index = np.empty((count, features), np.int32)
    index[:, : len(sizes)] = ids[start:end]
    index[:, len(sizes) :] = np.arange(offsets[-1], width)
    value = np.ones((count, features))
    value[:, len(sizes) :] = dense[start:end]
    pointers = np.arange(0, count * features + 1, features, dtype=np.int32)
    x = sp.csr_matrix((value.ravel(), index.ravel(), pointers), shape=(count, width))
    y = labels[start:end]
    p = np.clip(model.predict_proba(x)[:, 1], 1e-7, 1 - 1e-7) if start else np.full(count, 0.5)
    total -= np.log(np.where(y == 1, p, 1 - p)).sum()
    model.partial_fit(x, y, classes=[0, 1])
print(json.dumps({"logLoss": total / rows}))
