/** Where a split comes from that is a share of the training images, or why it is empty. */
export const takenOrigin = (share: number, count: number, option: string): string => {
  if (count > 0) return 'taken from train';
  return share === 0
    ? `none: the option ${option} takes no share of train`
    : `none: a share of ${share} of train is less than one image of any class`;
};
