import { expect, it } from "vitest";
import { Room, Rooms } from "../../src/core/rooms.js";

it("arrays of one room lie behind each other, whole", () => {
  const bytes = Room.bytesOf(5, [8, 4, 4, 8]);
  const room = new Rooms().take(bytes);
  const arrays = [room.float64(5), room.int32(5), room.int32(5), room.float64(5)];
  arrays.forEach((values, at) => {
    values.fill(at + 1);
  });
  expect(arrays.map((values) => [...values])).toEqual([1, 2, 3, 4].map((value) => Array(5).fill(value)));
  const ends = arrays.map(({ byteOffset, byteLength }) => byteOffset + byteLength);
  expect(Math.max(...ends)).toBeLessThanOrEqual(bytes);
  expect(bytes).toBe(40 + 24 + 24 + 40);
});

it("a room that was given back is taken again, and no other, where it is large enough", () => {
  const rooms = new Rooms();
  const first = rooms.take(64);
  const second = rooms.take(64);
  expect(second.buffer).not.toBe(first.buffer);
  rooms.giveBack(first.buffer);
  expect(rooms.take(48).buffer).toBe(first.buffer);
  expect(rooms.take(48).buffer).not.toBe(first.buffer);
});

it("rooms that are too small are let go", () => {
  const rooms = new Rooms();
  const small = rooms.take(64);
  rooms.giveBack(small.buffer);
  expect(rooms.take(65).buffer).not.toBe(small.buffer);
  expect(rooms.take(64).buffer).not.toBe(small.buffer);
});
