import {
  inputFileFault,
  inputFolderFault,
  inputPathFault,
  outputFileFault,
  outputFolderFault,
  type PathFault,
} from '@understory/runs/paths';
import { refuse, take, type Kind, type Take } from './take.ts';

const takePath = (kind: Kind, faultOf: PathFault): Take<string> =>
  take(kind, (place) => {
    const fault = faultOf(place);
    return fault === undefined ? place : refuse(fault);
  });

export const inputFile = takePath('input-file', inputFileFault);
export const inputFolder = takePath('input-folder', inputFolderFault);
export const inputPath = takePath('input-path', inputPathFault);
export const outputFile = takePath('output-file', outputFileFault);
export const outputFolder = takePath('output-folder', outputFolderFault);

/** A config that is read. */
export const configFile = take('input-file', (place) =>
  /\.(ya?ml|json|[cm]?[jt]s)$/i.test(inputFile(place))
    ? place
    : refuse('A config is a .yaml, .json, .ts or .js file.'),
);
