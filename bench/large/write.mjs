/** Checkpoints of any size, written a block at a time: two tables of a matrix factorisation in float32. */
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { maskedCrc32c } from "../../dist/convert/formats/tensorflow/crc32c.js";

export const WIDTH = 64;
const BLOCK_BYTES = 1 << 22;
/** Rows of [WIDTH] that are written again and again: numbers of the size that factors have. */
const BLOCK = new Uint8Array(
  Float32Array.from({ length: BLOCK_BYTES / 4 }, (_, at) => Math.sin(at * 12.9898) / 8).buffer,
);

/** @typedef {{ name: string, rows: number }} Table */

/** @param {string} folder @param {readonly Table[]} tables @returns {string} the path */
export function writeSafetensors(folder, tables) {
  let at = 0;
  const entries = tables.map(({ name, rows }) => {
    const from = at;
    at += bytesOf(rows);
    return [name, { dtype: "F32", shape: [rows, WIDTH], data_offsets: [from, at] }];
  });
  const json = Buffer.from(JSON.stringify(Object.fromEntries(entries)).padEnd(1024));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const path = join(folder, "large.safetensors");
  writeBlocks(path, [length, json], tables);
  return path;
}

/** TensorFlow's TensorBundle. @param {string} folder @param {readonly Table[]} tables @returns {string} the prefix */
export function writeBundle(folder, tables) {
  const prefix = join(folder, "large.ckpt-1");
  writeBlocks(`${prefix}.data-00000-of-00001`, [], tables);
  let offset = 0;
  const records = [...tables]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, rows }) => {
      const size = bytesOf(rows);
      const dimensions = [rows, WIDTH].map((length) => message(2, number(1, length)));
      const fields = [
        number(1, 1),
        message(2, Buffer.concat(dimensions)),
        number(4, offset),
        number(5, size),
      ];
      const crc = Buffer.concat([Buffer.of(6 * 8 + 5), fixed32(maskedCrc32c(blocksOf(size)))]);
      offset += size;
      return { key: name, value: Buffer.concat([...fields, crc]) };
    });
  const data = block([{ key: "", value: number(1, 1) }, ...records]);
  const meta = block([]);
  const handles = [handle(0, data), handle(data.length, meta)];
  const index = block([{ key: "z", value: handles[0] }]);
  const footer = Buffer.concat([handles[1], handle(data.length + meta.length, index)]);
  const magic = Buffer.from("57fb808b247547db", "hex");
  writeFileSync(
    `${prefix}.index`,
    Buffer.concat([data, meta, index, footer, Buffer.alloc(40 - footer.length), magic]),
  );
  return prefix;
}

const bytesOf = (rows) => rows * WIDTH * 4;

/** The blocks of so many bytes; the last is cut. @param {number} size */
function blocksOf(size) {
  return Array.from({ length: Math.ceil(size / BLOCK_BYTES) }, (_, at) =>
    BLOCK.subarray(0, Math.min(BLOCK_BYTES, size - at * BLOCK_BYTES)),
  );
}

/** In the order of names, as safetensors' offsets and the bundle's are here. */
function writeBlocks(path, head, tables) {
  const file = openSync(path, "w");
  for (const part of head) writeSync(file, part);
  for (const { rows } of tables) for (const part of blocksOf(bytesOf(rows))) writeSync(file, part);
  closeSync(file);
}

function varint(value) {
  const bytes = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return Buffer.from([...bytes, rest]);
}

const number = (field, value) => Buffer.concat([varint(field * 8), varint(value)]);
const message = (field, bytes) => Buffer.concat([varint(field * 8 + 2), varint(bytes.length), bytes]);
const handle = (offset, part) => Buffer.concat([varint(offset), varint(part.length - 5)]);

function fixed32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** Records without shared prefixes, one restart point, no compression, and the checksum. */
function block(records) {
  const parts = records.flatMap(({ key, value }) => [
    varint(0),
    varint(key.length),
    varint(value.length),
    Buffer.from(key),
    value,
  ]);
  const contents = Buffer.concat([...parts, fixed32(0), fixed32(1), Buffer.of(0)]);
  return Buffer.concat([contents, fixed32(maskedCrc32c([contents]))]);
}
