import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { editYaml } from "../../src/config/edit.js";

const TEXT = `# Ours.
version: 1   # of the form

learner:
    # four spaces, and a comment
    optimizer: { kind: adagrad,   rate: 0.1, initialAccumulator: 0.1 }  # was 0.2
compare:
  policies:
    - { name: window, kind: stateless, window: 28d, every: 1d }  # nightly

    - name: online # ours
      kind: online
      learner:
        optimizer:
          kind: sgd
          rate: 0.5 # high

# the end
`;

interface Data {
  learner: { optimizer: Record<string, unknown> };
  compare: { policies: Record<string, unknown>[]; tuned?: unknown };
}

function edited(text: string, change: (data: Data) => void, comments = {}): string {
  const [before, after] = [parse(text) as Data, parse(text) as Data];
  change(after);
  const result = editYaml(text, before, after, comments);
  expect(parse(result)).toEqual(after);
  return result;
}

describe("edits of unbatch.yaml", () => {
  it("change what differs, and no other byte", () => {
    expect(edited(TEXT, () => {})).toBe(TEXT);
    const result = edited(TEXT, ({ learner, compare }) => {
      learner.optimizer["rate"] = 0.4;
      (compare.policies[1]?.["learner"] as { optimizer: object }).optimizer = { kind: "sgd", rate: 0.25 };
    });
    expect(result).toBe(
      TEXT.replace("rate: 0.1", "rate: 0.4").replace("rate: 0.5 # high", "rate: 0.25 # high"),
    );
  });

  it("add keys at the end of their map, in its style", () => {
    const result = edited(
      TEXT,
      ({ learner, compare }) => {
        learner.optimizer["l2"] = 1e-6;
        Object.assign(compare.policies[0] ?? {}, {
          epochs: 4,
          learner: { optimizer: { kind: "sgd", rate: 1 } },
        });
        Object.assign(compare.policies[1] ?? {}, {
          learner: { optimizer: { kind: "sgd", rate: 0.5, l2: 1 } },
        });
        compare.tuned = { rows: 3, policies: { "a: b": { settings: "12e4" }, online: { settings: "a" } } };
      },
      { tuned: "from there" },
    );
    expect(result).toBe(
      TEXT.replace("initialAccumulator: 0.1 }", "initialAccumulator: 0.1, l2: 0.000001 }")
        .replace("every: 1d }", "every: 1d, epochs: 4, learner: { optimizer: { kind: sgd, rate: 1 } } }")
        .replace(
          "rate: 0.5 # high",
          `rate: 0.5 # high
          l2: 1
  # from there
  tuned:
    rows: 3
    policies:
      "a: b": { settings: "12e4" }
      online: { settings: a }`,
        ),
    );
  });

  it("write a map anew that loses a key, and an alias as what it stands for", () => {
    const tuned = `compare:
  tuned:
    rows: 3
    policies:
      gone: { settings: a }
      online: { settings: b }
# the end
`;
    expect(
      editYaml(tuned, parse(tuned), {
        compare: { tuned: { rows: 4, policies: { online: { settings: "c" } } } },
      }),
    ).toBe(`compare:
  tuned:
    rows: 4
    policies:
      online: { settings: c }
# the end
`);
    const alias = "a: &x { rate: 1 }\nb: *x\n";
    expect(editYaml(alias, { a: { rate: 1 }, b: { rate: 1 } }, { a: { rate: 1 }, b: { rate: 2 } })).toBe(
      "a: &x { rate: 1 }\nb: { rate: 2 }\n",
    );
  });

  it("come to what was wanted in any style and with any endings", () => {
    const styles = [
      TEXT,
      TEXT.trimEnd(),
      TEXT.replaceAll("\n", "\r\n"),
      JSON.stringify(parse(TEXT)),
      JSON.stringify(parse(TEXT), null, 2),
    ];
    let seen = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(...styles),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.string(),
        (text, rate, name) => {
          seen += 1;
          edited(text, ({ learner, compare }) => {
            learner.optimizer["rate"] = rate;
            Object.assign(compare.policies[0] ?? {}, { epochs: 2 });
            compare.tuned = { policies: { [`${name}.`]: { settings: name } } };
          });
        },
      ),
    );
    expect(seen).toBe(100);
  });
});
