/** The only names that a check may skip, each for a reason that lies in the reference and not in this project. */
export const allowedSkips: readonly { file: string; name: RegExp; why: string }[] = [
  {
    file: "drift.json",
    name: /^(adwin|page_hinkley) river_legacy on /,
    why: "older forms that River itself has left (its issue 1539); `river` is compared",
  },
];

export function isAllowed(file: string, name: string): boolean {
  return allowedSkips.some((one) => one.file === file && one.name.test(name));
}
