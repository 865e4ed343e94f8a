/** tensorflow/core/framework/types.proto: DataType -> our name. */
export const dtypes: Readonly<Record<number, string>> = {
  1: "float32",
  2: "float64",
  3: "int32",
  4: "uint8",
  5: "int16",
  6: "int8",
  7: "string",
  9: "int64",
  10: "bool",
  14: "bfloat16",
  19: "float16",
};
