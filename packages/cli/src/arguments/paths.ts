import {
  inputFileFault,
  inputFolderFault,
  inputPathFault,
  outputFileFault,
  outputFolderFault,
  takenFileFault,
  takenFolderFault,
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
/** A file that is made: `checkTaken` refuses one that is there. */
export const outputFile: Take<string> = Object.assign(takePath('output-file', outputFileFault), {
  taken: takenFileFault,
});
/** A folder in which others may keep things, too: its command says what of it is replaced. */
export const outputFolder = takePath('output-folder', outputFolderFault);
/** A folder that is filled by the command alone: `checkTaken` refuses one with something in it. */
export const filledFolder: Take<string> = Object.assign(takePath('output-folder', outputFolderFault), {
  taken: takenFolderFault,
});

/** A config that is read. */
export const configFile = take('input-file', (place) =>
  /\.(ya?ml|json|[cm]?[jt]s)$/i.test(inputFile(place))
    ? place
    : refuse('A config is a .yaml, .json, .ts or .js file.'),
);
