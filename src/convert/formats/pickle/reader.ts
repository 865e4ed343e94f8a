import type { ByteSource } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import type { SyncReader } from "../../checkpoint.js";
import { baseName, headText, mainFile } from "../main-file.js";

const NAMES = /\.(joblib|pkl|pickle|sav|model)(\.(gz|z|xz|bz2|lzma|lz4))?$/i;
/** The opcode that names the protocol. */
const PROTOCOL = 0x80;
const HEAD_BYTES = 65_536;

/** Pickles of Python objects (joblib, pickle.dump): to read one is to run it. Recognised, and always refused. */
export const pickle: SyncReader = {
  format: "pickle",
  recognises(tree) {
    const name = mainFile(tree, NAMES);
    if (name === undefined) return false;
    const source = tree.open(name);
    return isPickle(source) || /\.(joblib|pkl|pickle)(\.\w+)?$/i.test(name);
  },
  read(tree): never {
    throw refused(tree.open(mainFile(tree, NAMES) ?? ""));
  },
};

/** Protocols 2 to 5 begin with their number; 0 and 1 with the name of what will be called, or a container. */
function isPickle(source: ByteSource): boolean {
  const [first = 0, second = 0] = source.size < 2 ? [] : source.read(0, 2);
  const head = headText(source, 100);
  const isBinary = first === PROTOCOL && second >= 2 && second <= 5;
  return isBinary || /^c[\w.]+\n[\w.]+\n/.test(head) || /^\(?[dlc](p\d+|[\w.]+\n)/.test(head);
}

function refused(source: ByteSource): UnbatchError {
  const head = headText(source, HEAD_BYTES);
  const file = baseName(source.name);
  return new UnbatchError({
    where: `${source.name}, byte 0`,
    found: "a Python pickle: loading it runs whatever code it names, so that it is never loaded here",
    expected: "data alone: .npz, JSON, ONNX or the library's own format",
    next: ["where you trust the file, in Python:", ...exportLines(head, file)].join("\n    "),
  });
}

/** Three lines that save the same model as data, by the library that the pickle names. */
function exportLines(head: string, file: string): readonly string[] {
  const load = `model = joblib.load(${JSON.stringify(file)})`;
  if (/xgboost/.test(head)) return ["import joblib, xgboost", load, 'model.save_model("model.json")'];
  if (/lightgbm/.test(head))
    return ["import joblib, lightgbm", load, 'model.booster_.save_model("model.txt")'];
  if (/sklearn\.(ensemble|tree)/.test(head)) {
    return [
      "import joblib; from skl2onnx import to_onnx; import numpy as np",
      load,
      'open("model.onnx", "wb").write(to_onnx(model, np.zeros((1, model.n_features_in_), np.float32)).SerializeToString())',
    ];
  }
  return [
    "import joblib, numpy as np",
    `${load}   # of a dict or a Pipeline take the estimator`,
    'np.savez("model.npz", coef=model.coef_, intercept=model.intercept_)',
  ];
}
