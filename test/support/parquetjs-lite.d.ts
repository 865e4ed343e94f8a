declare module "parquetjs-lite" {
  export class ParquetSchema {
    constructor(
      columns: Record<string, { type: string; compression?: string; optional?: boolean; repeated?: boolean }>,
    );
  }
  export class ParquetWriter {
    static openFile(schema: ParquetSchema, path: string): Promise<ParquetWriter>;
    setRowGroupSize(rows: number): void;
    appendRow(row: object): Promise<void>;
    close(): Promise<void>;
  }
}
