import type { ByteSource } from "../../../core/bytes.js";
import type { Tensor } from "../../../core/tensor.js";
import type { Checkpoint, SyncReader } from "../../checkpoint.js";
import { type Json, member, parseJson } from "../json.js";
import { kerasGraph } from "../keras-graph.js";
import { mainFile, startsWith } from "../main-file.js";
import { malformed } from "../malformed.js";
import { sortVariables } from "../tensorflow/variables.js";
import { unsupported } from "../unsupported.js";
import { openZip } from "../zip.js";
import { openHdf5 } from "./hdf5.js";
import { nameKeras2 } from "./keras2-names.js";
import { nameKeras3 } from "./keras3-names.js";
import { placeKeras3Slots } from "./keras3-slots.js";

const NAMES = /\.(h5|hdf5|keras)$/i;
const HDF5_MAGIC = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a];
const ZIP_MAGIC = [0x50, 0x4b, 0x03, 0x04];
const MAX_CONFIG_BYTES = 1 << 26;

/** Keras: `.h5` of Keras 1 and 2, `.weights.h5` and `.keras` (a ZIP of config.json and model.weights.h5) of Keras 3. */
export const keras: SyncReader = {
  format: "keras",
  recognises(tree) {
    const name = mainFile(tree, NAMES);
    if (name === undefined) return false;
    const source = tree.open(name);
    return startsWith(source, HDF5_MAGIC) || (/\.keras$/i.test(name) && startsWith(source, ZIP_MAGIC));
  },
  read(tree): Checkpoint {
    const source = tree.open(mainFile(tree, NAMES) ?? "");
    return startsWith(source, HDF5_MAGIC) ? readHdf5(source) : readArchive(source);
  },
};

function readHdf5(source: ByteSource): Checkpoint {
  const { datasets, texts, notes } = openHdf5(source);
  const isKeras3 = [...datasets.keys()].some((name) => /(^|\/)vars\/\d+$/.test(name));
  if (isKeras3) return keras3Checkpoint("keras-weights-h5", datasets, undefined, notes);
  const { weights, slots, hyperparameters, notes: left } = sortVariables(nameKeras2(datasets), new Map());
  const training = texts.get("training_config");
  const settings =
    training === undefined ? undefined : configOf(new TextEncoder().encode(training), source.name);
  const model = texts.get("model_config");
  const config = model === undefined ? undefined : configOf(new TextEncoder().encode(model), source.name);
  const graph = kerasGraph(config, weights);
  return {
    format: "keras-h5",
    tensors: weights,
    ...(graph === undefined ? {} : { graph }),
    slots,
    vocabularies: new Map(),
    hyperparameters: new Map([
      ...numbersOf(member(settings, "optimizer_config", "config")),
      ...hyperparameters,
    ]),
    notes: [...notes, ...left],
  };
}

function readArchive(source: ByteSource): Checkpoint {
  const archive = openZip(source);
  const outside = archive.names().find((name) => /^[/\\]|(^|[/\\])\.\.([/\\]|$)/.test(name));
  if (outside !== undefined)
    throw malformed(source.name, 0, `a member named ${JSON.stringify(outside.slice(0, 80))}`, "names inside");
  if (archive.size("config.json") > MAX_CONFIG_BYTES)
    throw malformed(source.name, 0, `config.json of ${archive.size("config.json")} bytes`, "a smaller one");
  const config = configOf(archive.read("config.json"), `${source.name}/config.json`);
  const bytes = archive.read("model.weights.h5");
  const weights: ByteSource = {
    name: `${source.name}/model.weights.h5`,
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
  const { datasets, notes } = openHdf5(weights);
  return keras3Checkpoint("keras", datasets, config, notes);
}

function keras3Checkpoint(
  format: string,
  datasets: ReadonlyMap<string, Tensor>,
  config: Json | undefined,
  notes: readonly string[],
): Checkpoint {
  refuseQuantised(datasets, format);
  const { tensors, trainable } = nameKeras3(datasets, config);
  const placed = placeKeras3Slots(datasets, trainable, config);
  const graph = kerasGraph(config, tensors);
  return {
    format,
    tensors,
    ...(graph === undefined ? {} : { graph }),
    slots: placed.slots,
    vocabularies: new Map(),
    hyperparameters: new Map([
      ...numbersOf(member(config, "compile_config", "optimizer", "config")),
      ...placed.hyperparameters,
    ]),
    notes: [...notes, ...placed.notes],
  };
}

/** Keras 3 keeps a quantised layer's kernel as int8 or packed int4, and beside it its scale. */
function refuseQuantised(datasets: ReadonlyMap<string, Tensor>, where: string): void {
  const kernel = [...datasets.values()].find(
    ({ name, dtype, shape }) => /^u?int8$/.test(dtype) && shape.length > 1 && /(^|\/)vars\/\d+$/.test(name),
  );
  if (kernel === undefined) return;
  throw unsupported(
    `${where}, ${kernel.name}`,
    `weights as ${kernel.dtype}: a quantised layer`,
    "weights as real numbers",
    "save the model as it was before model.quantize(...)",
  );
}

function configOf(bytes: Uint8Array, where: string): Json {
  return parseJson(bytes, where);
}

function numbersOf(value: Json | undefined): [string, number][] {
  if (!(value instanceof Map)) return [];
  return [...value].flatMap(([name, one]): [string, number][] => {
    if (typeof one === "number") return [[name, one]];
    return one === true ? [[name, 1]] : [];
  });
}
