import { formatCount, formatTable } from "../../report/format.js";
import { parityLines } from "../../report/parity-text.js";
import { openModel } from "../open-inputs.js";

/** Features, terms, tensors, where it came from and what proved it. */
export async function inspectModel(path: string): Promise<{ body: object; text: string }> {
  const { model, record } = await openModel(path);
  const { spec, vocabularies, tensors } = model;
  const features = spec.features.map(({ name, column, encoder }) => ({
    name,
    column,
    encoder: encoder.kind,
    ...(vocabularies.has(name) ? { ids: vocabularies.get(name)?.ids.length ?? 0 } : {}),
  }));
  const shapes = [...tensors.values()].map(({ name, shape, dtype }) => ({ name, shape, dtype }));
  const { parity, trained, source, writtenBy } = record;
  const body = {
    kind: "model",
    path,
    family: spec.family,
    features,
    terms: spec.terms,
    learner: spec.learner,
    tensors: shapes,
    parity,
    trained,
    source,
    writtenBy,
  };
  const text = [
    `${path}: an online model (${spec.family}), ${spec.learner.link} link, ${spec.learner.precision}, from ${source.kind}`,
    "",
    formatTable(
      ["feature", "column", "encoder", "ids"],
      features.map(({ name, column, encoder, ids }) => [
        name,
        column,
        encoder,
        ids === undefined ? "" : formatCount(ids),
      ]),
    ),
    "",
    formatTable(
      ["term", "kind", "optimizer"],
      spec.terms.flatMap(({ name, kind }) => [
        [name, kind, describeOptimizer(spec.learner.optimizers[name])],
        ...Object.entries(spec.learner.optimizers)
          .filter(([key]) => key.startsWith(`${name}/`))
          .map(([key, optimizer]) => [key, "", describeOptimizer(optimizer)]),
      ]),
    ),
    "",
    formatTable(
      ["tensor", "shape", "dtype"],
      shapes.map(({ name, shape, dtype }) => [name, `[${shape.join(", ")}]`, dtype]),
    ),
    "",
    ...(parity === undefined ? [] : parityLines(parity)),
    "",
  ];
  return { body, text: text.join("\n") };
}

function describeOptimizer(optimizer: object | undefined): string {
  if (optimizer === undefined) return "";
  return Object.entries(optimizer)
    .map(([key, value]) => (key === "kind" ? String(value) : `${key} ${value}`))
    .join(", ");
}
