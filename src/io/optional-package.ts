/**
 * A package that is a peer and need not be there, loaded when it is asked for; undefined where it is not installed.
 * Errors: its own, while it loads.
 */
export async function optionalPackage<Package extends object>(name: string): Promise<Package | undefined> {
  try {
    const module = (await import(name)) as Package & { default?: Package };
    return module.default ?? module;
  } catch (error) {
    const isAbsent = error instanceof Error && "code" in error && error.code === "ERR_MODULE_NOT_FOUND";
    if (isAbsent && error.message.includes(`'${name}'`)) return undefined;
    throw error;
  }
}
