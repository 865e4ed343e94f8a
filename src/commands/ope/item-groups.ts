import { UnbatchError } from "../../core/errors.js";
import { readTable } from "../../io/table-file.js";
import { Ids } from "../../measure/ope/events.js";
import { tableTarget } from "../../measure/ope/table-target.js";
import type { TargetPolicy } from "../../measure/ope/target.js";
import type { OpeColumns } from "./columns.js";
import type { OpeOptions } from "./options.js";
import { keyOfRows, type PolicyTable, readPolicyTable } from "./policy-table.js";
import type { OpeLog } from "./read-log.js";

/** What MIPS needs: the group of each item, and the policy that wrote the log. */
export interface ItemGroups {
  /** By the numbers of all items known by then; -1 where an item is not listed. */
  ofItem(): Int32Array;
  file: string;
  logging: PolicyTable;
}

/** Errors: one of the two files without the other; an item in two groups; see readPolicyTable. */
export async function readGroups(
  { itemGroups, loggingTable }: OpeOptions,
  columns: OpeColumns,
  items: Ids,
): Promise<ItemGroups | undefined> {
  if (itemGroups === undefined && loggingTable === undefined) return undefined;
  if (itemGroups === undefined || loggingTable === undefined) {
    throw new UnbatchError({
      found: itemGroups === undefined ? "--logging-table alone" : "--item-groups alone",
      expected: "both: mips weighs by the group's probability under the target and under the logging policy",
      next: "give the other too, or leave it out",
    });
  }
  const table = await readTable(itemGroups);
  const [first, second] = [...table.columns.keys()];
  const ids = table.columns.get("item") ?? table.columns.get(columns.item) ?? table.columns.get(first ?? "");
  const names = table.columns.get("group") ?? table.columns.get(second ?? "");
  const groups = new Ids();
  const groupOf = new Map<number, number>();
  for (let row = 0; row < table.rows; row++) {
    const [item, group] = [ids?.[row], names?.[row]];
    const known = item === undefined ? undefined : groupOf.get(items.codeOf(String(item)));
    if (item === undefined || group === undefined || known !== undefined) {
      throw new UnbatchError({
        where: `${itemGroups}, row ${row}`,
        found: known === undefined ? "no item, or no group" : `item ${JSON.stringify(item)} twice`,
        expected: "columns item and group, each item once",
        next: "correct the file",
      });
    }
    groupOf.set(items.codeOf(String(item)), groups.codeOf(String(group)));
  }
  const logging = await readPolicyTable(loggingTable, columns, items);
  const ofItem = (): Int32Array => Int32Array.from(items.ids, (_, code) => groupOf.get(code) ?? -1);
  return { ofItem, file: loggingTable, logging };
}

const AGREES = 1e-6;

/** The logging policy, row by row. Error: it does not give the logged propensities. */
export function loggingOf(
  { file, logging }: ItemGroups,
  { events, eventIds }: OpeLog,
  rows: Int32Array,
): TargetPolicy {
  const keys = keyOfRows(file, logging, events, eventIds, rows);
  const policy = tableTarget(logging, (row) => keys[row] ?? -1);
  const wrong = rows.find((row) => {
    const choice = policy.choose(row);
    const at = choice?.items.indexOf(events.item.codes[row] ?? -1) ?? -1;
    const listed = choice?.probabilities[at] ?? 0;
    const logged = events.propensities?.[row];
    return logged !== undefined && !(Math.abs(listed - logged) <= AGREES * logged);
  });
  if (wrong === undefined) return policy;
  throw new UnbatchError({
    where: file,
    found: `another probability for ${JSON.stringify(events.item.ids[events.item.codes[wrong] ?? -1])} than the ${events.propensities?.[wrong]} that was logged (${events.where(wrong)})`,
    expected: "the policy that wrote the log",
    next: "check the table, and whether it needs a position or an event column",
  });
}
