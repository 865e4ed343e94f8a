"""A logistic regression or the MLP 213-64-32-1 in torch, Adagrad, on the arrays of bench/peers/export.mjs: the loss of a
batch is taken before its update. usage: torch_adagrad.py lr|mlp FOLDER BATCH RATE. Prints the mean log loss as JSON."""
import json
import sys

import numpy as np
import torch
from torch import nn

kind, folder, batch, rate = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
torch.manual_seed(1)
meta = json.load(open(f"{folder}/meta.json"))
rows, sizes, numbers = meta["rows"], meta["sizes"], meta["numbers"]
raw = np.fromfile(f"{folder}/ids.i32", np.int32).reshape(rows, len(sizes))
dense = torch.from_numpy(np.fromfile(f"{folder}/dense.f32", np.float32).reshape(rows, numbers))
labels = torch.from_numpy(np.fromfile(f"{folder}/labels.u8", np.uint8).astype(np.float32))


class LogisticRegression(nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = nn.EmbeddingBag(sum(sizes), 1, mode="sum", sparse=True)
        self.dense = nn.Linear(numbers, 1)
        for tensor in (self.weights.weight, self.dense.weight, self.dense.bias):
            nn.init.zeros_(tensor)

    def forward(self, i, d):
        return (self.weights(i) + self.dense(d)).squeeze(1)


class Mlp(nn.Module):
    def __init__(self):
        super().__init__()
        self.embeddings = nn.ModuleList(nn.Embedding(size, 16, sparse=True) for size in sizes)
        for one in self.embeddings:
            nn.init.normal_(one.weight, 0, 0.05)
        layers = [nn.Linear(16 * len(sizes) + numbers, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, i, d):
        vectors = [one(i[:, at]) for at, one in enumerate(self.embeddings)]
        return self.layers(torch.cat([*vectors, d], 1)).squeeze(1)


offsets = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
ids = torch.from_numpy(raw + offsets if kind == "lr" else raw).long()
model = LogisticRegression() if kind == "lr" else Mlp()
optimizer = torch.optim.Adagrad(model.parameters(), lr=rate, initial_accumulator_value=0.1)
total = 0.0
for start in range(0, rows, batch):
    end = min(rows, start + batch)
    optimizer.zero_grad(set_to_none=True)
    loss = nn.functional.binary_cross_entropy_with_logits(model(ids[start:end], dense[start:end]), labels[start:end])
    loss.backward()
    optimizer.step()
    total += loss.item() * (end - start)
print(json.dumps({"logLoss": total / rows}))
