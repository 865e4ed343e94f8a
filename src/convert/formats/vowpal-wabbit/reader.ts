import type { ByteSource } from "../../../core/bytes.js";
import { UnbatchError } from "../../../core/errors.js";
import type { Tensor } from "../../../core/tensor.js";
import type { Checkpoint, OptimizerSlots, SyncReader } from "../../checkpoint.js";
import { linesOf } from "../line-reader.js";
import { headText, mainFile } from "../main-file.js";
import { malformed } from "../malformed.js";

const NAMES = /\.(txt|readable|inv|model|vw)$/i;
/** `index:weight`, or `name:index:weight`, then the adaptive and normalised slots of --save_resume, and more. */
const WEIGHT = /^(?:(.*):)?(\d+):(\S+)((?: \S+)*) *$/;
/** A name, a number and two slots; the pattern's time is the square of a line's length. */
const MAX_WEIGHT_CHARACTERS = 10_000;
const SETTING = /^([^=]+?)(?: = | |:)(-?[\d.]+(?:e[-+]?\d+)?)$/i;
/** In the order of a row of VW's weights (vw/core/gd.h). */
const SLOTS = ["adaptive", "normalized"];

/** Vowpal Wabbit: `--readable_model` and `--invert_hash` texts. A binary model is recognised, and refused. */
export const vowpalWabbit: SyncReader = {
  format: "vowpal-wabbit",
  recognises(tree) {
    const name = mainFile(tree, NAMES);
    if (name === undefined) return false;
    const source = tree.open(name);
    return isText(source) || isBinary(source);
  },
  read(tree): Checkpoint {
    const source = tree.open(mainFile(tree, NAMES) ?? "");
    if (isBinary(source)) throw refusedBinary(source);
    return new TextReader(source).read();
  },
};

function isText(source: ByteSource): boolean {
  return /^(Version [\d.]+\s*\r?\n)?Id ?[^\n]*\n\s*Min label:/.test(headText(source, 300));
}

/** A length, then the version as text. */
function isBinary(source: ByteSource): boolean {
  return /^.\0\0\0\d+\.\d+\.\d+\0/.test(headText(source, 30));
}

class TextReader {
  readonly #source: ByteSource;
  readonly #index: number[] = [];
  readonly #weight: number[] = [];
  readonly #slots: number[][] = [];
  readonly #names = new Map<string, number>();
  readonly #settings = new Map<string, number>();
  readonly #notes: string[] = [];
  #bits = 32;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  read(): Checkpoint {
    let inWeights = false;
    for (const { line, at } of linesOf(this.#source)) {
      // Some reductions leave out the line that opens the weights.
      const opens: boolean = !inWeights && /^:[01]\s*$/.test(line);
      inWeights ||= opens || (this.#settings.has("Checksum") && weightIn(line) !== undefined);
      if (opens) continue;
      if (inWeights && !this.#isState(line)) this.#addWeight(line, at);
      else this.#addSetting(line);
    }
    if (!inWeights)
      throw malformed(this.#source.name, this.#source.size, "no weights", "a line :0 or :1, and weights");
    const tensors = new Map([this.#tensor("weight", this.#weight), this.#indices()]);
    return {
      format: "vowpal-wabbit-text",
      tensors,
      slots: this.#optimizerSlots(),
      vocabularies: this.#names.size === 0 ? new Map() : new Map([["features", this.#names]]),
      hyperparameters: this.#settings,
      notes: this.#notes,
    };
  }

  /** Between `:1` and the weights stands the learner's own state, a name and a number a line. */
  #isState(line: string): boolean {
    return line === "" || (this.#weight.length === 0 && weightIn(line) === undefined);
  }

  #addSetting(line: string): void {
    if (line.startsWith("options:")) {
      this.#notes.push(line.slice(0, 300));
      return;
    }
    const [, name, value] = SETTING.exec(line.replace(": ", ":")) ?? [];
    if (name === undefined || name.startsWith("_") || !Number.isFinite(Number(value))) return;
    this.#settings.set(name, Number(value));
    if (name === "bits") this.#bits = Number(value);
  }

  #addWeight(line: string, at: number): void {
    const [, name, index, weight, rest = ""] = weightIn(line) ?? [];
    const numbers = [weight, ...rest.trim().split(" ").filter(Boolean)].map(Number);
    if (index === undefined || !numbers.every(Number.isFinite))
      throw malformed(
        this.#source.name,
        at,
        JSON.stringify(line.slice(0, 80)),
        "[name:]index:weight and slots",
      );
    if (Number(index) >= 2 ** this.#bits || this.#bits > 32)
      throw malformed(this.#source.name, at, `index ${index}`, `one of 2^${this.#bits}`);
    const row = this.#weight.length;
    this.#index.push(Number(index));
    this.#weight.push(numbers[0] ?? 0);
    this.#slots.push(numbers.slice(1, 1 + SLOTS.length));
    if (name !== undefined && name !== "") this.#names.set(name, row);
  }

  #indices(): [string, Tensor] {
    const name = "index";
    const values = Float64Array.from(this.#index);
    return [name, { name, shape: [values.length], dtype: "uint32", values: () => values }];
  }

  #tensor(name: string, numbers: readonly number[]): [string, Tensor] {
    const values = Float32Array.from(numbers);
    return [name, { name, shape: [values.length], dtype: "float32", values: () => values }];
  }

  /** Where every weight has them. */
  #optimizerSlots(): OptimizerSlots[] {
    const kept = SLOTS.filter((_, slot) => this.#slots.every((row) => row.length > slot));
    if (kept.length === 0 || this.#slots.length === 0) return [];
    const slots = kept.map((name, slot): [string, Tensor] => [
      name,
      this.#tensor(
        `weight/${name}`,
        this.#slots.map((row) => row[slot] ?? 0),
      )[1],
    ]);
    return [{ optimizer: "unknown", tensor: "weight", slots: new Map(slots) }];
  }
}

function weightIn(line: string): RegExpExecArray | undefined {
  return line.length > MAX_WEIGHT_CHARACTERS ? undefined : (WEIGHT.exec(line) ?? undefined);
}

function refusedBinary(source: ByteSource): UnbatchError {
  return new UnbatchError({
    where: `${source.name}, byte 0`,
    found: "a binary model of Vowpal Wabbit, whose layout changes with version and options",
    expected: "its text",
    next: "vw -i MODEL -t --readable_model model.txt   (with the names: --invert_hash model.txt -d DATA)",
  });
}
