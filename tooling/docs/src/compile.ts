import path from 'node:path';
import ts from 'typescript';
import { ROOT } from './pages.ts';
import type { Documented } from './documented.ts';

/** Beside this package's dependencies, where blocks find what they import. */
export const HOME = path.resolve(import.meta.dirname, '..');

const optionsOf = (): ts.CompilerOptions => {
  const { config } = ts.readConfigFile(path.join(ROOT, 'tsconfig.base.json'), (file) =>
    ts.sys.readFile(file),
  ) as {
    config: object;
  };
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const shared = { noEmit: true, composite: false, declaration: false, declarationMap: false };
  return { ...options, ...shared, allowImportingTsExtensions: true, rewriteRelativeImportExtensions: false };
};

/** Where a block stands for the compiler: each is a program of its own. */
const fileOf = (index: number): string => path.join(HOME, `block-${index}.ts`);

/**
 * What TypeScript finds wrong in blocks, strictly and against the sources of the packages: a line each, with the block's
 * name. Only blocks are checked; the packages' own files are compiled by themselves.
 */
export const typeErrors = (blocks: readonly Documented[]): readonly string[] => {
  const texts = new Map(blocks.map(({ text }, i) => [fileOf(i), `${text}\nexport {};\n`]));
  const options = optionsOf();
  const host = ts.createCompilerHost(options);
  const [readFile, fileExists] = [host.readFile.bind(host), host.fileExists.bind(host)];
  host.readFile = (file) => texts.get(file) ?? readFile(file);
  host.fileExists = (file) => texts.has(file) || fileExists(file);
  host.getSourceFile = (
    (get) =>
    (file, language, ...rest) => {
      const text = texts.get(file);
      return text === undefined
        ? get.call(host, file, language, ...rest)
        : ts.createSourceFile(file, text, language);
    }
  )(host.getSourceFile.bind(host));
  const program = ts.createProgram([...texts.keys()], options, host);
  return [...texts.keys()].flatMap((file, i) => {
    const source = program.getSourceFile(file);
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map(({ start = 0, messageText }) => {
      const said = ts.flattenDiagnosticMessageText(messageText, ' ');
      const line = source?.text.slice(0, start).split('\n').length ?? 0;
      return `${blocks[i]?.name}: ${said}: ${source?.text.split('\n')[line - 1]?.trim()}`;
    });
  });
};
