/** What a user would run instead, where it is installed: on the same rows, in the same run, each a whole process. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const script = (name) => fileURLToPath(new URL(name, import.meta.url));
const SKLEARN = ["sklearn", "scipy", "numpy"];
const TORCH = ["torch", "numpy"];

/** `beside` is the family that it is compared with. From arrays, reading and hashing cost it nothing. */
export const peers = [
  {
    name: "Vowpal Wabbit, text, -b 22, adaptive",
    beside: "LR, Adagrad",
    find: () => (runs("vw", ["--version"]) ? { command: "vw" } : { absent: "no vw on the PATH" }),
    args: (folder) => [
      ...["-d", join(folder, "log.vw"), "-b", "22", "--loss_function", "logistic", "--link", "logistic"],
      ...["--holdout_off", "-P", "1000000", "-f", join(folder, "vw.model")],
    ],
    lossOf: (printed) => Number(/average loss = ([\d.]+)/.exec(printed)?.[1]),
  },
  {
    name: "scikit-learn, CSV, FeatureHasher, SGDClassifier, batch 1000",
    beside: "LR, Adagrad",
    find: () => python(SKLEARN),
    args: (folder) => [script("sklearn_hasher.py"), folder, "1000", "0.01"],
    lossOf,
  },
  {
    name: "scikit-learn, arrays, SGDClassifier, batch 1000",
    beside: "LR, Adagrad",
    find: () => python(SKLEARN),
    args: (folder) => [script("sklearn_sgd.py"), folder, "1000", "0.01"],
    lossOf,
  },
  {
    name: "torch, arrays, LR Adagrad, batch 256",
    beside: "LR, Adagrad",
    find: () => python(TORCH),
    args: (folder) => [script("torch_adagrad.py"), "lr", folder, "256", "1"],
    lossOf,
  },
  {
    name: "torch, arrays, MLP 213-64-32-1 Adagrad, batch 256",
    beside: "deep, 213-64-32-1",
    find: () => python(TORCH),
    args: (folder) => [script("torch_adagrad.py"), "mlp", folder, "256", "0.05"],
    lossOf,
  },
];

/** The log as they read it, made once. */
export function exported(log, folder) {
  if (["log.vw", "log.csv", "meta.json"].every((name) => existsSync(join(folder, name)))) return;
  const { status } = spawnSync(process.execPath, [script("export.mjs"), log, folder], { stdio: "inherit" });
  if (status !== 0) throw new Error(`the export of ${log} ended with ${status}`);
}

/** Debian's Python has its packages where another one on the PATH may not. */
function python(modules) {
  const found = ["python3", "/usr/bin/python3"].find((one) =>
    runs(one, ["-c", `import ${modules.join(", ")}`]),
  );
  return found === undefined ? { absent: `no python3 with ${modules[0]}` } : { command: found };
}

function runs(command, args) {
  return spawnSync(command, args, { stdio: "ignore" }).status === 0;
}

function lossOf(printed) {
  return JSON.parse(printed.trim().split("\n").at(-1)).logLoss;
}
