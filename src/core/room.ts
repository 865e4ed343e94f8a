const FEW_BYTES = 2 ** 20;
/**
 * From here on memory comes from the system and goes back to it (the highest threshold of glibc's malloc), and a page
 * counts once something lies in it: room costs addresses alone.
 */
const OWN_PAGES_BYTES = 2 ** 25;
const GROWTH = 1.5;

/**
 * Numbers that an array which grows gets room for. Beyond a megabyte it moves at once to pages of its own, rather than
 * leave holes of every size behind.
 */
export function roomFor(length: number, numberBytes: number): number {
  const grown = Math.ceil(GROWTH * length);
  return length * numberBytes < FEW_BYTES ? grown : Math.max(grown, OWN_PAGES_BYTES / numberBytes);
}
