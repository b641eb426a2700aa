/** From which probability on boxes are told in text and drawn where nothing is said, as mmdetection draws them. */
export const FAINT = 0.3;
