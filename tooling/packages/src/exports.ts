import { readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { publishedPackages } from './workspace.ts';

/** What each entry of each package exports: names in order, `type` before those that are gone at run time. */
export type Exports = Readonly<Record<string, readonly string[]>>;

const isExported = (statement: ts.Statement): boolean =>
  ts.canHaveModifiers(statement) &&
  (ts.getModifiers(statement) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

const declaredBy = (statement: ts.Statement): readonly string[] => {
  if (!isExported(statement)) return [];
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
    return [`type ${statement.name.text}`];
  if (
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isEnumDeclaration(statement)
  )
    return [statement.name?.text ?? 'default'];
  return [];
};

const listedBy = (statement: ts.ExportDeclaration, file: string): readonly string[] => {
  const { exportClause, isTypeOnly } = statement;
  if (!exportClause) throw new Error(`${file}: \`export *\` tells no names. List them.`);
  if (ts.isNamespaceExport(exportClause)) return [exportClause.name.text];
  return exportClause.elements.map((one) => `${isTypeOnly || one.isTypeOnly ? 'type ' : ''}${one.name.text}`);
};

/** The names that a module of ours exports, from its text alone. */
export const namesExportedBy = (file: string, text = readFileSync(file, 'utf8')): readonly string[] => {
  const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const names = statements.flatMap((one) => {
    if (ts.isExportAssignment(one)) return ['default'];
    return ts.isExportDeclaration(one) ? listedBy(one, file) : declaredBy(one);
  });
  return names.sort();
};

/** What all published packages export now. */
export const exportsNow = (): Exports =>
  Object.fromEntries(
    publishedPackages()
      .flatMap(({ name, folder, manifest }) =>
        Object.entries(manifest.exports).map(([entry, conditions]): [string, readonly string[]] => [
          name + entry.slice(1),
          namesExportedBy(path.join(folder, conditions['@understory/source'] ?? '')),
        ]),
      )
      .sort(([a], [b]) => a.localeCompare(b)),
  );
