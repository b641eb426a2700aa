/**
 * The smallest count from 1 to `most` that is enough, by doubling it and then halving what is left: about 2·log₂(most) tries. `most` is
 * taken to be enough; where more is not always better, a count that is enough, if not the smallest.
 */
export const fewest = async (
  most: number,
  isEnough: (count: number) => Promise<boolean>,
): Promise<number> => {
  let [failed, enough] = [0, 1];
  while (enough < most && !(await isEnough(enough))) [failed, enough] = [enough, enough * 2];
  enough = Math.min(enough, most);
  while (enough - failed > 1) {
    const middle = Math.floor((failed + enough) / 2);
    if (await isEnough(middle)) enough = middle;
    else failed = middle;
  }
  return enough;
};
