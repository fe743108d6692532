import { readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";

const router = join(import.meta.dirname, "../../../web/src/app/router.tsx");

/** The patterns of every page in the router's table, such as "/webhooks/:id/settings". Redirects are none. */
export function routes(): string[] {
  const source = ts.createSourceFile(
    router,
    readFileSync(router, "utf8"),
    ts.ScriptTarget.Latest,
    true,
    ts.ScriptKind.TSX,
  );
  const found: string[] = [];
  const table = source.statements
    .filter(ts.isVariableStatement)
    .flatMap((statement) => [...statement.declarationList.declarations])
    .find((declaration) => declaration.name.getText() === "routes");
  if (!table?.initializer || !ts.isArrayLiteralExpression(table.initializer)) {
    throw new Error(`${router} has no table named routes`);
  }
  read(table.initializer, "", found);
  return found;
}

function read(table: ts.ArrayLiteralExpression, parent: string, found: string[]): void {
  for (const route of table.elements) {
    if (!ts.isObjectLiteralExpression(route)) throw new Error(`a route that is no object: ${route.getText()}`);
    const part = (name: string) =>
      route.properties.filter(ts.isPropertyAssignment).find((property) => property.name.getText() === name)
        ?.initializer;
    const path = part("path");
    const own = path && ts.isStringLiteral(path) ? path.text : "";
    const pattern = own.startsWith("/") ? own : own === "" ? parent : `${parent}/${own}`;
    const children = part("children");
    if (children && ts.isArrayLiteralExpression(children)) read(children, pattern, found);
    else if (!part("element")?.getText().startsWith("<Navigate")) found.push(pattern);
  }
}
