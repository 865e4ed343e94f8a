import { modelSpecOf } from "../../config/model-spec.js";
import { VERSION } from "../../core/version.js";
import { arrowVocabulary } from "../../io/arrow.js";
import { refuseExisting, writeFolder } from "../../io/atomic.js";
import { newModel } from "../../model/create.js";
import { writeModel } from "../../model/folder.js";
import { loadState, saveState } from "../../model/load.js";
import { refuseTooLarge } from "../../model/state-size.js";
import { jsonDocument } from "../../report/format.js";
import type { ConvertOptions } from "../convert.js";
import { requireConfig } from "../open-inputs.js";
import { memoryLimit } from "../usage.js";

/**
 * The model that unbatch.yaml describes by itself, before it has learned anything: what a residual on a logged score
 * begins from. An offset's score is the logged one, so parity with the model in production holds by construction.
 */
export async function runNewModel(options: ConvertOptions): Promise<void> {
  const force = options.force === true;
  refuseExisting(options.out, force);
  const config = await requireConfig(options);
  const begun = newModel(modelSpecOf(config));
  refuseTooLarge(begun, memoryLimit());
  const model = saveState(begun, loadState(begun, new Map()));
  const record = { writtenBy: VERSION, source: { kind: "log" } as const, tensors: [], log: config.log };
  await writeFolder(options.out, { force }, async (put) => {
    writeModel(model, arrowVocabulary, record, put);
  });
  const terms = model.spec.terms.map(({ name }) => name);
  const body = { family: model.spec.family, terms, tensors: [], model: options.out };
  const text = `a model from unbatch.yaml alone: ${terms.join(", ")}; nothing was transferred\nwritten: ${options.out}\nnext: unbatch replay ${options.out} LOGS... --out RUN\n`;
  process.stdout.write(options.json === true ? jsonDocument("convert", body) : text);
}
